"""Reading the output of a CTC network (Graves et al. 2006); shared by handwriting and speech."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
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


@dataclass
class _Beam:
    """The paths of one text at one frame: those that end in a blank, and those that do not.

    Attributes:
        blank, symbol: log-probabilities of the two kinds of paths.
        language: what the language model says of the text.
        frames, heights: of each symbol, its likeliest frame and the log-probability there.
    """

    blank: float = -math.inf
    symbol: float = -math.inf
    language: float = 0.0
    frames: tuple[int, ...] = ()
    heights: tuple[float, ...] = ()

    @property
    def paths(self) -> float:
        return _add(self.blank, self.symbol)

    @property
    def total(self) -> float:
        return self.paths + self.language


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
    for frame, row in enumerate(log_probabilities[:frames].tolist()):
        likely = [
            (i, height) for i, height in enumerate(row[:-1]) if height > LEAST_LOG_PROBABILITY
        ]
        grown = {text: _stay(text, beam, frame, row) for text, beam in kept.items()}
        # A text that is less likely than all that stayed cannot be among the likeliest.
        floor = min(beam.total for beam in grown.values()) if len(kept) == beams else -math.inf
        for text, beam in kept.items():
            for symbol, height, reached in _follow(text, beam, likely):
                longer = (*text, symbol)
                if longer in grown:
                    grown[longer].symbol = _add(grown[longer].symbol, reached)
                elif reached + beam.language >= floor:
                    said = beam.language + score_symbol(text, symbol)
                    places = (*beam.frames, frame), (*beam.heights, height)
                    grown[longer] = _Beam(-math.inf, reached, said, *places)
        kept = dict(nlargest(beams, grown.items(), key=lambda item: item[1].total))
    return [
        Reading(text, beam.frames, tuple(np.exp(beam.heights).tolist()), beam.total)
        for text, beam in kept.items()
    ]


def _stay(text: tuple[int, ...], beam: _Beam, frame: int, row: Sequence[float]) -> _Beam:
    """The text stays as it is: a blank follows, or its last symbol goes on."""
    blank = beam.paths + row[-1]
    if not text:
        return _Beam(blank)
    height = row[text[-1]]
    frames, heights = beam.frames, beam.heights
    if height > heights[-1]:
        frames, heights = (*frames[:-1], frame), (*heights[:-1], height)
    return _Beam(blank, beam.symbol + height, beam.language, frames, heights)


def _follow(
    text: tuple[int, ...], beam: _Beam, likely: Sequence[tuple[int, float]]
) -> Iterator[tuple[int, float, float]]:
    """Give each likely symbol with its log-probability, and that of the paths it ends."""
    paths = beam.paths
    for symbol, height in likely:
        repeats = text[-1:] == (symbol,)  # needs a blank between the two
        yield symbol, height, (beam.blank if repeats else paths) + height


def _add(first: float, second: float) -> float:
    """Add probabilities given by their logarithms."""
    low, high = sorted((first, second))
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def frames_needed(labels: Sequence[object]) -> int:
    """Count the frames that CTC needs: one a label, and one more between two equal ones."""
    return len(labels) + sum(first == second for first, second in pairwise(labels))
