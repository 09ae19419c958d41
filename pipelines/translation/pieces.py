"""The pieces of translation: those of `pipelines.search.pieces`, with marks and languages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from pipelines.search.pieces import END, Pieces
from pipelines.translation.marks import MARKS


class TranslationPieces(Pieces):
    """A vocabulary that has pieces for marks of what is kept, and for languages."""

    def special(self) -> list[int]:
        """List the pieces that no translation has: padding, beginning, languages, marks."""
        return sorted({*super().special(), *map(self.mark, self.marks)})

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """The marks that it has; those trained before there were three kinds have one."""
        return tuple(mark for mark in MARKS if self.knows(mark))

    def decode_source(self, pieces: Sequence[int]) -> str:
        """Put source pieces together again; both sides have one vocabulary."""
        return self.decode(pieces)

    def mark(self, mark: str) -> int:
        """Give the piece of one of `marks.MARKS`."""
        return self.find(mark)

    def language(self, code: str) -> int:
        """Give the piece that asks for a target language.

        Raises:
            BundleError: the vocabulary does not have it.
        """
        return self.find(language_piece(code))


def language_piece(code: str) -> str:
    """Write the piece that asks for a target language."""
    return f"<2{code}>"


def frame_source(pieces: Sequence[int], language: int) -> list[int]:
    """Put the wanted language before a sentence and the end after it."""
    return [language, *pieces, END]
