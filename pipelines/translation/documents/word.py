"""Word documents (.docx): paragraphs, tables, headers, footers and notes.

Runs that look alike are one text; the others keep their formatting as mark-up inside it. Python has
no library that finds notes and keeps all parts, so this reads the archive's XML itself (ECMA-376).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.errors import InputError
from pipelines.translation.documents.inline import Inline, Item, Kind, Mark
from pipelines.translation.documents.packages import Package
from pipelines.translation.documents.passages import Passages
from pipelines.translation.documents.word_runs import (
    Look,
    Single,
    name_of,
    read_items,
    write_items,
)

CONTENT_TYPES = "[Content_Types].xml"
# A template or a document with macros has another type, and is not read.
PART = re.compile(
    r"application/vnd\.openxmlformats-officedocument\.wordprocessingml\."
    r"(?:document\.main|header|footer|footnotes|endnotes)\+xml"
)


@dataclass
class Paragraph:
    """A paragraph, in texts that breaks divide.

    Attributes:
        element: of it.
        look: the usual formatting in it.
        parts: each text with something to translate, and all else.
    """

    element: Any
    look: Look
    parts: list[Inline | list[Item]]


class WordDocument:
    """A Word document.

    Args:
        content: of the file.
        origin: its name.

    Raises:
        InputError: it is damaged, or is something else.
        MissingExtraError: lxml is not installed.
    """

    def __init__(self, content: bytes, origin: str) -> None:
        self.remarks: list[str] = []
        self._package = Package(content, origin)
        types = self._package.read(CONTENT_TYPES)
        self._names = [
            str(item.get("PartName")).lstrip("/")
            for item in types
            if PART.fullmatch(item.get("ContentType", "")) and item.get("PartName")
        ]
        if not self._names:
            raise InputError(f"{origin}: not a Word document; save it as .docx with Word")
        self.texts = self._load()[2].texts

    def fill(self, translations: Sequence[str]) -> bytes:
        self.remarks = []
        roots, paragraphs, passages = self._load()
        restored = iter(passages.restore(translations, self.remarks))
        for paragraph in paragraphs:
            items = (
                next(restored) if isinstance(part, Inline) else part for part in paragraph.parts
            )
            kept = [child for child in paragraph.element if name_of(child) == "pPr"]
            whole = [item for part in items for item in part]
            write_items(paragraph.element, kept, whole, paragraph.look)
        changed = {paragraph.element.getroottree().getroot() for paragraph in paragraphs}
        return self._package.write({name: root for name, root in roots.items() if root in changed})

    def _load(self) -> tuple[dict[str, Any], list[Paragraph], Passages]:
        """Read the parts: a document can be filled more than once."""
        roots = {name: self._package.read(name) for name in self._names}
        passages, paragraphs = Passages(), []
        for root in roots.values():
            for element in root.iter():
                if name_of(element) == "p":
                    paragraph = _read(element, passages)
                    if any(isinstance(part, Inline) for part in paragraph.parts):
                        paragraphs.append(paragraph)
        return roots, paragraphs, passages


def _read(element: Any, passages: Passages) -> Paragraph:
    items, look = read_items(child for child in element if name_of(child) != "pPr")
    parts: list[Inline | list[Item]] = []
    row: list[Item] = []
    depth = 0
    for item in (*items, None):
        if isinstance(item, Mark):
            depth += (item.kind is Kind.OPENS) - (item.kind is Kind.CLOSES)
        if item is None or (depth == 0 and _is_break(item)):
            parts += [passages.add(row) or row, [item] if item else []]
            row = []
        else:
            row.append(item)
    return Paragraph(element, look, parts)


def _is_break(item: Item) -> bool:
    return isinstance(item, Mark) and isinstance(item.raw, Single) and item.raw.is_break
