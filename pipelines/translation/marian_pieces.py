"""The vocabulary of a Marian model: two SentencePiece models, and the numbers of their pieces.

The models cut texts, and one list, or one list for each side, numbers the pieces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError
from pipelines.search.pieces import load_sentencepiece
from pipelines.text import tidy
from pipelines.translation.marks import THINGS

SOURCE_FILE, TARGET_FILE = "source.spm", "target.spm"
VOCABULARY_FILE = "vocab.json"
TARGET_VOCABULARY_FILE = "target_vocab.json"  # where each side has its own
UNKNOWN = "<unk>"
LANGUAGE = re.compile(r">>(\S+)<<")  # the piece that asks for a target language
SPACE = "\u2581"  # before a word, as SentencePiece writes it


def number_pieces(content: Any, origin: str) -> list[str]:
    """Read a list of pieces.

    Args:
        content: piece -> its number, as `vocab.json` has it.
        origin: named in errors.

    Returns:
        The pieces in the order of their numbers.

    Raises:
        BundleError: it is no such list, numbers are missing or stand twice, or there is no piece
            for what is unknown.
    """
    if not isinstance(content, dict) or not all(type(item) is int for item in content.values()):
        raise BundleError(f"{origin}: not a list of pieces and numbers; get the model again")
    in_order = sorted(content, key=content.__getitem__)
    if [content[piece] for piece in in_order] != list(range(len(in_order))):
        raise BundleError(f"{origin}: the numbers do not count up from 0; get the model again")
    if UNKNOWN not in content:
        raise BundleError(f"{origin}: there is no piece {UNKNOWN!r}; get the model again")
    return in_order


def languages_of(pieces: Sequence[str]) -> list[str]:
    """List the target languages that a vocabulary has a piece for."""
    return [match[1] for piece in pieces if (match := LANGUAGE.fullmatch(piece))]


class MarianSide:
    """One side of the vocabulary.

    Args:
        model: a SentencePiece model.
        pieces: in the order of their numbers.
        origin: of the model, named in errors.

    Attributes:
        pieces: likewise.
        number_of: piece -> number.
        unknown: the number of what is unknown.

    Raises:
        BundleError: the model is none.
    """

    def __init__(self, model: bytes, pieces: Sequence[str], origin: str) -> None:
        self._processor = load_sentencepiece(model, origin)
        self.pieces = list(pieces)
        self.number_of = {piece: number for number, piece in enumerate(pieces)}
        self.unknown = self.number_of[UNKNOWN]

    def cut(self, text: str) -> list[str]:
        """Cut a text; what the model does not know stands as it is in the text."""
        return [str(piece) for piece in self._processor.EncodeAsPieces(tidy(text))]

    def encode(self, text: str) -> list[int]:
        """Cut a text, and number the pieces."""
        return [self.number_of.get(piece, self.unknown) for piece in self.cut(text)]

    def join(self, pieces: Sequence[str]) -> str:
        """Put pieces together; those that only the other side's model has are joined likewise."""
        return str(self._processor.DecodePieces(list(pieces))).replace(SPACE, " ").strip()


class MarianPieces:
    """Both sides; see `pipelines.translation.vocabulary.Vocabulary`.

    Marian's vocabularies have no marks: their numbers are beyond those of all pieces, and
    `marian_stand_ins` puts words in their place before the network sees them.
    """

    marks = THINGS  # for numbers and names it needs none

    def __init__(self, source: MarianSide, target: MarianSide) -> None:
        self.source, self.target = source, target
        self._first_mark = max(len(source.pieces), len(target.pieces))

    def encode(self, text: str) -> list[int]:
        return self._encode(text, self.source)

    def encode_target(self, text: str) -> list[int]:
        """Cut a text into target pieces; each of `marks.MARKS` in it is one piece."""
        return self._encode(text, self.target)

    def _encode(self, text: str, side: MarianSide) -> list[int]:
        numbers: list[int] = []
        for piece in side.cut(text):
            marks = [letter for letter in piece if letter in THINGS]
            if marks:  # marks in a row are one unknown piece
                numbers += map(self.mark, marks)
            else:
                numbers.append(side.number_of.get(piece, side.unknown))
        return numbers

    def decode(self, pieces: Sequence[int]) -> str:
        return self.target.join([self.target_text(piece) for piece in pieces])

    def decode_source(self, pieces: Sequence[int]) -> str:
        return self.source.join([self.text_of(piece) for piece in pieces])

    def text_of(self, piece: int) -> str:
        return self.mark_of(piece) or self.source.pieces[piece]

    def target_text(self, piece: int) -> str:
        """Give a target piece, or a mark, as it is written."""
        return self.mark_of(piece) or self.target.pieces[piece]

    def mark(self, mark: str) -> int:
        return self._first_mark + THINGS.index(mark)

    def mark_of(self, piece: int) -> str:
        """Give the mark that a number stands for; "" where it is a piece."""
        return THINGS[piece - self._first_mark] if piece >= self._first_mark else ""

    def is_foreign(self, word: str) -> bool:
        return self.source.unknown in self.source.encode(word)


def read_pieces(bundle: Bundle) -> MarianPieces:
    """Read the vocabulary of a bundle.

    Raises:
        BundleError: a file is missing or damaged.
    """

    def read_list(file: str) -> list[str]:
        return number_pieces(bundle.read_json(file), str(bundle.path / file))

    def read_side(model: str, pieces: list[str]) -> MarianSide:
        return MarianSide(bundle.read(model), pieces, str(bundle.path / model))

    source = read_list(VOCABULARY_FILE)
    own = TARGET_VOCABULARY_FILE in bundle.files
    target = read_list(TARGET_VOCABULARY_FILE) if own else source
    return MarianPieces(read_side(SOURCE_FILE, source), read_side(TARGET_FILE, target))
