"""Split a text into sentences, and join their translations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pipelines.text import split_text
from pipelines.translation.framing import (
    Case,
    case_of,
    change_first,
    end_alike,
    from_running,
    in_quotes_of,
    take_out,
)
from pipelines.translation.inline_tags import Place, Tags, hide_tags, put_back, take_off
from pipelines.translation.keeping import Keeper, Marked
from pipelines.translation.marks import ANY_MARK, Kept, unmark
from pipelines.translation.vocabulary import Vocabulary

CLAUSE_ENDS = frozenset(",;:–—")
NO_WEIGHTS = np.zeros((0, 0), np.float32)


@dataclass(frozen=True)
class Job:
    """What the network translates at once: a sentence, or a part of a long one.

    Attributes:
        pieces: marks included.
        text: what the pieces are of.
        kept: the marks among them, and what each stands for as it shall come out.
        found: the same marks, and what each stands for as it was.
        case: in which its source is written.
        places: where tags stand among its words.
        tags: of the text, where there are any among its words.
    """

    pieces: tuple[int, ...]
    text: str = ""
    kept: Kept = ()
    found: Kept = ()
    case: Case = Case.PLAIN
    places: tuple[Place, ...] = ()
    tags: Tags | None = field(default=None, compare=False)

    def finish(self, said: str, weights: np.ndarray = NO_WEIGHTS) -> str:
        """Make the network's translation into one of the source as it was written.

        Args:
            said: the translation, marks included.
            weights: attention of each word over the words of the source: [word, source word]; only
                looked at where there are tags.
        """
        text = from_running(end_alike(self.text, said), self.case)
        if self.tags is None:
            return unmark(text, self.kept)
        dressed = put_back(text, self.places, weights)
        return self.tags.show(unmark(dressed, self.kept))

    @property
    def source(self) -> str:
        """The source as it was written."""
        words = len(self.text.split())
        same = np.eye(words, dtype=np.float32)
        return replace(self, kept=self.found).finish(self.text, same)


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
        """Put the finished translations of the jobs, in their order, in place."""
        said = iter(translations)
        return "".join(next(said) if isinstance(item, Job) else item for item in self.items)


def as_network_sees(sentence: str, keeper: Keeper) -> list[tuple[Marked, Case]]:
    """Put marks into a sentence without frame and write it as it would stand within a text.

    Returns:
        One sentence, or several parts where it needs more marks than there are.
    """
    whole = []
    for marked in keeper.mark(sentence):
        case = case_of(marked.text)
        if case is Case.UPPER and " " not in marked.text and not keeper.lexicon.knows(marked.text):
            case = Case.PLAIN  # NASA
        text = marked.text.lower() if case is Case.UPPER else marked.text
        if keeper.lexicon.words:
            text = keeper.lexicon.to_running(text)
        elif case is not Case.PLAIN:  # a network that has learned sentences with their capital
            text = change_first(text, str.upper)
            case = Case.RAISED if case is Case.LOWER else case
        plain = replace(marked, text=text)
        cased = any(letter.isupper() for letter in marked.text) and case is not Case.UPPER
        whole.append((keeper.mark_names(plain, marked.text, cased=cased), case))
    return whole


class Planner:
    """Takes texts apart.

    Args:
        pieces: the vocabulary.
        longest: pieces that the network translates at once.
        target: code of the target language.
    """

    def __init__(self, pieces: Vocabulary, longest: int, target: str) -> None:
        self.pieces = pieces
        self.longest = longest
        self.target = target

    def plan(self, texts: Iterable[str], keeper: Keeper) -> list[Plan]:
        """Take texts apart; what `keeper` keeps is marked in them."""
        return [self._plan(text, keeper) for text in texts]

    def _plan(self, text: str, keeper: Keeper) -> Plan:
        items: list[str | Job] = []
        hidden, tags = hide_tags(text)
        for part in split_text(hidden):
            if part.is_sentence:
                items += self._sentence(part.text, keeper, tags)
            else:
                items.append(tags.show(part.text))
        return Plan(tuple(items))

    def _sentence(self, sentence: str, keeper: Keeper, tags: Tags) -> Iterator[str | Job]:
        framed = take_out(sentence, tags.pairs)
        yield tags.show(in_quotes_of(self.target, framed.before))
        for number, (marked, case) in enumerate(as_network_sees(framed.inner, keeper)):
            yield from self._jobs(marked, case if number == 0 else _within_sentence(case), tags)
        yield tags.show(in_quotes_of(self.target, framed.after))

    def _jobs(self, marked: Marked, case: Case, tags: Tags) -> Iterator[str | Job]:
        """Give what a sentence is made of: one job, or several where it is long."""
        inner = marked.text.strip()
        if not any(letter.isalpha() for letter in ANY_MARK.sub("", inner)):  # all of it is kept
            yield tags.show(unmark(from_running(marked.text, case), marked.kept))
            return
        before, _, after = marked.text.partition(inner)
        yield before
        text, places = take_off(inner, tags.pairs)
        first = 0
        for number, part in enumerate(self._cut(self.pieces.encode(text))):
            marks = [mark for mark, _ in marked.kept if self.pieces.mark(mark) in part]
            yield " " if number else ""
            said = self.pieces.decode_source(part)
            own = _within(places, first, first + len(said.split()))
            yield Job(
                tuple(part),
                said,
                tuple(pair for pair in marked.kept if pair[0] in marks),
                tuple(pair for pair in marked.found if pair[0] in marks),
                case if number == 0 else _within_sentence(case),
                own,
                tags if own else None,
            )
            first += len(said.split())
        yield after

    def _cut(self, pieces: list[int]) -> list[list[int]]:
        """Cut what is too long: behind a clause if there is one, or before a word."""
        parts, start = [], 0
        while len(pieces) - start > self.longest:
            texts = [self.pieces.text_of(piece) for piece in pieces[start : start + self.longest]]
            end = start + _find_cut(texts)
            parts.append(pieces[start:end])
            start = end
        return [*parts, pieces[start:]]


def _within_sentence(case: Case) -> Case:
    """Give the case of a part that does not begin a sentence."""
    return Case.LOWER if case is Case.PLAIN else case


def _within(places: Iterable[Place], first: int, behind: int) -> tuple[Place, ...]:
    """Give the places that begin in a part of a sentence, counted from its first word.

    Args:
        places: of the sentence.
        first: number of the part's first word.
        behind: number behind its last word; a tag behind the last word of all is the last part's.
    """
    return tuple(
        replace(place, first=place.first - first, last=min(place.last, behind) - first)
        for place in places
        if first <= place.first < behind
    )


def _find_cut(texts: Sequence[str]) -> int:
    """Give the number of pieces to cut off, 1 to all of them."""
    half = max(len(texts) // 2, 1)
    words = [place for place in range(1, len(texts)) if texts[place].startswith("▁")]
    clauses = [place for place in words if texts[place - 1][-1:] in CLAUSE_ENDS]
    behind = [place for place in clauses if place >= half // 2] or [
        place for place in words if place >= half
    ]
    return behind[-1] if behind else len(texts)
