"""Write XML: texts without what it cannot hold, and lists of points."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from pipelines.handwriting.geometry import Point

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REPLACEMENT = "\ufffd"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"


def clean(text: str) -> str:
    """Give a text with another character in place of each that XML cannot hold."""
    return NOT_XML.sub(REPLACEMENT, text)


def start(name: str, namespace: str, location: str) -> Element:
    """Make the root of a document, with the place of its schema."""
    root = Element(name, {"xmlns": namespace, "xmlns:xsi": INSTANCE})
    root.set("xsi:schemaLocation", f"{namespace} {location}")
    return root


def add(
    parent: Element, name: str, attributes: Mapping[str, object] | None = None, text: str = ""
) -> Element:
    """Add an element with attributes, of which those of None are left out, and a text."""
    given = {key: clean(str(item)) for key, item in (attributes or {}).items() if item is not None}
    element = SubElement(parent, name, given)
    element.text = clean(text) or None
    return element


def write(root: Element) -> str:
    """Write a document, indented, with a declaration of UTF-8."""
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def points(corners: Iterable[Point], *, between: str = ",") -> str:
    """Write points as "x,y x,y"; both formats forbid negative numbers."""
    return " ".join(f"{max(x, 0)}{between}{max(y, 0)}" for x, y in corners)


def share(confidence: float) -> str:
    """Write a probability with the digits that mean something."""
    return f"{min(max(confidence, 0.0), 1.0):.4f}"
