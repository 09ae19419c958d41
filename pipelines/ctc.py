"""Reading the output of a CTC network (Graves et al. 2006); shared by handwriting and speech."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
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

    blank: float = -np.inf
    symbol: float = -np.inf
    language: float = 0.0
    frames: tuple[int, ...] = ()
    heights: tuple[float, ...] = ()

    @property
    def paths(self) -> float:
        return float(np.logaddexp(self.blank, self.symbol))

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
        score_symbol: what a language model adds for a symbol after a prefix.

    Returns:
        At most `beams` readings, the best first.
    """
    kept: _Beams = {(): _Beam(blank=0.0)}
    for frame, row in enumerate(log_probabilities[:frames]):
        grown: _Beams = {}
        likely = np.flatnonzero(row[:-1] > LEAST_LOG_PROBABILITY)
        for prefix, beam in kept.items():
            _stay(_place(grown, prefix, beam), beam, prefix, frame, row)
            for symbol in map(int, likely):
                repeats = prefix[-1:] == (symbol,)  # needs a blank between the two
                paths = (beam.blank if repeats else beam.paths) + float(row[symbol])
                longer = (*prefix, symbol)
                known = kept.get(longer)
                if known is None and longer not in grown:
                    known = _lengthen(beam, frame, float(row[symbol]))
                    known.language += score_symbol(prefix, symbol)
                new = grown.get(longer) or _place(grown, longer, known or beam)
                new.symbol = float(np.logaddexp(new.symbol, paths))
        best = sorted(grown.items(), key=lambda item: item[1].total, reverse=True)
        kept = dict(best[:beams])
    return [
        Reading(prefix, beam.frames, tuple(np.exp(beam.heights).tolist()), beam.total)
        for prefix, beam in kept.items()
    ]


def _stay(new: _Beam, beam: _Beam, prefix: tuple[int, ...], frame: int, row: np.ndarray) -> None:
    """The text stays as it is: a blank follows, or its last symbol goes on."""
    new.blank = float(np.logaddexp(new.blank, beam.paths + row[-1]))
    if not prefix:
        return
    height = float(row[prefix[-1]])
    new.symbol = float(np.logaddexp(new.symbol, beam.symbol + height))
    if height > beam.heights[-1]:
        new.frames = (*beam.frames[:-1], frame)
        new.heights = (*beam.heights[:-1], height)


def _lengthen(beam: _Beam, frame: int, height: float) -> _Beam:
    frames, heights = (*beam.frames, frame), (*beam.heights, height)
    return _Beam(language=beam.language, frames=frames, heights=heights)


def _place(grown: _Beams, text: tuple[int, ...], like: _Beam) -> _Beam:
    """Find a text among the new beams, or put it there without any paths yet."""
    return grown.setdefault(text, replace(like, blank=-np.inf, symbol=-np.inf))


def frames_needed(labels: Sequence[object]) -> int:
    """Count the frames that CTC needs: one a label, and one more between two equal ones."""
    return len(labels) + sum(first == second for first, second in pairwise(labels))
