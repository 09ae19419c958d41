"""Find the lines of a page: classical image processing, for clear pages.

Writing is smeared along the lines (Nikolaou et al. 2010 give an overview), each smear is a line,
and each connected stroke goes to the line that most of it lies in, so that a line holds its
own strokes and not the tails of its neighbours.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from pipelines.handwriting.geometry import Box
from pipelines.handwriting.lines import INK, extract_ink, find_slope, shear

ANALYSED_SIDE = 1600  # pixels; larger pages are analysed smaller
# All heights are of the body of the writing: of an "x".
SPECK = 0.3  # smaller strokes do not make a line, though they may belong to one
LARGE = 8.0  # higher ones are drawings or frames
SMEARED_HEIGHT = 8.0  # pixels of the writing on the picture that is smeared
SMEAR_ALONG = 2.5  # heights, standard deviation
SMEAR_ACROSS = 0.12
LINE_DARKNESS = 0.65  # of the usual darkness of smeared lines
FEWEST_INK = 3.0  # times a line's height in pixels of ink; less is no line
MOSTLY = 0.7  # of a stroke
LEAST_HEIGHT = 4  # pixels of a line, or of an "x", on the analysed picture
MARGIN = 0.25  # of a line's height, left around it


class FoundLine(NamedTuple):
    """A line on a page.

    Attributes:
        box: where it is.
        grey: its picture, with the strokes of other lines painted over.
    """

    box: Box
    grey: Image.Image


def find_lines(grey: Image.Image) -> list[FoundLine]:
    """Find the lines of writing on a page, from top to bottom and left to right.

    Args:
        grey: an upright picture, mode "L"; light or dark ground, tilted by up to 7 degrees.

    Returns:
        The lines; none where there is no writing.
    """
    scale = min(ANALYSED_SIDE / max(grey.size), 1.0)
    size = (max(round(grey.width * scale), 1), max(round(grey.height * scale), 1))
    ink = extract_ink(grey.resize(size, Image.Resampling.BOX, reducing_gap=2.0))
    owner = _assign_ink(ink)
    lines = (_measure(owner, number) for number in range(1, int(owner.max(initial=0)) + 1))
    found = [line for line in lines if line is not None]
    return [_cut(grey, owner, line, scale) for line in _in_reading_order(found)]


class _Line(NamedTuple):
    """A line of the analysed picture: its number, its box and half of its letters' height."""

    number: int
    box: Box
    margin: int


def _assign_ink(ink: np.ndarray) -> np.ndarray:
    """Give each pixel of ink the number of its line, from 1; 0 is paper: int [height, width]."""
    from scipy import ndimage

    strokes, count = ndimage.label(ink > INK, structure=np.ones((3, 3)))
    if not count:
        return np.zeros(ink.shape, int)
    areas, spreads = _measure_strokes(strokes)
    height = _weighted_median(spreads, areas)
    if height < LEAST_HEIGHT:  # the grain of the paper
        return np.zeros(ink.shape, int)
    is_small = spreads <= LARGE * height
    letters = np.concatenate([[False], is_small & (spreads >= SPECK * height)])[strokes]
    return _whole_strokes(strokes, _smear(letters, height), is_small)


def _measure_strokes(strokes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the pixels of each stroke, and the height of its body.

    The body of a word, without what sticks out of it, is about sqrt(12) standard deviations of its
    rows high, as it is for a bar that is evenly filled.
    """
    numbers = strokes.ravel()
    rows = np.repeat(np.arange(strokes.shape[0]), strokes.shape[1])
    areas = np.bincount(numbers)
    means = np.bincount(numbers, rows) / areas
    variances = np.bincount(numbers, np.square(rows - means[numbers])) / areas
    return areas[1:], np.maximum(np.sqrt(12 * variances[1:]), 1.0)


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    half = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    return float(values[order][half])


def _smear(letters: np.ndarray, height: float) -> np.ndarray:
    """Smear letters along the lines; give each pixel the number of the nearest smear, or 0.

    All of it on a picture on which the writing is SMEARED_HEIGHT pixels high.
    """
    from scipy import ndimage

    scale = min(SMEARED_HEIGHT / height, 1.0)
    size = (max(round(letters.shape[1] * scale), 1), max(round(letters.shape[0] * scale), 1))
    picture = Image.fromarray(letters.astype(np.float32)).resize(size, Image.Resampling.BOX)
    small = np.asarray(picture)
    slope = find_slope(small)
    deviations = (SMEAR_ACROSS * height * scale, SMEAR_ALONG * height * scale)
    smeared = ndimage.gaussian_filter(shear(small, slope), deviations)
    usual = _weighted_median(smeared.ravel(), smeared.ravel())
    smears, _ = ndimage.label(smeared > LINE_DARKNESS * usual)
    distance, nearest = ndimage.distance_transform_edt(smears == 0, return_indices=True)
    near = np.where(distance <= height * scale, smears[tuple(nearest)], 0)
    rows, columns = np.indices(letters.shape)
    rows, columns = (rows * scale).astype(int), (columns * scale).astype(int)
    drop = np.round(slope * (columns - size[0] / 2)).astype(int)
    found: np.ndarray = near[np.clip(rows - drop, 0, size[1] - 1), np.minimum(columns, size[0] - 1)]
    return found


def _whole_strokes(strokes: np.ndarray, regions: np.ndarray, is_small: np.ndarray) -> np.ndarray:
    """Give a stroke that lies mostly in one region to it, and cut up the others."""
    count = int(regions.max(initial=0)) + 1
    votes = np.bincount((strokes * count + regions).ravel(), minlength=(len(is_small) + 1) * count)
    votes = votes.reshape(-1, count)[1:]  # [stroke, region]
    winner = votes.argmax(axis=1)
    is_whole = votes.max(axis=1) > MOSTLY * votes.sum(axis=1)
    whole = np.concatenate([[0], np.where(is_whole, winner, -1)])[strokes]
    owner = np.where(whole < 0, regions, whole)
    return np.where(np.concatenate([[False], is_small])[strokes], owner, 0)


def _measure(owner: np.ndarray, number: int) -> _Line | None:
    rows, columns = np.nonzero(owner == number)
    if not rows.size:
        return None
    box = Box(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    height = box.bottom - box.top
    if rows.size < FEWEST_INK * height or height < LEAST_HEIGHT:
        return None
    return _Line(number, box, round(MARGIN * height))


def _in_reading_order(lines: list[_Line]) -> list[_Line]:
    """Sort by the middle; lines side by side, which share half of their height, by the left."""
    ordered: list[list[_Line]] = []
    for line in sorted(lines, key=lambda item: item.box.top + item.box.bottom):
        if ordered and _is_beside(ordered[-1][-1].box, line.box):
            ordered[-1].append(line)
        else:
            ordered.append([line])
    return [line for row in ordered for line in sorted(row, key=lambda item: item.box.left)]


def _is_beside(first: Box, second: Box) -> bool:
    shared = min(first.bottom, second.bottom) - max(first.top, second.top)
    smaller = min(first.bottom - first.top, second.bottom - second.top)
    apart = first.right <= second.left or second.right <= first.left
    return apart and shared > smaller / 2


def _cut(grey: Image.Image, owner: np.ndarray, line: _Line, scale: float) -> FoundLine:
    """Cut a line out, and paint the strokes of other lines over with paper."""
    height, width = owner.shape
    small = Box(
        max(line.box.left - line.margin, 0),
        max(line.box.top - line.margin, 0),
        min(line.box.right + line.margin, width),
        min(line.box.bottom + line.margin, height),
    )
    box = Box(*(round(edge / scale) for edge in small))
    box = box._replace(right=min(box.right, grey.width), bottom=min(box.bottom, grey.height))
    picture = grey.crop(box)
    part = owner[small.top : small.bottom, small.left : small.right]
    foreign = Image.fromarray((part != line.number) & (part > 0)).resize(picture.size)
    values = np.array(picture)
    paper = np.median(values)
    values[np.asarray(foreign.filter(ImageFilter.MaxFilter(3)) if scale < 1 else foreign)] = paper
    return FoundLine(box, Image.fromarray(values))
