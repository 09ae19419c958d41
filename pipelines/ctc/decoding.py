"""Reading the output of a CTC network (Graves et al. 2006); shared by handwriting and speech."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

# A symbol so unlikely at a frame is not worth following (e to this power).
LEAST_LOG_PROBABILITY = -9.0

# What a language model adds for a symbol after the symbols before it: a log-probability.
ScoreSymbol = Callable[[tuple[int, ...], int], float]


@dataclass(frozen=True)
class Reading:
    """One way to read the output of a network.

    Attributes:
        symbols: indices.
        frames: for each symbol, the frame at which it is likeliest.
        confidences: for each symbol, its probability at that frame, 0 to 1.
        score: log-probability of the whole; what the language model said is in it.
    """

    symbols: tuple[int, ...]
    frames: tuple[int, ...]
    confidences: tuple[float, ...]
    score: float


def read_greedily(log_probabilities: np.ndarray, frames: int) -> Reading:
    """Take the likeliest symbol of each frame, join repeats and leave the blanks out.

    Args:
        log_probabilities: [frames, symbols + 1], the blank last.
        frames: how many of them belong to the example.
    """
    log_probabilities = log_probabilities[:frames]
    blank = log_probabilities.shape[1] - 1
    best = np.argmax(log_probabilities, axis=1)
    heights = log_probabilities.max(axis=1)
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    ends = np.append(starts, len(best))[1:]
    runs = [
        (int(best[start]), int(start + np.argmax(heights[start:end])))
        for start, end in zip(starts, ends, strict=True)
        if best[start] != blank
    ]
    return Reading(
        symbols=tuple(symbol for symbol, _ in runs),
        frames=tuple(frame for _, frame in runs),
        confidences=tuple(float(np.exp(heights[frame])) for _, frame in runs),
        score=float(heights.sum()),
    )


@dataclass(slots=True)
class _Beam:
    """The paths of one text at one frame: those that end in a blank, and those that do not.

    Attributes:
        blank, symbol: log-probabilities of the two kinds of paths.
        language: what the language model says of the text.
        frames, heights: of each symbol, its likeliest frame and the log-probability there.
        paths: log-probability of both kinds of paths.
        total: of them and the language model.
    """

    blank: float = -math.inf
    symbol: float = -math.inf
    language: float = 0.0
    frames: tuple[int, ...] = ()
    heights: tuple[float, ...] = ()
    paths: float = field(init=False)
    total: float = field(init=False)

    def __post_init__(self) -> None:
        self.paths = _add(self.blank, self.symbol)
        self.total = self.paths + self.language


_Beams = dict[tuple[int, ...], _Beam]


def search_beams(
    log_probabilities: np.ndarray,
    frames: int,
    *,
    beams: int,
    score_symbol: ScoreSymbol = lambda prefix, symbol: 0.0,
) -> list[Reading]:
    """Add up the paths of each text and keep the likeliest texts (Hannun et al. 2014).

    Args:
        log_probabilities: [frames, symbols + 1], the blank last.
        frames: how many of them belong to the example.
        beams: texts kept after each frame.
        score_symbol: what a language model adds for a symbol after a prefix; never above 0.

    Returns:
        At most `beams` readings, the best first.
    """
    kept: _Beams = {(): _Beam(blank=0.0)}
    rows = log_probabilities[:frames]
    for frame, likely in enumerate(_find_likely(rows)):
        if not likely:
            blank = float(rows[frame, -1])
            kept = {text: _pause(beam, blank) for text, beam in kept.items()}
            continue
        row = rows[frame].tolist()
        stayed = {text: _stay(text, beam, kept, frame, row) for text, beam in kept.items()}
        # A text that is less likely than all that stayed cannot be among the likeliest.
        floor = min(beam.total for beam in stayed.values()) if len(kept) == beams else -math.inf
        grown = dict(stayed)
        for text, beam in kept.items():
            for symbol, reached in _follow(text, beam, likely, row, floor):
                longer = (*text, symbol)
                if longer not in stayed:
                    said = beam.language + score_symbol(text, symbol)
                    if reached + said >= floor:
                        places = (*beam.frames, frame), (*beam.heights, row[symbol])
                        grown[longer] = _Beam(-math.inf, reached, said, *places)
        kept = grown if len(grown) <= beams else dict(_rank(grown)[:beams])
    return [
        Reading(text, beam.frames, tuple(np.exp(beam.heights).tolist()), beam.total)
        for text, beam in _rank(kept)
    ]


def _rank(beams: _Beams) -> list[tuple[tuple[int, ...], _Beam]]:
    return sorted(beams.items(), key=lambda item: item[1].total, reverse=True)


def _find_likely(rows: np.ndarray) -> Iterator[list[int]]:
    """Give for each frame the symbols that are worth following, the likeliest first."""
    for row in rows[:, :-1]:
        symbols = np.flatnonzero(row > LEAST_LOG_PROBABILITY)
        yield symbols[np.argsort(-row[symbols])].tolist()


def _pause(beam: _Beam, blank: float) -> _Beam:
    """Reach the same text at a frame at which nothing but the blank is worth following."""
    return _Beam(beam.paths + blank, -math.inf, beam.language, beam.frames, beam.heights)


def _stay(
    text: tuple[int, ...], beam: _Beam, kept: _Beams, frame: int, row: Sequence[float]
) -> _Beam:
    """Reach the same text a frame later: by a blank, or by its last symbol, going on or new."""
    blank = beam.paths + row[-1]
    if not text:
        return _Beam(blank)
    height = row[text[-1]]
    symbol = beam.symbol + height
    if text[:-1] in kept:
        symbol = _add(symbol, _before(text[:-1], kept[text[:-1]], text[-1]) + height)
    frames, heights = beam.frames, beam.heights
    if height > heights[-1]:
        frames, heights = (*frames[:-1], frame), (*heights[:-1], height)
    return _Beam(blank, symbol, beam.language, frames, heights)


def _follow(
    text: tuple[int, ...], beam: _Beam, likely: Sequence[int], row: Sequence[float], floor: float
) -> Iterator[tuple[int, float]]:
    """Give the symbols that may follow, each with the log-probability of the paths it ends."""
    paths = beam.paths
    for symbol in likely:
        if paths + row[symbol] + beam.language < floor:
            return
        yield symbol, _before(text, beam, symbol) + row[symbol]


def _before(text: tuple[int, ...], beam: _Beam, symbol: int) -> float:
    """Give the log-probability of the paths that a symbol may follow; a repeat needs a blank."""
    return beam.blank if text[-1:] == (symbol,) else beam.paths


def _add(first: float, second: float) -> float:
    """Add probabilities given by their logarithms."""
    low, high = (first, second) if first < second else (second, first)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def frames_needed(labels: Sequence[object]) -> int:
    """Count the frames that CTC needs: one a label, and one more between two equal ones."""
    return len(labels) + sum(first == second for first, second in pairwise(labels))
