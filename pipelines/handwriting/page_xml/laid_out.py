"""A page whose lines are known: a source for the pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from PIL import Image

from pipelines.errors import InputError
from pipelines.handwriting.geometry import Affine, Point, clip
from pipelines.handwriting.page_xml.cutting import cut_lines
from pipelines.handwriting.page_xml.layout import LayoutLine, PageLayout
from pipelines.handwriting.pages import FoundLine
from pipelines.handwriting.results import TextLine
from pipelines.images import ImageSource, LazyPicture, describe, open_image
from pipelines.images.documents import only_page


class Outline(NamedTuple):
    """The polygon and the baseline of a line, in pixels of its picture."""

    polygon: tuple[Point, ...]
    baseline: tuple[Point, ...]


class LaidOutLine(NamedTuple):
    """A line that was cut out, and its places as the layout gives them."""

    found: FoundLine
    outline: Outline


class LaidOutPage(LazyPicture):
    """A picture, and where its lines are: `read(LaidOutPage("a.jpg", read_layout("a.xml")))`.

    Args:
        picture: any source of a picture.
        layout: of the page.
        origin: the file of the layout, named in errors.

    Attributes:
        problems: the lines that cannot be cut out, and why; known once the page was read.
    """

    def __init__(
        self, picture: ImageSource, layout: PageLayout, origin: str = "the layout"
    ) -> None:
        self.picture = picture
        self.name = describe(picture)
        self.problems: tuple[str, ...] = ()
        self._layout = layout
        self._origin = origin

    def open_picture(self) -> Image.Image:
        return open_image(only_page(self.picture))

    def cut(self, grey: Image.Image, factor: float) -> list[LaidOutLine]:
        """Cut the lines out of the decoded picture, which is smaller than its file by a factor.

        Raises:
            InputError: the layout is not that of the picture.
        """
        cuts = cut_lines(grey, self._layout, self._origin, factor=factor)
        self.problems = tuple(
            f"{self._origin} line {cut.line.identifier or number}: {cut.problem}"
            for number, cut in enumerate(cuts, start=1)
            if cut.problem
        )
        found = [
            LaidOutLine(
                FoundLine(cut.grey, cut.placement),
                _outline(cut.line, grey.size, factor),
            )
            for cut in cuts
            if cut.grey is not None
        ]
        if not found:
            raise InputError(f"{self.problems[0]}; no line can be read")
        return found


def _outline(line: LayoutLine, size: tuple[int, int], factor: float) -> Outline:
    """Give the places of a line in pixels of the file, within the picture."""
    whole = Affine.scaled(factor, factor)
    width, height = (round(side * factor) for side in size)
    return Outline(
        *(clip(whole.place(points), width, height) for points in (line.polygon, line.baseline))
    )


def restore_outlines(lines: Sequence[TextLine], outlines: Sequence[Outline]) -> list[TextLine]:
    """Give lines that were read the polygons and baselines that the layout gave.

    Args:
        lines: as they were read.
        outlines: of all of them, or none.
    """
    if not outlines:
        return list(lines)
    return [
        replace(line, polygon=outline.polygon, baseline=_longer(outline.baseline, line.baseline))
        for line, outline in zip(lines, outlines, strict=True)
    ]


def _longer(given: tuple[Point, ...], found: tuple[Point, ...]) -> tuple[Point, ...]:
    """Give the baseline of the layout, if that is more than a point."""
    return given if len(given) > 1 else found
