"""A line that was found in a picture, as a family of networks takes it, and where it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from pipelines.handwriting.geometry import Affine, Box, Point, bound, clip
from pipelines.handwriting.lines import INK, LinePreprocessing, normalise_line
from pipelines.handwriting.pages import FoundLine
from pipelines.handwriting.results import TextLine, TextWord
from pipelines.handwriting.words import find_body
from pipelines.images import Page


class LinePicture(NamedTuple):
    """A line cut out of a picture.

    Attributes:
        pixels: uint8 [height, width], 0 paper and 255 ink.
        placement: where they are in the picture.
        box: where the line was found.
        size: of the picture in pixels: width, height.
    """

    pixels: np.ndarray
    placement: Affine
    box: Box
    size: tuple[int, int]

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing written in it."""
        return not (self.pixels > INK * 255).any()

    def place(self, box: Box) -> Box:
        """Give a box of the pixels where it is in the picture."""
        return bound(self._place(box.corners))

    def describe(
        self, text: str, words: tuple[TextWord, ...], alternatives: Sequence[str]
    ) -> TextLine:
        """Say what was read in it."""
        (height, width), (_, row) = self.pixels.shape, find_body(self.pixels)
        return TextLine(
            text=text,
            words=words,
            box=self.box,
            baseline=self._place([(0, row), (width, row)]),
            polygon=self._place(Box(0, 0, width, height).corners),
            alternatives=tuple(alternatives),
        )

    def _place(self, points: Iterable[tuple[float, float]]) -> tuple[Point, ...]:
        return clip(self.placement.place(points), *self.size)


def cut_line(
    found: FoundLine, page: Page, preprocessing: LinePreprocessing, name: str
) -> LinePicture:
    """Normalise a line that was found on a page.

    Args:
        found: in the page's picture.
        page: which may be smaller than its file's.
        preprocessing: see `normalise_line`.
        name: named in errors.

    Raises:
        InputError: it is too wide for a line.
    """
    pixels, placement = normalise_line(found.grey, preprocessing, name)
    enlarged = found.placement.then(Affine.scaled(page.factor, page.factor))
    corners = Box(0, 0, *found.grey.size).corners
    box = bound(clip(enlarged.place(corners), *page.size))
    return LinePicture(pixels, placement.then(enlarged), box, page.size)
