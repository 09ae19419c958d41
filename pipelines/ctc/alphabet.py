"""The symbols that a network of letters knows; shared by handwriting and speech."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError, ConfigurationError

ALPHABET_FILE = "alphabet.txt"
SPACE = "<space>"  # how a space is written in the file: a line of its own would look empty


@dataclass(frozen=True)
class Alphabet:
    """Symbols in the order of the network's outputs; the output after the last one is the blank.

    Attributes:
        symbols: single characters, in Unicode's form NFC.
    """

    symbols: tuple[str, ...]

    @property
    def blank(self) -> int:
        """The index of CTC's blank (Graves et al. 2006)."""
        return len(self.symbols)

    @cached_property
    def index_of(self) -> dict[str, int]:
        """The index of each symbol."""
        return {symbol: index for index, symbol in enumerate(self.symbols)}

    def encode(self, text: str) -> list[int]:
        """Give the indices of a text's characters.

        Raises:
            ConfigurationError: a character is not in the alphabet.
        """
        for character in text:
            if character not in self.index_of:
                raise ConfigurationError(
                    f"text {text!r}: {character!r} (U+{ord(character):04X}) is not in the alphabet"
                )
        return [self.index_of[character] for character in text]

    def decode(self, indices: Iterable[int]) -> str:
        """Give the text of indices."""
        return "".join(self.symbols[index] for index in indices)

    def count_unknown(self, texts: Iterable[str]) -> Counter[str]:
        """Count the characters of texts that are not in the alphabet."""
        counts = Counter(character for text in texts for character in text)
        known = self.index_of
        return Counter({symbol: count for symbol, count in counts.items() if symbol not in known})

    def to_bytes(self) -> bytes:
        """Give the content of a bundle's alphabet file: one symbol per line."""
        lines = (SPACE if symbol == " " else symbol for symbol in self.symbols)
        return "".join(f"{line}\n" for line in lines).encode()


def alphabet_of(texts: Iterable[str]) -> Alphabet:
    """Make the alphabet of texts: their characters, by code point.

    Raises:
        ConfigurationError: the texts hold no characters.
    """
    symbols = tuple(sorted({character for text in texts for character in text}))
    if not symbols:
        raise ConfigurationError("the training texts are empty; no alphabet can be made from them")
    return Alphabet(symbols)


def parse_alphabet(lines: Sequence[str], origin: str) -> Alphabet:
    """Read the lines of an alphabet file: one symbol per line, `<space>` for the space.

    Raises:
        ConfigurationError: names the first line that is no single character, or comes twice.
    """
    symbols: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        symbol = " " if line == SPACE else unicodedata.normalize("NFC", line)
        if len(symbol) != 1:
            raise ConfigurationError(
                f"{origin} line {number}: {line!r} is not one character; write one per line, and "
                f"{SPACE} for the space"
            )
        if symbol in symbols:
            raise ConfigurationError(
                f"{origin} line {number}: {line!r} is already in line {symbols[symbol]}; remove it"
            )
        symbols[symbol] = number
    if not symbols:
        raise ConfigurationError(f"{origin}: no symbols in it; write one per line")
    return Alphabet(tuple(symbols))


def read_alphabet(bundle: Bundle) -> Alphabet:
    """Read the alphabet of a bundle.

    Raises:
        BundleError: the file is missing or damaged.
    """
    try:
        lines = bundle.read_text(ALPHABET_FILE).split("\n")[:-1]
        return parse_alphabet(lines, str(bundle.path / ALPHABET_FILE))
    except ConfigurationError as error:
        raise BundleError(f"{error}; get the model again") from None
