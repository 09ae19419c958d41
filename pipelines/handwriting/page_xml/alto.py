"""ALTO XML, of the Library of Congress: https://www.loc.gov/standards/alto/."""

from __future__ import annotations

from typing import get_args
from xml.etree.ElementTree import Element

from pipelines.errors import InputError
from pipelines.handwriting.page_xml.layout import LayoutLine, PageLayout, Unit
from pipelines.handwriting.page_xml.xml import (
    Point,
    attribute,
    child,
    children,
    number_of,
    points_of,
    text_of,
    walk,
)

SOFT_HYPHEN = "\u00ad"  # a hyphen that shows at the end of a line only
HYPHENS = ("-", "\u2010", "=", "\u00ac", "\u2e17")  # the last two are those of editions


def read_alto_xml(root: Element, origin: str) -> PageLayout:
    """Read the page below the root `alto`.

    Raises:
        InputError: there are several, of which all but the first would be lost, or the lengths are
            in a unit that there is not.
    """
    given = text_of(next(walk(root, "MeasurementUnit"), None)) or "pixel"
    unit: Unit | None = next((item for item in get_args(Unit) if item == given), None)
    if unit is None:
        raise InputError(
            f"{origin}: MeasurementUnit {given!r} is not one of {', '.join(get_args(Unit))}; "
            "correct it"
        )
    pages = list(walk(root, "Page"))
    if len(pages) > 1:
        raise InputError(f"{origin}: {len(pages)} pages in one file; export each as a file")
    page = pages[0] if pages else None
    width, height = (number_of(page, name) or None for name in ("WIDTH", "HEIGHT"))
    lines = tuple(map(_read_line, walk(page, "TextLine"))) if page is not None else ()
    return PageLayout(text_of(next(walk(root, "fileName"), None)), lines, width, height, unit)


def _read_line(line: Element) -> LayoutLine:
    shape = child(line, "Shape", "Polygon")
    polygon = points_of(attribute(shape, "POINTS")) or _box(line)
    return LayoutLine(attribute(line, "ID"), polygon, _baseline(line), _text(line))


def _text(line: Element) -> str:
    """Join the strings of a line: by its spaces if it has any, and its hyphen at the end."""
    parts = [item for item in line if item.tag in ("String", "SP", "HYP")]
    between = "" if children(line, "SP") else " "
    text = between.join(
        " " if part.tag == "SP" else part.get("CONTENT", "") for part in parts if part.tag != "HYP"
    )
    hyphen = next((part.get("CONTENT", "") for part in parts if part.tag == "HYP"), "")
    hyphen = hyphen.replace(SOFT_HYPHEN, "-").strip()
    is_there = text.rstrip().endswith(HYPHENS)
    return " ".join(f"{text.rstrip()}{'' if is_there else hyphen}".split())


def _box(line: Element) -> tuple[Point, ...]:
    left, top, width, height = (
        number_of(line, name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")
    )
    if left is None or top is None or width is None or height is None:
        return ()
    right, bottom = left + width, top + height
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _baseline(line: Element) -> tuple[Point, ...]:
    """Read points, or the one height that stands in their place before version 4.2."""
    height, left, width = (number_of(line, name) for name in ("BASELINE", "HPOS", "WIDTH"))
    if height is None or left is None or width is None:
        return points_of(attribute(line, "BASELINE"))
    return ((left, height), (left + width, height))
