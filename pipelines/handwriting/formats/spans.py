"""Where the words of a line begin and end along its baseline, in whatever direction it runs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from pipelines.handwriting.geometry import Affine, Box, Point
from pipelines.handwriting.results import TextLine, TextWord

SPACE = " "


class Span(NamedTuple):
    """A word of a line.

    Attributes:
        text: with the space behind it, but for the last word.
        placement: from its start, to the right and up, to the picture.
        length: to the next word, or to its own end, in pixels.
        size: of the line, from above its letters to below them, in pixels.
    """

    text: str
    placement: Affine
    length: float
    size: float


def find_angle(line: TextLine) -> float:
    """Give the direction of a line's baseline in radians: 0 is to the right, a quarter down."""
    if len(line.baseline) < 2:
        return 0.0
    (x, y), (last_x, last_y) = line.baseline[0], line.baseline[-1]
    return math.atan2(last_y - y, last_x - x)


def find_spans(line: TextLine) -> Iterator[Span]:
    """Yield the words of a line, one after the other without gaps."""
    angle = find_angle(line)
    _, _, lower_right, lower_left = Box(*line.box).corners
    baseline = line.baseline if len(line.baseline) > 1 else (lower_left, lower_right)
    along, across = _project(baseline, angle)
    _, sides = _project(line.polygon or Box(*line.box).corners, angle)
    ends = [_extent(word, angle) for word in line.words]
    for number, word in enumerate(line.words):
        start, end = ends[number]
        is_last = number + 1 == len(line.words)
        end = end if is_last else ends[number + 1][0]
        height = float(np.interp(start, along, across))
        text = word.text if is_last else word.text + SPACE
        yield Span(text, _place(start, height, angle), max(end - start, 1.0), float(np.ptp(sides)))


def _project(points: Iterable[Point], angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Give how far points lie along a direction, and across it, to the right of it."""
    xs, ys = np.array(list(points), float).T
    cosine, sine = math.cos(angle), math.sin(angle)
    return xs * cosine + ys * sine, ys * cosine - xs * sine


def _extent(word: TextWord, angle: float) -> tuple[float, float]:
    """Give where a word begins and ends along a direction, from its upright box."""
    left, top, right, bottom = word.box
    (middle,), _ = _project([((left + right) / 2, (top + bottom) / 2)], angle)  # type: ignore[list-item]
    half = (abs(math.cos(angle)) * (right - left) + abs(math.sin(angle)) * (bottom - top)) / 2
    return float(middle) - half, float(middle) + half


def _place(start: float, height: float, angle: float) -> Affine:
    cosine, sine = math.cos(angle), math.sin(angle)
    x, y = start * cosine - height * sine, start * sine + height * cosine
    return Affine(cosine, sine, x, sine, -cosine, y)
