"""What a pipeline asks of the vocabulary of any family of networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Vocabulary(Protocol):
    """Cuts a source into pieces, and puts the pieces of a translation together."""

    def encode(self, text: str) -> list[int]:
        """Cut a text into source pieces; each of `marks.MARKS` in it is one piece."""

    def decode(self, pieces: Sequence[int]) -> str:
        """Put the pieces of a translation together; a mark's piece becomes the mark."""

    def decode_source(self, pieces: Sequence[int]) -> str:
        """Put source pieces together again."""

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks that it has a piece for."""

    def text_of(self, piece: int) -> str:
        """Give a source piece as it is written in the vocabulary; ▁ is the space before a word."""

    def mark(self, mark: str) -> int:
        """Give the piece of one of `marks.MARKS`."""

    def is_foreign(self, word: str) -> bool:
        """Tell whether a word has a letter that the vocabulary does not have."""
