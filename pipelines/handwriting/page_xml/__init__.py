"""Layouts of pages in PAGE and ALTO XML: read them, find their pictures, cut their lines.

A kind of XML is one module; `read_layout` chooses it by the root of the file.
"""

from __future__ import annotations

import os
from pathlib import Path

from pipelines.errors import InputError
from pipelines.handwriting.page_xml.alto import read_alto_xml
from pipelines.handwriting.page_xml.cutting import CutLine, cut_lines
from pipelines.handwriting.page_xml.laid_out import LaidOutPage, Outline, restore_outlines
from pipelines.handwriting.page_xml.layout import LayoutLine, PageLayout
from pipelines.handwriting.page_xml.page import read_page_xml
from pipelines.handwriting.page_xml.pictures import find_picture, open_page_of
from pipelines.handwriting.page_xml.xml import parse_xml

__all__ = [
    "CutLine",
    "LaidOutPage",
    "LayoutLine",
    "Outline",
    "PageLayout",
    "cut_lines",
    "find_picture",
    "open_page_of",
    "read_layout",
    "restore_outlines",
]

PAGE_ROOT, ALTO_ROOT = "PcGts", "alto"


def read_layout(file: str | os.PathLike[str]) -> PageLayout:
    """Read a PAGE or ALTO file.

    Raises:
        InputError: it is neither, or cannot be read.
    """
    root = parse_xml(Path(file))
    if root.tag == PAGE_ROOT:
        return read_page_xml(root)
    if root.tag == ALTO_ROOT:
        return read_alto_xml(root, str(file))
    raise InputError(
        f"{file}: neither PAGE nor ALTO XML (its root is {root.tag!r}); export the page as one"
    )
