"""Find the lines of a page, turn it upright and level, and cut the lines out, in reading order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from pipelines.handwriting.geometry import Affine, Box
from pipelines.handwriting.lines import estimate_paper, is_light_on_dark
from pipelines.handwriting.pages.finding import Cores, find_cores, fit_side
from pipelines.handwriting.pages.ordering import order_lines
from pipelines.handwriting.pages.strokes import assign_ink, find_regions
from pipelines.handwriting.pages.tilting import STEEP, level, level_cores
from pipelines.options import ReadingOrder
from pipelines.session import Graph

ANALYSED_SIDE = 1600  # pixels of the longer side; ink is shared out on a page that is no larger
FEWEST_INK = 1.0  # times a line's height in pixels of ink; less is no line
LEAST_HEIGHT = 4  # pixels of a line on the analysed picture
MARGIN = 0.02  # of the height of a line, left around its ink


UPRIGHT = {
    1: Image.Transpose.ROTATE_270,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_90,
}


class FoundLine(NamedTuple):
    """A line on a page.

    Attributes:
        grey: its picture, level, with the strokes of other lines painted over.
        placement: where its points are on the page.
    """

    grey: Image.Image
    placement: Affine


class FoundPage(NamedTuple):
    """The lines of a page.

    Attributes:
        lines: in reading order.
        quarters: by which the page is turned to the left.
        is_sure: whether it cannot be the other way up.
        is_searched: whether the lines were looked for, and may be none.
    """

    lines: tuple[FoundLine, ...]
    quarters: int
    is_sure: bool = True
    is_searched: bool = False


ChooseWay = Callable[[FoundPage, FoundPage], FoundPage]


def find_lines(
    grey: Image.Image,
    finder: Graph,
    order: ReadingOrder = "columns",
    choose: ChooseWay = lambda found, turned_over: found,
) -> FoundPage:
    """Find the lines of writing on a page.

    Args:
        grey: mode "L"; light or dark ground, turned by any quarter and tilted by up to 20 degrees,
            with or without what is around the page.
        finder: the network; see `pipelines.handwriting.pages.finding`.
        order: in which the lines are read.
        choose: takes the page as it seems to stand, and the other way up, where that is not sure.
    """
    cores, placement = find_cores(finder, grey), Affine()
    if abs(cores.tilt) > STEEP:
        grey, placement = level(grey, cores.tilt)
        cores = find_cores(finder, grey)
    found = _cut_lines(grey, cores, placement, order)
    if found.is_sure or not found.lines:
        return found
    return choose(found, _cut_lines(grey, cores.turned_over(), placement, order))


def _cut_lines(
    grey: Image.Image, found: Cores, placement: Affine, order: ReadingOrder
) -> FoundPage:
    numbers, quarters, is_sure, tilt = found
    if not numbers.any():
        return FoundPage((), 0, is_searched=True)
    upright = turn_upright(grey, quarters)
    placement = Affine.turned(-quarters, *upright.size).then(placement)
    if tilt:
        upright, levelled = level(upright, tilt)
        numbers = level_cores(numbers, tilt)
        placement = levelled.then(placement)
    scale = min(fit_side(ANALYSED_SIDE, *upright.size) / max(upright.size), 1.0)
    size = (max(round(upright.width * scale), 1), max(round(upright.height * scale), 1))
    small = np.asarray(upright.resize(size, Image.Resampling.BOX, reducing_gap=2.0))
    cores = np.asarray(Image.fromarray(numbers).resize(size, Image.Resampling.NEAREST))
    regions = find_regions(cores)
    if is_light_on_dark(small, cores > 0, body=regions.height):
        upright, small = ImageOps.invert(upright), 255 - small
    owner = assign_ink(small, regions)
    boxes = dict(_measure(owner))
    ordered = [list(boxes)[index] for index in order_lines(list(boxes.values()), order)]
    paper = _paint_paper(small, upright.size, regions.height)
    return FoundPage(
        tuple(_cut(upright, paper, owner, number, boxes[number], placement) for number in ordered),
        quarters,
        is_sure,
        is_searched=True,
    )


def turn_upright(picture: Image.Image, quarters: int) -> Image.Image:
    """Turn a picture to the right by quarters."""
    return picture.transpose(UPRIGHT[quarters]) if quarters else picture


def _measure(owner: np.ndarray) -> Sequence[tuple[int, Box]]:
    """Give the number and the box of each line that has ink enough."""
    from scipy import ndimage

    found = []
    for number, place in enumerate(ndimage.find_objects(owner), start=1):
        if place is None:
            continue
        rows, columns = place
        height = rows.stop - rows.start
        ink = int((owner[place] == number).sum())
        if ink >= FEWEST_INK * height and height >= LEAST_HEIGHT:
            found.append((number, Box(columns.start, rows.start, columns.stop, rows.stop)))
    return found


def _paint_paper(small: np.ndarray, size: tuple[int, int], body: float) -> Image.Image:
    """Give the page without its writing."""
    paper = estimate_paper(small.astype(np.float32), body=body)
    return Image.fromarray(paper.clip(0, 255).astype(np.uint8)).resize(size)


def _cut(
    grey: Image.Image,
    paper: Image.Image,
    owner: np.ndarray,
    number: int,
    box: Box,
    placement: Affine,
) -> FoundLine:
    """Cut a line out, and paint the strokes of other lines over with paper."""
    height, width = owner.shape
    margin = round(MARGIN * (box.bottom - box.top))
    small = Box(
        max(box.left - margin, 0),
        max(box.top - margin, 0),
        min(box.right + margin, width),
        min(box.bottom + margin, height),
    )
    scale = grey.width / width
    large = small.scaled(scale)
    large = large._replace(
        right=min(large.right, grey.width), bottom=min(large.bottom, grey.height)
    )
    picture = grey.crop(large)
    part = owner[small.top : small.bottom, small.left : small.right]
    foreign = Image.fromarray((part != number) & (part > 0)).resize(picture.size)
    if scale > 1:
        foreign = foreign.filter(ImageFilter.MaxFilter(3))
    picture.paste(
        paper.crop(large), (0, 0), foreign.convert("L").point(lambda value: 255 * (value > 0))
    )
    return FoundLine(picture, Affine.moved(large.left, large.top).then(placement))
