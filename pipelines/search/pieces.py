"""Text to subword tokens (pieces) and back, at run time and in training.

Bytes stand in for letters that the vocabulary has not seen, so nothing is unknown and what goes in
comes out. The pieces are SentencePiece's (Kudo & Richardson 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.errors import BundleError
from pipelines.text import tidy

# The first pieces of every vocabulary; padding fills the rows of a batch.
PADDING, UNKNOWN, BEGIN, END = range(4)


def load_sentencepiece(content: bytes, origin: str) -> Any:
    """Load a SentencePiece model.

    Raises:
        BundleError: the content is none.
    """
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(content)
    except (RuntimeError, UnicodeDecodeError):  # its message may hold bytes of the file
        raise BundleError(f"{origin}: not a SentencePiece model; get the model again") from None
    return processor


class Pieces:
    """A vocabulary.

    Args:
        content: a SentencePiece model.
        origin: named in errors.

    Raises:
        BundleError: the content is no SentencePiece model.
    """

    def __init__(self, content: bytes, *, origin: str) -> None:
        self._processor = load_sentencepiece(content, origin)
        self._origin = origin

    def __len__(self) -> int:
        return int(self._processor.GetPieceSize())

    def encode(self, text: str) -> list[int]:
        """Cut a text into pieces."""
        return list(self._processor.EncodeAsIds(tidy(text)))

    def encode_variants(self, text: str, count: int) -> list[list[int]]:
        """Cut a text in the likeliest ways (Kudo 2018), likeliest first; at least one, at most
        `count`."""
        found = self._processor.NBestEncodeAsIds(tidy(text), count)
        return found or [[]]

    def decode(self, pieces: Sequence[int]) -> str:
        """Put pieces together; special ones are left out."""
        return str(self._processor.DecodeIds([int(piece) for piece in pieces]))

    def text_of(self, piece: int) -> str:
        """Give a piece as it is written in the vocabulary; ▁ is the space before a word."""
        return str(self._processor.IdToPiece(int(piece)))

    def spell(self, piece: str) -> list[int]:
        """Write a piece of another vocabulary in pieces of this one; at least one."""
        if self.knows(piece):
            return [int(self._processor.PieceToId(piece))]
        found = list(self._processor.EncodeAsIds(piece.replace("▁", " ")))
        return found or [UNKNOWN]

    def is_foreign(self, word: str) -> bool:
        """Tell whether a word has a letter that only bytes can write."""
        return any(map(self._processor.IsByte, self.encode(word)))

    def special(self) -> list[int]:
        """List the pieces that are never said: padding, the unknown one, beginning, controls."""
        controls = [piece for piece in range(len(self)) if self._processor.IsControl(piece)]
        return sorted({PADDING, UNKNOWN, *controls} - {END})

    def knows(self, text: str) -> bool:
        """Tell whether there is a piece that is written so."""
        return int(self._processor.PieceToId(text)) != UNKNOWN

    def find(self, text: str) -> int:
        """Give the piece that is written so in the vocabulary.

        Raises:
            BundleError: the vocabulary does not have it.
        """
        piece = int(self._processor.PieceToId(text))
        if piece == UNKNOWN:
            raise BundleError(f"{self._origin}: there is no piece {text!r}; get the model again")
        return piece
