"""Split a text into sentences, and join their translations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipelines.text import split_text
from pipelines.translation.framing import (
    Case,
    case_of,
    end_alike,
    from_plain,
    in_quotes_of,
    take_out,
    to_plain,
)
from pipelines.translation.keeping import Keeper, Marked
from pipelines.translation.marks import ANY_MARK, Kept, unmark
from pipelines.translation.pieces import TranslationPieces


@dataclass(frozen=True)
class Job:
    """What the network translates at once: a sentence, or a part of a long one.

    Attributes:
        pieces: marks included.
        text: what the pieces are of.
        kept: the marks among them, and what each stands for.
        case: in which its source is written.
    """

    pieces: tuple[int, ...]
    text: str = ""
    kept: Kept = ()
    case: Case = Case.PLAIN

    def finish(self, translation: str) -> str:
        """Make the network's translation into one of the source as it was written."""
        said = from_plain(end_alike(self.text, translation), self.case)
        return unmark(said, self.kept)


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
            item.finish(next(said)) if isinstance(item, Job) else item for item in self.items
        )


def as_network_sees(sentence: str, keeper: Keeper) -> list[tuple[Marked, Case]]:
    """Put marks into a sentence without frame and write it in the usual case.

    Returns:
        One sentence, or several parts where it needs more marks than there are.
    """
    whole = []
    for marked in keeper.mark(sentence):
        case = case_of(marked.text)
        if case is Case.UPPER and " " not in marked.text and not keeper.lexicon.knows(marked.text):
            case = Case.PLAIN  # NASA
        plain = Marked(to_plain(marked.text, case), marked.kept)
        cased = any(letter.isupper() for letter in marked.text) and case is not Case.UPPER
        whole.append((keeper.mark_names(plain, cased=cased), case))
    return whole


class Planner:
    """Takes texts apart.

    Args:
        pieces: the vocabulary.
        longest: pieces that the network translates at once.
        target: code of the target language.
    """

    def __init__(self, pieces: TranslationPieces, longest: int, target: str) -> None:
        self.pieces = pieces
        self.longest = longest
        self.target = target

    def plan(self, texts: Iterable[str], keeper: Keeper) -> list[Plan]:
        """Take texts apart; what `keeper` keeps is marked in them."""
        return [self._plan(text, keeper) for text in texts]

    def _plan(self, text: str, keeper: Keeper) -> Plan:
        items: list[str | Job] = []
        for part in split_text(text):
            items += self._sentence(part.text, keeper) if part.is_sentence else [part.text]
        return Plan(tuple(items))

    def _sentence(self, sentence: str, keeper: Keeper) -> Iterator[str | Job]:
        framed = take_out(sentence)
        yield in_quotes_of(self.target, framed.before)
        for number, (marked, case) in enumerate(as_network_sees(framed.inner, keeper)):
            yield from self._jobs(marked, case if number == 0 else Case.PLAIN)
        yield in_quotes_of(self.target, framed.after)

    def _jobs(self, marked: Marked, case: Case) -> Iterator[str | Job]:
        """Give what a sentence is made of: one job, or several where it is long."""
        inner = marked.text.strip()
        if not any(letter.isalpha() for letter in ANY_MARK.sub("", inner)):  # all of it is kept
            yield from_plain(unmark(marked.text, marked.kept), case)
            return
        before, _, after = marked.text.partition(inner)
        yield before
        for number, part in enumerate(self._cut(self.pieces.encode(inner))):
            kept = tuple(pair for pair in marked.kept if self.pieces.mark(pair[0]) in part)
            yield " " if number else ""
            yield Job(tuple(part), self.pieces.decode(part), kept, case)
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
