"""Cut what the network did not copy out of a sentence, and translate what is left around it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipelines.search.beam_search import Hypothesis
from pipelines.translation.marian_pieces import SPACE, MarianPieces
from pipelines.translation.sentences import Job


@dataclass(frozen=True)
class Stretch:
    """A part of a sentence, up to a mark at which the sentence is cut.

    Attributes:
        job: its pieces, without a space at its end, and the marks that are still in it.
        start: the place of its first piece in the sentence.
        end: the place of the mark, or of the sentence's end.
        mark: the piece of the mark that follows, or None at the end of the sentence.
        is_text: whether it has letters, so that it is translated; otherwise it is copied.
        is_glued: whether it begins without a space.
    """

    job: Job
    start: int
    end: int
    mark: int | None
    is_text: bool
    is_glued: bool

    @property
    def has_space(self) -> bool:
        """Whether there is a space between it and the mark."""
        return self.start + len(self.job.pieces) < self.end


def cut(job: Job, marks: Collection[int], vocabulary: MarianPieces) -> list[Stretch]:
    """Cut a sentence at some of its marks; the stretches in order, with the marks, make it."""
    places = [place for place, piece in enumerate(job.pieces) if piece in marks]
    stretches = []
    for start, end in zip([-1, *places], [*places, len(job.pieces)], strict=True):
        own = job.pieces[start + 1 : end]
        texts = [vocabulary.text_of(piece) for piece in own]
        if texts[-1:] == [SPACE]:
            own, texts = own[:-1], texts[:-1]
        stretches.append(
            Stretch(
                job=_part_of(job, own, vocabulary),
                start=start + 1,
                end=end,
                mark=job.pieces[end] if end < len(job.pieces) else None,
                is_text=any(letter.isalpha() for letter in "".join(texts)),
                is_glued=start >= 0 and not (texts and texts[0].startswith(SPACE)),
            )
        )
    return stretches


def _part_of(job: Job, pieces: tuple[int, ...], vocabulary: MarianPieces) -> Job:
    """Give a part of a job, with the marks that are in it."""
    kept, found = (
        tuple(pair for pair in pairs if vocabulary.mark(pair[0]) in pieces)
        for pairs in (job.kept, job.found)
    )
    return replace(job, pieces=pieces, kept=kept, found=found)


def join(
    job: Job,
    stretches: Sequence[Stretch],
    translations: Sequence[Hypothesis],
    vocabulary: MarianPieces,
) -> Hypothesis:
    """Put the translations of the stretches together.

    Args:
        job: the whole sentence.
        stretches: of `cut`.
        translations: the best of each stretch that is text, in order; its attention is that over
            the pieces of the stretch and the end.
        vocabulary: of the model.

    Returns:
        A hypothesis whose score is the mean of those of the translations.
    """
    said = iter(translations)
    columns = len(job.pieces) + 1  # the end is the last one
    pieces: list[int] = []
    rows: list[np.ndarray] = []  # of the attention
    for stretch in stretches:
        found = next(said) if stretch.is_text else _copy(stretch.job, vocabulary)
        found = _fit(found, stretch, vocabulary)
        pieces += found.pieces
        rows += _spread(found.attention, stretch, columns)
        if stretch.mark is not None:
            pieces.append(stretch.mark)
            rows.append(_only(stretch.end, columns))
    rows.append(_only(columns - 1, columns))
    score = sum(item.score for item in translations) / max(len(translations), 1)
    total = sum(item.log_probability for item in translations)
    return Hypothesis(tuple(pieces), score, total, np.stack(rows))


def _copy(job: Job, vocabulary: MarianPieces) -> Hypothesis:
    """Give pieces without letters, but maybe with marks, as those of the target."""
    text = vocabulary.decode_source(job.pieces)
    pieces = tuple(vocabulary.encode_target(text))
    attention = np.zeros((len(pieces) + 1, len(job.pieces) + 1), np.float32)
    attention[:, 0] = 1.0
    return Hypothesis(pieces, 0.0, 0.0, attention)


def _fit(found: Hypothesis, stretch: Stretch, vocabulary: MarianPieces) -> Hypothesis:
    """Let a translation begin and end with a space where its source does."""
    known = vocabulary.target.number_of
    pieces, attention = list(found.pieces), found.attention[: len(found.pieces)]
    if stretch.is_glued and pieces:
        glued = vocabulary.target_text(pieces[0]).removeprefix(SPACE)
        pieces[:1] = [known.get(glued, pieces[0])] if glued else []
        attention = attention[len(attention) - len(pieces) :]
    if stretch.has_space and SPACE in known:
        pieces.append(known[SPACE])
        attention = np.concatenate([attention, found.attention[-1:]])
    return replace(found, pieces=tuple(pieces), attention=attention)


def _spread(attention: np.ndarray, stretch: Stretch, columns: int) -> list[np.ndarray]:
    """Give attention over a stretch and the end as such over the whole sentence, row by row."""
    whole = np.zeros((len(attention), columns), np.float32)
    whole[:, stretch.start : stretch.start + len(stretch.job.pieces)] = attention[:, :-1]
    whole[:, -1] += attention[:, -1]
    return list(whole)


def _only(column: int, columns: int) -> np.ndarray:
    row = np.zeros(columns, np.float32)
    row[column] = 1.0
    return row
