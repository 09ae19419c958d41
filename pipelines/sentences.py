"""A text as the sentences that a network translates, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipelines.keeping import Keeper, unmark
from pipelines.pieces import Pieces
from pipelines.text import split_text


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

    def __init__(self, pieces: Pieces, longest: int) -> None:
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

    def _jobs(self, sentence: str, keeper: Keeper) -> list[str | Job]:
        """Give the jobs of a sentence, with a space between where it takes several."""
        jobs: list[str | Job] = []
        for marked in keeper.mark(sentence):
            if not any(letter.isalpha() for letter in marked.text):  # all of it is kept
                jobs += [" ", unmark(marked.text, marked.kept)]
                continue
            for part in self._cut(self.pieces.encode(marked.text)):
                kept = tuple(pair for pair in marked.kept if self.pieces.mark(pair[0]) in part)
                jobs += [" ", Job(tuple(part), kept)]
        return jobs[1:]

    def _cut(self, pieces: list[int]) -> list[list[int]]:
        """Cut what is too long into parts, before a word if there is one in their second half."""
        parts = []
        while len(pieces) > self.longest:
            begins = [
                place
                for place in range(self.longest // 2, self.longest)
                if self.pieces.text_of(pieces[place]).startswith("▁")
            ]
            place = begins[-1] if begins else self.longest
            parts.append(pieces[:place])
            pieces = pieces[place:]
        return [*parts, pieces]
