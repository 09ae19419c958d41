"""Write ALTO XML 4.4: https://www.loc.gov/standards/alto/v4/alto-4-4.xsd."""

from __future__ import annotations

from datetime import datetime
from xml.etree.ElementTree import Element

from pipelines.handwriting.formats.regions import box_of
from pipelines.handwriting.formats.xml import add, points, share, start, write
from pipelines.handwriting.geometry import Box
from pipelines.handwriting.results import Handwriting, TextLine, TextWord

VERSION = "4.4"
NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
LOCATION = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"


def to_alto_xml(
    result: Handwriting, *, picture: str, creator: str, created: datetime, number: int = 1
) -> str:
    """Write what was read on a page as ALTO XML; it has no place for other texts of a line.

    Args:
        result: its lines come in reading order.
        picture: the name of its picture, or its path from the folder of the XML file.
        creator: of the text: the program and the model.
        created: when; with its time zone.
        number: of the page in its document.
    """
    root = start("alto", NAMESPACE, LOCATION)
    root.set("SCHEMAVERSION", VERSION)
    description = add(root, "Description")
    add(description, "MeasurementUnit", text="pixel")
    add(add(description, "sourceImageInformation"), "fileName", text=picture)
    processing = add(description, "Processing", {"ID": "processing_1"})
    add(processing, "processingCategory", text="contentGeneration")
    add(processing, "processingDateTime", text=created.isoformat(timespec="seconds"))
    add(add(processing, "processingSoftware"), "softwareName", text=creator)
    size = {"WIDTH": result.width, "HEIGHT": result.height}
    layout = add(root, "Layout")
    page = add(layout, "Page", {"ID": "page_1", "PHYSICAL_IMG_NR": number, **size})
    space = add(page, "PrintSpace", {"HPOS": 0, "VPOS": 0, **size})
    if result.lines:
        block = add(space, "TextBlock", {"ID": "block_1", **_place(box_of(result.lines))})
        for index, line in enumerate(result.lines, start=1):
            _add_line(block, line, f"line_{index}")
    return write(root)


def _add_line(block: Element, line: TextLine, name: str) -> None:
    baseline = points(line.baseline) if len(line.baseline) > 1 else None
    element = add(block, "TextLine", {"ID": name, "BASELINE": baseline, **_place(line.box)})
    add(add(element, "Shape"), "Polygon", {"POINTS": points(line.polygon)})
    if not line.words:  # the schema wants a string; a line without writing has an empty one
        add(element, "String", {"ID": f"{name}_string_1", "CONTENT": "", **_place(line.box)})
    for number, word in enumerate(line.words, start=1):
        if number > 1:
            _add_space(element, line.words[number - 2], word)
        about = {"ID": f"{name}_string_{number}", "CONTENT": word.text}
        add(element, "String", {**about, "WC": share(word.confidence), **_place(word.box)})


def _add_space(element: Element, before: TextWord, after: TextWord) -> None:
    left, right = before.box[2], after.box[0]
    place = {"HPOS": min(left, right), "VPOS": after.box[1], "WIDTH": max(right - left, 0)}
    add(element, "SP", place)


def _place(box: Box) -> dict[str, int]:
    left, top, right, bottom = box
    return {"HPOS": left, "VPOS": top, "WIDTH": right - left, "HEIGHT": bottom - top}
