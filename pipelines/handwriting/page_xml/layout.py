"""The layout of a page: its lines, where they are and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipelines.handwriting.page_xml.xml import Point

Unit = Literal["pixel", "mm10", "inch1200"]
UNITS_PER_INCH: dict[Unit, float] = {"mm10": 254.0, "inch1200": 1200.0}


@dataclass(frozen=True)
class LayoutLine:
    """A line of a page, in the unit of its file.

    Attributes:
        identifier: in its file.
        polygon: corners around the line; none where the file has none that can be read.
        baseline: points below the letters, from left to right; none where the file has none.
        text: what it says; "" where it is not transcribed.
    """

    identifier: str
    polygon: tuple[Point, ...] = ()
    baseline: tuple[Point, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class PageLayout:
    """The lines of a page in reading order.

    Attributes:
        picture: the name of its picture, as the file has it; "" where it has none.
        lines: of the page.
        width: of the page in units; None where the file does not say.
        height: of the page in units.
        unit: of all lengths.
    """

    picture: str
    lines: tuple[LayoutLine, ...]
    width: float | None = None
    height: float | None = None
    unit: Unit = "pixel"
