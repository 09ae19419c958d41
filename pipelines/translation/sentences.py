"""Split a text into sentences, and join their translations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipelines.text import split_text
from pipelines.translation.keeping import Keeper, unmark
from pipelines.translation.vocabulary import Vocabulary


@dataclass(frozen=True)
class Job:
    """What the network translates at once: a sentence, or a part of a long one.

    Attributes:
        pieces: marks included.
        kept: the marks among them, and what each stands for.
    """

    pieces: tuple[int, ...]
    kept: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Plan:
    """A text taken apart.

    Attributes:
        items: in their order, what stays as it is, and what is translated.
    """

    items: tuple[str | Job, ...]

    @property
    def jobs(self) -> list[Job]:
        """What is translated."""
        return [item for item in self.items if isinstance(item, Job)]

    def fill(self, translations: Sequence[str]) -> str:
        """Put the translations of the jobs, in their order, in place."""
        said = iter(translations)
        return "".join(
            unmark(next(said), item.kept) if isinstance(item, Job) else item for item in self.items
        )


class Planner:
    """Takes texts apart.

    Args:
        pieces: the vocabulary.
        longest: pieces that the network translates at once.
    """

    def __init__(self, pieces: Vocabulary, longest: int) -> None:
        self.pieces = pieces
        self.longest = longest

    def plan(self, texts: Iterable[str], keeper: Keeper) -> list[Plan]:
        """Take texts apart; what `keeper` keeps is marked in them."""
        return [self._plan(text, keeper) for text in texts]

    def _plan(self, text: str, keeper: Keeper) -> Plan:
        items: list[str | Job] = []
        for part in split_text(text):
            items += self._jobs(part.text, keeper) if part.is_sentence else [part.text]
        return Plan(tuple(items))

    def _jobs(self, sentence: str, keeper: Keeper) -> Iterator[str | Job]:
        """Give what a sentence is made of: one job, or several where it is long."""
        for marked in keeper.mark(sentence):
            inner = marked.text.strip()
            if not any(letter.isalpha() for letter in inner):  # all of it is kept
                yield unmark(marked.text, marked.kept)
                continue
            before, _, after = marked.text.partition(inner)
            yield before
            for number, part in enumerate(self._cut(self.pieces.encode(inner))):
                kept = tuple(pair for pair in marked.kept if self.pieces.mark(pair[0]) in part)
                yield " " if number else ""
                yield Job(tuple(part), kept)
            yield after

    def _cut(self, pieces: list[int]) -> list[list[int]]:
        """Cut what is too long into parts, before a word if there is one in their second half."""
        parts, start = [], 0
        while len(pieces) - start > self.longest:
            begins = [
                place
                for place in range(start + max(self.longest // 2, 1), start + self.longest)
                if self.pieces.text_of(pieces[place]).startswith("▁")
            ]
            end = begins[-1] if begins else start + self.longest
            parts.append(pieces[start:end])
            start = end
        return [*parts, pieces[start:]]
