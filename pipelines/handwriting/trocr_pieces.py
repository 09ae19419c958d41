"""The vocabularies of the family "trocr": bytes in pairs, as RoBERTa's, or SentencePiece's.

The larger published models have the former, the small ones the latter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError
from pipelines.search.pieces import load_sentencepiece

TOKENIZER_FILE = "tokenizer.json"
PIECES_FILE = "sentencepiece.bpe.model"
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")  # the first pieces of fairseq's vocabularies
MASK = "<mask>"  # the last one
UNKNOWN = SPECIAL.index("<unk>")
SPACE = "\u2581"  # before a word, as SentencePiece writes it


class TrocrPieces(Protocol):
    """A vocabulary.

    Attributes:
        size: numbers of pieces are below.
    """

    size: int

    def encode(self, text: str) -> list[int]:
        """Cut a text into pieces, without beginning and end."""

    def decode(self, pieces: Sequence[int]) -> str:
        """Put pieces together, with the space before a first word that has one.

        Special pieces are left out. Parts of a letter give U+FFFD.
        """


class BytePieces:
    """Bytes that were joined pair by pair (Sennrich et al. 2016), as of GPT-2.

    Args:
        content: a tokenizer of the library `tokenizers`, as JSON.
        origin: named in errors.

    Raises:
        BundleError: it is none.
    """

    def __init__(self, content: bytes, origin: str) -> None:
        import tokenizers

        try:
            self._tokenizer = tokenizers.Tokenizer.from_str(content.decode("utf-8"))
        except Exception as error:  # the library raises Exception itself
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise BundleError(f"{origin}: unusable ({reason}); get the model again") from None
        numbers = self._tokenizer.get_vocab()
        self.size = max(numbers.values(), default=-1) + 1
        self._special = {numbers[name] for name in (*SPECIAL, MASK) if name in numbers}

    def encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, pieces: Sequence[int]) -> str:
        kept = [piece for piece in pieces if piece not in self._special]
        return str(self._tokenizer.decode(kept, skip_special_tokens=False))


class SentencePieces:
    """A SentencePiece model whose pieces fairseq has numbered anew.

    fairseq's special pieces come first, then those of the model but for its own three special
    ones, then `MASK`.

    Args:
        content: the model.
        origin: named in errors.

    Raises:
        BundleError: it is none, or one with other special pieces.
    """

    def __init__(self, content: bytes, origin: str) -> None:
        self._processor = load_sentencepiece(content, origin)
        own = [self._processor.IdToPiece(number) for number in range(min(len(self._processor), 3))]
        if own != ["<unk>", "<s>", "</s>"]:
            raise BundleError(
                f"{origin}: the first pieces are {', '.join(own)}, not <unk>, <s>, </s>; "
                "get the model again"
            )
        self._moved = len(SPECIAL) - len(own)
        self.size = len(self._processor) + self._moved

    def encode(self, text: str) -> list[int]:
        found = self._processor.EncodeAsIds(text)
        return [piece + self._moved if piece else UNKNOWN for piece in found]

    def decode(self, pieces: Sequence[int]) -> str:
        kept = (piece - self._moved for piece in pieces if len(SPECIAL) <= piece < self.size)
        return "".join(map(self._processor.IdToPiece, kept)).replace(SPACE, " ")


def read_pieces(bundle: Bundle) -> TrocrPieces:
    """Read the vocabulary of a bundle.

    Raises:
        BundleError: its file is missing or damaged.
    """
    if PIECES_FILE in bundle.files:
        content = bundle.read(PIECES_FILE)
        return SentencePieces(content, str(bundle.path / PIECES_FILE))
    return BytePieces(bundle.read(TOKENIZER_FILE), str(bundle.path / TOKENIZER_FILE))
