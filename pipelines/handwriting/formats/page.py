"""Write PAGE XML of 2019-07-15: https://github.com/PRImA-Research-Lab/PAGE-XML."""

from __future__ import annotations

from datetime import datetime
from xml.etree.ElementTree import Element

from pipelines.handwriting.formats.regions import box_of
from pipelines.handwriting.formats.xml import add, points, share, start, write
from pipelines.handwriting.geometry import Box
from pipelines.handwriting.results import Handwriting, TextLine

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
LOCATION = f"{NAMESPACE}/pagecontent.xsd"


def to_page_xml(
    result: Handwriting, *, picture: str, creator: str, created: datetime, number: int = 1
) -> str:
    """Write what was read on a page as PAGE XML.

    Args:
        result: its lines come in reading order.
        picture: the name of its picture, or its path from the folder of the XML file.
        creator: of the text: the program and the model.
        created: when; with its time zone.
        number: of the page in its document; PAGE has no place for it.
    """
    root = start("PcGts", NAMESPACE, LOCATION)
    metadata = add(root, "Metadata")
    add(metadata, "Creator", text=creator)
    for name in ("Created", "LastChange"):
        add(metadata, name, text=created.isoformat(timespec="seconds"))
    about = {"imageFilename": picture, "imageWidth": result.width, "imageHeight": result.height}
    page = add(root, "Page", about)
    if result.lines:
        order = add(add(page, "ReadingOrder"), "OrderedGroup", {"id": "order"})
        add(order, "RegionRefIndexed", {"index": 0, "regionRef": "region_1"})
        region = add(page, "TextRegion", {"id": "region_1"})
        add(region, "Coords", {"points": points(box_of(result.lines).corners)})
        for index, line in enumerate(result.lines, start=1):
            _add_line(region, line, f"line_{index}")
    return write(root)


def _add_line(region: Element, line: TextLine, name: str) -> None:
    element = add(region, "TextLine", {"id": name})
    add(element, "Coords", {"points": points(line.polygon)})
    if len(line.baseline) > 1:
        add(element, "Baseline", {"points": points(line.baseline)})
    for number, word in enumerate(line.words, start=1):
        inside = add(element, "Word", {"id": f"{name}_word_{number}"})
        add(inside, "Coords", {"points": points(Box(*word.box).corners)})
        _add_text(inside, word.text, {"conf": share(word.confidence)})
    rank = 0 if line.alternatives else None
    _add_text(element, line.text, {"index": rank, "conf": share(line.mean_confidence)})
    for number, text in enumerate(line.alternatives, start=1):
        _add_text(element, text, {"index": number})


def _add_text(element: Element, text: str, attributes: dict[str, object]) -> None:
    add(add(element, "TextEquiv", attributes), "Unicode", text=text)
