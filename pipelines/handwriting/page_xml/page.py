"""PAGE XML (Pletschacher & Antonacopoulos 2010), as Transkribus and eScriptorium write."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from pipelines.handwriting.page_xml.layout import LayoutLine, PageLayout
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

REFERENCES = ("RegionRefIndexed", "OrderedGroupIndexed", "UnorderedGroupIndexed", "RegionRef")
GROUPS = ("OrderedGroup", "UnorderedGroup", *REFERENCES[1:3])


def read_page_xml(root: Element) -> PageLayout:
    """Read the first page below the root `PcGts`."""
    page = next(walk(root, "Page"), None)
    lines = tuple(map(_read_line, _in_order(page))) if page is not None else ()
    width, height = (number_of(page, name) for name in ("imageWidth", "imageHeight"))
    return PageLayout(attribute(page, "imageFilename"), lines, width or None, height or None)


def _read_line(line: Element) -> LayoutLine:
    return LayoutLine(
        attribute(line, "id"),
        _points(child(line, "Coords")),
        _points(child(line, "Baseline")),
        _text(line) or " ".join(filter(None, map(_text, children(line, "Word")))),
    )


def _points(element: Element | None) -> tuple[Point, ...]:
    """Read points: since 2013 an attribute, before that an element each."""
    if element is None:
        return ()
    each = [f"{attribute(point, 'x')} {attribute(point, 'y')}" for point in element.iter("Point")]
    return points_of(attribute(element, "points") or " ".join(each))


def _text(element: Element) -> str:
    """Give the first choice among the texts of a line or a word."""
    texts = sorted(children(element, "TextEquiv"), key=_rank)
    told = (text_of(child(item, "Unicode")) or text_of(child(item, "PlainText")) for item in texts)
    return " ".join(next(filter(None, told), "").split())


def _rank(text: Element) -> float:
    """Give how late a choice comes; the one without a number is the first."""
    return number_of(text, "index") or 0.0


def _in_order(page: Element) -> Iterator[Element]:
    """Yield the lines, regions in the order that the file gives; those it leaves out come last."""
    order = child(page, "ReadingOrder")
    names = list(_references(order)) if order is not None else []
    ranks = {name: rank for rank, name in reversed(list(enumerate(names)))}
    regions = sorted(page, key=lambda item: ranks.get(attribute(item, "id"), len(ranks)))
    for region in regions:
        yield from walk(region, "TextLine")


def _references(group: Element) -> Iterator[str]:
    """Yield the regions that a group names, by their numbers."""
    pending = [group]
    while pending:
        item = pending.pop()
        if reference := attribute(item, "regionRef"):
            yield reference
        members = [entry for entry in item if entry.tag in (*GROUPS, *REFERENCES)]
        pending += sorted(members, key=_rank, reverse=True)
