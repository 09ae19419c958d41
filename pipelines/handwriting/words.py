"""The words of a line, and where they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pipelines.ctc.alphabet import Alphabet
from pipelines.ctc.decoding import Reading
from pipelines.handwriting.geometry import Affine, Box, bound
from pipelines.handwriting.lines import INK, WIDTH_STEP
from pipelines.handwriting.results import TextWord

BODY = 0.5  # of the ink of the fullest row: rows with more are of the body


class _Span(NamedTuple):
    """Symbols of a reading that make a word: from `start` up to `end`."""

    start: int
    end: int


def split_words(
    alphabet: Alphabet, reading: Reading, pixels: np.ndarray, placement: Affine
) -> tuple[TextWord, ...]:
    """Split a reading at its spaces; a word is as sure as its least sure character.

    Args:
        alphabet: of the reading.
        reading: of a line.
        pixels: the line as the network saw it, uint8 [height, width].
        placement: of these pixels in the picture.
    """
    symbols = [alphabet.symbols[index] for index in reading.symbols]
    return tuple(
        TextWord(
            "".join(symbols[span.start : span.end]),
            min(reading.confidences[span.start : span.end]),
            bound(placement.place(_find_box(reading, span, pixels).corners)),
        )
        for span in _find_spans(symbols)
    )


def find_body(pixels: np.ndarray) -> tuple[int, int]:
    """Give the rows between which most letters are: the top of an "x", and the baseline.

    Args:
        pixels: of a level line, uint8 [height, width], 0 paper and 255 ink.
    """
    ink = pixels.sum(axis=1, dtype=np.int64)
    rows = np.flatnonzero(ink >= BODY * ink.max())
    return int(rows[0]), int(rows[-1]) + 1


def _find_spans(symbols: list[str]) -> Iterator[_Span]:
    start = 0
    for end, symbol in enumerate([*symbols, " "]):
        if symbol == " ":
            if end > start:
                yield _Span(start, end)
            start = end + 1


def _find_box(reading: Reading, span: _Span, pixels: np.ndarray) -> Box:
    """Find the ink from the middle of the space before a word to that of the space behind it."""
    height, width = pixels.shape
    left = _middle(reading, span.start - 1) if span.start else 0
    right = _middle(reading, span.end) if span.end < len(reading.frames) else width
    right = max(right, left + 1)
    is_ink = pixels[:, left:right] > INK * 255
    rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
    if not rows.size:
        return Box(left, 0, right, height)
    return Box(left + int(columns[0]), int(rows[0]), left + int(columns[-1]) + 1, int(rows[-1]) + 1)


def _middle(reading: Reading, symbol: int) -> int:
    """Give the column in the middle of a symbol's frame."""
    return reading.frames[symbol] * WIDTH_STEP + WIDTH_STEP // 2
