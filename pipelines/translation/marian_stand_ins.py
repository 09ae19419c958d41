"""Words that stand in for marks, which Marian's vocabularies do not have.

A number that must be kept stands for itself; for anything else stands a code such as Q731, which
looks like the number of a part or a flight: translators copy those. Nothing makes the network do
so; therefore each stand-in is looked for in the translation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from pipelines.search.beam_search import Hypothesis
from pipelines.translation.marian_pieces import SPACE, MarianPieces
from pipelines.translation.sentences import Job

CODES = ("Q731", "Q845", "Q296", "Q518", "Q962", "Q374", "Q683", "Q149")  # one for each mark
NUMBER = re.compile(r"\d[\d.,:/-]{0,10}\d")


@dataclass(frozen=True)
class Prepared:
    """A job as the network reads it.

    Attributes:
        pieces: with stand-ins.
        groups: of each piece of the job, how many of `pieces` stand for it.
        stand_ins: mark's piece -> the word for it; "" where the vocabulary cannot write one.
    """

    pieces: tuple[int, ...]
    groups: tuple[int, ...]
    stand_ins: dict[int, str]

    @property
    def unwritten(self) -> set[int]:
        """The marks that no word stands for."""
        return {mark for mark, word in self.stand_ins.items() if not word}


def put_stand_ins(job: Job, vocabulary: MarianPieces) -> Prepared:
    """Replace the marks of a job by words."""
    words = _choose_words(job, vocabulary)
    marks = [(mark,) for mark in words]
    numbers: list[int] = []
    groups: list[int] = []
    for place, piece in enumerate(job.pieces):
        before = vocabulary.text_of(job.pieces[place - 1]) if place else SPACE
        new = [piece]
        if piece in words:
            new = _write(words[piece], vocabulary, after_space=before == SPACE)
        elif vocabulary.text_of(piece) == SPACE and job.pieces[place + 1 : place + 2] in marks:
            new = []  # the word brings its own space
        numbers += new
        groups.append(len(new))
    return Prepared(tuple(numbers), tuple(groups), words)


def find_stand_ins(
    hypothesis: Hypothesis, prepared: Prepared, vocabulary: MarianPieces
) -> tuple[Hypothesis, set[int]]:
    """Put the marks back.

    Returns:
        The hypothesis with a piece for each mark, its attention over the pieces of the job; and the
        marks whose word is not in it exactly once.
    """
    texts = [vocabulary.target_text(piece) for piece in hypothesis.pieces]
    spans = {mark: _find_word(texts, word, vocabulary) for mark, word in prepared.stand_ins.items()}
    written = {span.first: (mark, span) for mark, span in spans.items() if span}
    pieces: list[int] = []
    rows: list[slice] = []  # of the attention, for each piece
    place = 0
    while place < len(texts):
        new, end = [hypothesis.pieces[place]], place + 1
        if place in written:
            mark, span = written[place]
            new, end = [*span.before, mark, *span.after], span.end
        pieces += new
        rows += [slice(place, end)] * len(new)
        place = end
    rows.append(slice(place, place + 1))  # the end
    by_row = np.stack([hypothesis.attention[row].mean(axis=0) for row in rows])
    found = replace(
        hypothesis, pieces=tuple(pieces), attention=_group_columns(by_row, prepared.groups)
    )
    return found, {mark for mark, span in spans.items() if span is None}


def _group_columns(attention: np.ndarray, groups: Sequence[int]) -> np.ndarray:
    """Add up what belongs to one piece of the job: float32 [row, piece of the job].

    Args:
        attention: float32 [row, column]; the columns begin with those of the groups.
        groups: columns of each piece of the job.
    """
    ends = np.cumsum(groups)
    columns = [
        attention[:, end - size : end].sum(axis=1) for end, size in zip(ends, groups, strict=True)
    ]
    columns += list(attention[:, ends[-1] :].T)  # beyond the job, such as the end
    return np.stack(columns, axis=1)


class _Span(NamedTuple):
    """The pieces that write a word.

    Attributes:
        first: the first of them.
        end: behind the last.
        before: the space before the word, as a piece, where there is one.
        after: what else the last of them writes.
    """

    first: int
    end: int
    before: list[int]
    after: list[int]


def _find_word(texts: Sequence[str], word: str, vocabulary: MarianPieces) -> _Span | None:
    """Find a word that is written exactly once, by whole pieces but for what is beside it."""
    whole = "".join(texts)
    found = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", whole)]
    if len(found) != 1 or whole.count(word) != 1:
        return None
    start, end = found[0]
    ends = np.cumsum([len(text) for text in texts])
    first = int(np.searchsorted(ends, start, side="right"))
    last = int(np.searchsorted(ends, end))
    before, after = whole[ends[first] - len(texts[first]) : start], whole[end : ends[last]]
    known = vocabulary.target.number_of
    if before not in ("", SPACE) or any(part and part not in known for part in (before, after)):
        return None
    return _Span(first, last + 1, *([known[part]] if part else [] for part in (before, after)))


def _choose_words(job: Job, vocabulary: MarianPieces) -> dict[int, str]:
    text = vocabulary.decode_source(job.pieces)
    words: dict[int, str] = {}
    as_found = dict(job.found)
    for code, (mark, kept) in zip(CODES, job.kept, strict=False):
        is_same = NUMBER.fullmatch(kept) and as_found.get(mark, kept) == kept
        known = [
            word
            for word in ([kept] if is_same else []) + [code]
            if word not in text and word not in words.values() and _can_write(word, vocabulary)
        ]
        words[vocabulary.mark(mark)] = known[0] if known else ""
    return words


def _can_write(word: str, vocabulary: MarianPieces) -> bool:
    return all(
        side.unknown not in side.encode(word) for side in (vocabulary.source, vocabulary.target)
    )


def _write(word: str, vocabulary: MarianPieces, *, after_space: bool) -> list[int]:
    """Give the pieces of a word, with or without a space before it."""
    first, *others = vocabulary.source.cut(word) if word else [""]
    glued = first.removeprefix(SPACE)
    if not after_space and (not glued or glued in vocabulary.source.number_of):
        first = glued
    return [vocabulary.source.number_of[text] for text in (first, *others) if text]
