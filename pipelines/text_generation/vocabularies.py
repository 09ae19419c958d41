"""Text to the numbers of symbols and back, at run time and in training.

Three units: the characters of the training text; the bytes of UTF-8; or pieces of words, by
SentencePiece (Kudo & Richardson 2018), with bytes for what no piece writes. Nothing is normalised:
what goes in comes out.
"""

from __future__ import annotations

import codecs
import json
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError
from pipelines.search.pieces import load_sentencepiece

UNITS = ("characters", "bytes", "pieces")
BOUNDARY, UNKNOWN = range(2)  # the first numbers of every vocabulary
SPECIAL = 2  # so many
SYMBOLS_FILE = "symbols.json"
PIECES_FILE = "pieces.model"
SPACE_MARK = "▁"  # SentencePiece's sign for a space
CODE_POINTS = 0x110000


class Vocabulary(ABC):
    """Text to numbers and back. 0 stands before and after every text, 1 for what is unknown.

    Attributes:
        unit: one of `UNITS`.
    """

    unit: str

    @abstractmethod
    def __len__(self) -> int:
        """Count the numbers, the special ones included."""

    @abstractmethod
    def encode(self, text: str) -> np.ndarray:
        """Give the numbers of a text, int32; without the boundaries."""

    @abstractmethod
    def bytes_of(self, piece: int) -> bytes:
        """Give what a number writes, in UTF-8; maybe a part of a character, nothing for special
        ones."""

    def line_break(self) -> np.ndarray:
        """Give the symbol of a line break, int32 [1]; [0] where there is none."""
        return self.encode("" if self.unknown_in("\n") else "\n")

    def unknown_in(self, text: str) -> tuple[str, ...]:
        """List the characters of a text that the vocabulary lacks, each once."""
        return ()

    def replace_unknown(self, text: str) -> tuple[str, dict[str, str]]:
        """Write unknown characters by like ones where there are any: é as e, “ as a plain quote.

        Returns:
            The text, and for each unknown character what now stands for it; nothing where it is
            still unknown.
        """
        stand_in = {character: self._find_like(character) for character in self.unknown_in(text)}
        table = {ord(character): like for character, like in stand_in.items() if like}
        return text.translate(table), stand_in

    def _find_like(self, character: str) -> str:
        plain = LIKE.get(character) or unicodedata.normalize("NFKD", character)
        kept = "".join(part for part in plain if not unicodedata.combining(part))
        return "" if self.unknown_in(kept) else kept

    def decode(self, pieces: Iterable[int]) -> str:
        """Give the text of numbers; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self.bytes_of(int(piece)) for piece in pieces).decode("utf-8", "replace")

    def writer(self) -> IncrementalDecoder:
        """Give a decoder for numbers that come one by one."""
        return IncrementalDecoder(self)


class IncrementalDecoder:
    """Decodes numbers as they come; a character appears when it is complete."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def write(self, piece: int) -> str:
        """Give the text that a number completes, maybe none."""
        return self._decoder.decode(self._vocabulary.bytes_of(piece))

    def end(self) -> str:
        """Give what is left, U+FFFD for a character that never was completed."""
        return self._decoder.decode(b"", final=True)


class CharacterVocabulary(Vocabulary):
    """Single characters.

    Args:
        symbols: in the order of their numbers, from `SPECIAL` on.
    """

    unit = "characters"

    def __init__(self, symbols: Sequence[str]) -> None:
        self.symbols = tuple(symbols)
        self._written = [b"", b"", *(symbol.encode() for symbol in self.symbols)]

    def __len__(self) -> int:
        return SPECIAL + len(self.symbols)

    def encode(self, text: str) -> np.ndarray:
        return np.asarray(self._numbers[_code_points(text)])

    def bytes_of(self, piece: int) -> bytes:
        return self._written[piece]

    def line_break(self) -> np.ndarray:
        """Give the symbol of a line break, int32 [1]; [0] where there is none."""
        return self.encode("" if self.unknown_in("\n") else "\n")

    def unknown_in(self, text: str) -> tuple[str, ...]:
        found = np.unique(_code_points(text))
        return tuple(chr(code) for code in found[self._numbers[found] == UNKNOWN])

    def to_bytes(self) -> bytes:
        """Give the content of a bundle's file."""
        return (json.dumps(self.symbols, ensure_ascii=False) + "\n").encode()

    @cached_property
    def _numbers(self) -> np.ndarray:
        """The number of each code point."""
        numbers = np.full(CODE_POINTS, UNKNOWN, np.int32)
        for number, symbol in enumerate(self.symbols, start=SPECIAL):
            numbers[ord(symbol)] = number
        return numbers


class ByteVocabulary(Vocabulary):
    """The bytes of UTF-8."""

    unit = "bytes"

    def __len__(self) -> int:
        return SPECIAL + 256

    def encode(self, text: str) -> np.ndarray:
        return np.frombuffer(text.encode(), np.uint8).astype(np.int32) + SPECIAL

    def bytes_of(self, piece: int) -> bytes:
        return bytes([piece - SPECIAL]) if piece >= SPECIAL else b""


class PieceVocabulary(Vocabulary):
    """PieceVocabulary of words, and line breaks.

    Args:
        content: a SentencePiece model in which 0 is a boundary and 1 unknown.
        origin: named in errors.

    Raises:
        BundleError: the content is no SentencePiece model.
    """

    unit = "pieces"

    def __init__(self, content: bytes, *, origin: str) -> None:
        self.content = content
        self._processor = load_sentencepiece(content, origin)

    def __len__(self) -> int:
        return int(self._processor.GetPieceSize())

    def encode(self, text: str) -> np.ndarray:
        return np.array(self._processor.EncodeAsIds(text), np.int32)

    def bytes_of(self, piece: int) -> bytes:
        return self._written[piece]

    @cached_property
    def _written(self) -> list[bytes]:
        return [self._write(piece) for piece in range(len(self))]

    def _write(self, piece: int) -> bytes:
        text = str(self._processor.IdToPiece(piece))
        if piece < SPECIAL:
            return b""
        if self._processor.IsByte(piece):
            return bytes([int(text[1:-1], 16)])  # <0xE9>
        return text.replace(SPACE_MARK, " ").encode()


# What Unicode does not take apart.
LIKE = {
    **dict.fromkeys("‘’‚‹›ʼ′", "'"),
    **dict.fromkeys("“”„«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2009\u202f\t", " "),
    **dict.fromkeys("\r\x0b\x0c\x85\u2028\u2029", "\n"),
    "æ": "ae",
    "œ": "oe",
    "ß": "ss",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "Æ": "Ae",
    "Œ": "Oe",
    "Ø": "O",
    "Ł": "L",
    "Đ": "D",
}


def read_vocabulary(bundle: Bundle) -> Vocabulary:
    """Read the vocabulary of a bundle.

    Raises:
        BundleError: it is missing, damaged or of an unknown unit.
    """
    unit = bundle.preprocessing.get("unit")
    if unit == ByteVocabulary.unit:
        return ByteVocabulary()
    if unit == PieceVocabulary.unit:
        origin = str(bundle.path / PIECES_FILE)
        return PieceVocabulary(bundle.read(PIECES_FILE), origin=origin)
    if unit != CharacterVocabulary.unit:
        raise BundleError(f"{bundle.path}: unusable preprocessing; get the model again")
    symbols = bundle.read_json(SYMBOLS_FILE)
    if not isinstance(symbols, list) or not all(map(_is_character, symbols)):
        raise BundleError(
            f"{bundle.path / SYMBOLS_FILE}: not a list of characters; get the model again"
        )
    return CharacterVocabulary(symbols)


def _is_character(symbol: Any) -> bool:
    return isinstance(symbol, str) and len(symbol) == 1 and not "\ud800" <= symbol <= "\udfff"


def _code_points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
