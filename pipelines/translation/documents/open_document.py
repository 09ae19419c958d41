"""OpenDocument texts (.odt): paragraphs, headings, tables, headers, footers and notes (ODF 1.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from typing import Any

from pipelines.errors import InputError
from pipelines.translation.documents.inline import Inline, Item, Kind, Mark
from pipelines.translation.documents.packages import Package, xml_text
from pipelines.translation.documents.passages import Passages

MIME_TYPE = "mimetype"
PARTS = ("content.xml", "styles.xml")  # the latter has headers and footers
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
PARAGRAPHS = frozenset({f"{TEXT}p", f"{TEXT}h"})
CONTAINERS = frozenset({f"{TEXT}span", f"{TEXT}a"})
SPACE = f"{TEXT}s"
BREAKS = frozenset({f"{TEXT}line-break", f"{TEXT}tab"})
DROPPED = frozenset({f"{TEXT}soft-page-break"})


class OpenDocument:
    """An OpenDocument text.

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
        self._names = [name for name in PARTS if name in self._package.names]
        if PARTS[0] not in self._names:
            raise InputError(f"{origin}: not an OpenDocument text; save it as .odt")
        self.texts = self._load()[2].texts

    def fill(self, translations: Sequence[str]) -> bytes:
        self.remarks = []
        roots, paragraphs, passages = self._load()
        restored = iter(passages.restore(translations, self.remarks))
        for element, parts in paragraphs:
            items = (next(restored) if isinstance(part, Inline) else part for part in parts)
            _write(element, [item for part in items for item in part])
        changed = {element.getroottree().getroot() for element, _ in paragraphs}
        return self._package.write({name: root for name, root in roots.items() if root in changed})

    def _load(self) -> tuple[dict[str, Any], list[tuple[Any, list[Inline | list[Item]]]], Passages]:
        """Read the parts: a document can be filled more than once."""
        roots = {name: self._package.read(name) for name in self._names}
        passages, paragraphs = Passages(), []
        for root in roots.values():
            invisible = set(_invisible_styles(root))
            for element in root.iter(*PARAGRAPHS):
                parts = list(_divide(_items(element, invisible), passages))
                if any(isinstance(part, Inline) for part in parts):
                    paragraphs.append((element, parts))
        return roots, paragraphs, passages


def _invisible_styles(root: Any) -> Iterator[str]:
    """Name the styles that only tell editing sessions apart."""
    for style in root.iter(f"{STYLE}style"):
        settings = [name for part in style.iter() for name in part.attrib if part is not style]
        is_plain = style.get(f"{STYLE}family") == "text" and not style.get(
            f"{STYLE}parent-style-name"
        )
        if is_plain and settings and all(name.endswith("}rsid") for name in settings):
            yield style.get(f"{STYLE}name", "")


def _items(element: Any, invisible: set[str]) -> Iterator[Item]:
    """Give the text and the mark-up in an element."""
    if element.text:
        yield element.text
    for child in element:
        name = child.tag
        if name in CONTAINERS and child.get(f"{TEXT}style-name") in invisible:
            yield from _items(child, invisible)
        elif name in CONTAINERS:
            yield Mark(Kind.OPENS, "container", child)
            yield from _items(child, invisible)
            yield Mark(Kind.CLOSES, "container", child)
        elif name == SPACE:
            yield " "
        elif name not in DROPPED:
            yield Mark(Kind.ALONE, "break" if name in BREAKS else "", child)
        if child.tail:
            yield child.tail


def _divide(items: Iterable[Item], passages: Passages) -> Iterator[Inline | list[Item]]:
    """Give the texts between the breaks, and all else."""
    row: list[Item] = []
    depth = 0
    for item in (*items, None):
        if isinstance(item, Mark):
            depth += (item.kind is Kind.OPENS) - (item.kind is Kind.CLOSES)
        is_break = isinstance(item, Mark) and item.name == "break" and depth == 0
        if item is None or is_break:
            yield passages.add(row, tidy=True) or row
            yield [item] if item else []
            row = []
        else:
            row.append(item)


def _write(element: Any, items: Iterable[Item]) -> None:
    """Put text and mark-up into an element in place of what it has."""
    for child in list(element):
        element.remove(child)
    element.text = None
    opened = [element]
    for item in items:
        if isinstance(item, str):
            _append_text(opened[-1], xml_text(item))
        elif item.kind is Kind.OPENS:
            container = deepcopy(item.raw)
            for child in list(container):
                container.remove(child)
            container.text = container.tail = None
            opened[-1].append(container)
            opened.append(container)
        elif item.kind is Kind.CLOSES:
            opened.pop()
        else:
            item.raw.tail = None
            opened[-1].append(item.raw)


def _append_text(element: Any, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
