"""Cut the lines of a layout out of the picture of a page; training and reading cut the same way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from pipelines.errors import InputError
from pipelines.handwriting.geometry import Affine, Box
from pipelines.handwriting.page_xml.layout import LayoutLine, PageLayout
from pipelines.handwriting.page_xml.xml import Point
from pipelines.handwriting.pages import turn_upright
from pipelines.handwriting.pages.tilting import STEEP, level

# Around a baseline, as parts of the usual distance between two of them.
ABOVE, BELOW, BESIDE = 0.8, 0.3, 0.2
OF_ITS_LENGTH = 0.1  # the height of a line that is alone on its page
NEAREST = 8  # lines further down that may be the next one
LEAST_HEIGHT = 8.0  # pixels
OTHER_SHAPE = 0.02  # by which a page and its picture may differ in shape; scanners crop a little
ROUNDING = 2.0  # pixels by which they may differ in any case
FARTHEST = 1e9  # pixels; what lies beyond is as far away as this
QUARTER = math.pi / 2
PAPER_PERCENTILE = 75  # of the brightness within a line's polygon


class CutLine(NamedTuple):
    """A line of a layout in a picture.

    Attributes:
        line: its polygon and baseline are in pixels of the picture.
        box: around the polygon, within the picture.
        grey: its picture, along the baseline; outside of the polygon there is paper.
        problem: why there is no picture of it; "" where there is one.
        placement: where the points of its picture are in that of the page.
    """

    line: LayoutLine
    box: Box
    grey: Image.Image | None
    problem: str = ""
    placement: Affine = Affine()


def cut_lines(
    picture: Image.Image, layout: PageLayout, origin: str, *, factor: float = 1.0
) -> list[CutLine]:
    """Cut all lines of a page out of its picture.

    Args:
        picture: upright, mode "L"; of any size, where the layout says how large its page is.
        layout: of the page.
        origin: named in errors.
        factor: by which the picture is smaller than its file, which matters where the layout does
            not say how large its page is.

    Raises:
        InputError: the picture has another shape than the page, or the file does not say how long
            its units are.
    """
    across, down = _scales(picture, layout, origin) or (1 / factor, 1 / factor)
    lines = [_scale(line, across, down) for line in layout.lines]
    height = _line_height([line.baseline for line in lines if line.baseline])
    return [_cut(picture, line, height) for line in lines]


def _scales(picture: Image.Image, layout: PageLayout, origin: str) -> tuple[float, float] | None:
    """Give the pixels of the picture in a unit of the layout, across and down.

    None stands for pixels of a page of unknown size.
    """
    width, height = layout.width, layout.height
    if width is None or height is None or width <= 0 or height <= 0:
        if layout.unit == "pixel":
            return None
        raise InputError(
            f"{origin}: lengths in {layout.unit}, but no WIDTH and HEIGHT of the page; add them, "
            "or export it in pixels"
        )
    across, down = picture.width / width, picture.height / height
    difference = abs(height * across - picture.height)
    if difference > max(OTHER_SHAPE * picture.height, ROUNDING):
        raise InputError(
            f"{origin}: its page of {width:g} x {height:g} has another shape than its picture of "
            f"{picture.width} x {picture.height} pixels; give the picture that it was made from"
        )
    return across, down


def _scale(line: LayoutLine, across: float, down: float) -> LayoutLine:
    def scale(points: Sequence[Point]) -> tuple[Point, ...]:
        return tuple((_within_reach(x * across), _within_reach(y * down)) for x, y in points)

    return replace(line, polygon=scale(line.polygon), baseline=scale(line.baseline))


def _within_reach(length: float) -> float:
    return min(max(length, -FARTHEST), FARTHEST)


def _line_height(baselines: Sequence[Sequence[Point]]) -> float | None:
    """Give the usual distance between one baseline and the next below it, in pixels."""
    spans = sorted(
        (float(np.mean([y for _, y in points])), min(points)[0], max(points)[0])
        for points in baselines
    )
    gaps = []
    for number, (top, left, right) in enumerate(spans):
        for below, other_left, other_right in spans[number + 1 : number + 1 + NEAREST]:
            if below - top >= LEAST_HEIGHT and left < other_right and other_left < right:
                gaps.append(below - top)
                break
    return float(np.median(gaps)) if gaps else None


def _cut(picture: Image.Image, line: LayoutLine, height: float | None) -> CutLine:
    if len(line.polygon) < 3 and len(line.baseline) > 1:
        line = replace(line, polygon=_around(line.baseline, height))
    if len(line.polygon) < 3:
        return CutLine(line, Box(0, 0, 0, 0), None, "no polygon and no baseline that can be read")
    box = box_around(line.polygon, picture.size)
    if box is None:
        size = f"{picture.width} x {picture.height}"
        return CutLine(line, Box(0, 0, 0, 0), None, f"outside of its picture of {size} pixels")
    grey, turned = _turn_along(line.baseline, _cut_polygon(picture, line.polygon, box))
    return CutLine(line, box, grey, placement=turned.then(Affine.moved(box.left, box.top)))


def _turn_along(baseline: Sequence[Point], grey: Image.Image) -> tuple[Image.Image, Affine]:
    """Turn a line so that its baseline goes to the right; slight slopes stay."""
    if len(baseline) < 2:
        return grey, Affine()
    (first, top), *_, (last, bottom) = baseline
    angle = math.atan2(bottom - top, last - first)  # by which it falls to the right
    quarters = round(-angle / QUARTER)
    upright = turn_upright(grey, quarters % 4)
    placement = Affine.turned(-quarters, *upright.size)
    slope = angle + quarters * QUARTER
    if abs(slope) <= STEEP:
        return upright, placement
    upright, levelled = level(upright, slope)
    return upright, levelled.then(placement)


def _around(baseline: Sequence[Point], height: float | None) -> tuple[Point, ...]:
    """Give the polygon around a baseline: letters above it, loops below."""
    first, *_, last = baseline
    height = max(height or OF_ITS_LENGTH * abs(last[0] - first[0]), LEAST_HEIGHT)
    ends = ((first[0] - BESIDE * height, first[1]), (last[0] + BESIDE * height, last[1]))
    points = (ends[0], *baseline, ends[1])
    above = tuple((x, y - ABOVE * height) for x, y in points)
    return (*above, *((x, y + BELOW * height) for x, y in reversed(points)))


def box_around(polygon: Sequence[Point], size: tuple[int, int]) -> Box | None:
    """Give the box around a polygon within a picture of a size; None where they share no pixel."""
    corners = np.array(polygon)
    if (corners.max(axis=0) <= 0).any() or (corners.min(axis=0) >= size).any():
        return None
    left, top = np.floor(corners.min(axis=0).clip(0)).astype(int).tolist()
    right, bottom = np.ceil(corners.max(axis=0).clip(None, size)).astype(int).tolist()
    return Box(left, top, max(right, left + 1), max(bottom, top + 1))


def _cut_polygon(picture: Image.Image, polygon: Sequence[Point], box: Box) -> Image.Image:
    """Cut a box out; outside of the polygon it becomes paper."""
    cut, mask = picture.crop(box), Image.new("L", (box.right - box.left, box.bottom - box.top), 0)
    far = 4 * max(picture.size)  # Pillow counts in 32 bits
    corners = (np.array(polygon) - (box.left, box.top)).clip(-far, far)
    ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in corners], fill=255)
    values = np.asarray(cut)[np.asarray(mask) > 0]
    paper = int(np.percentile(values, PAPER_PERCENTILE)) if values.size else 255
    return Image.composite(cut, Image.new("L", cut.size, paper), mask)
