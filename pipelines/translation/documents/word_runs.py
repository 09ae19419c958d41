"""The runs of a paragraph of Word: as text with mark-up, and back (ECMA-376, part 1, 17.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pipelines.translation.documents.inline import Item, Kind, Mark
from pipelines.translation.documents.packages import xml_text

NAMESPACES = frozenset(
    {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",  # of "strict" files
    }
)
CONTAINERS = frozenset({"hyperlink", "ins", "smartTag", "moveTo", "sdt", "sdtContent"})  # of runs
DROPPED = frozenset({"proofErr", "lastRenderedPageBreak"})  # Word makes them anew
BREAKS = frozenset({"br", "cr", "tab", "ptab"})
WITHOUT_LOOK = frozenset({"lang", "noProof"})  # properties of a run
LETTERS = {"noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}


@dataclass(frozen=True)
class Look:
    """The formatting of a run: its properties, or None."""

    properties: Any


@dataclass(frozen=True)
class Container:
    """An element around runs, and their usual formatting."""

    element: Any
    look: Look


@dataclass(frozen=True)
class Single:
    """Elements that stay as they are; those of a run need one around them."""

    elements: tuple[Any, ...]
    run_look: Look | None = None
    is_break: bool = False


Piece = tuple[str, Look] | Item  # text of a run; mark-up; text of what is around runs


def name_of(element: Any) -> str:
    """Give the name of an element of Word; "" for others."""
    if not isinstance(element.tag, str):  # a comment
        return ""
    namespace, _, name = element.tag.rpartition("}")
    return name if namespace[1:] in NAMESPACES else ""


def read_items(children: Iterable[Any]) -> tuple[list[Item], Look]:
    """Give the text and the mark-up of elements, and their usual formatting."""
    pieces = list(_pieces(children))
    letters: Counter[bytes] = Counter()
    looks: dict[bytes, Look] = {}
    for piece in pieces:
        if isinstance(piece, tuple):
            key = _key(piece[1])
            letters[key] += len(piece[0])
            looks.setdefault(key, piece[1])
    usual = letters.most_common(1)[0][0] if letters else b""
    items: list[Item] = []
    current = usual
    for piece in pieces:
        key = _key(piece[1]) if isinstance(piece, tuple) else usual
        if key != current:
            if current != usual:
                items.append(Mark(Kind.CLOSES, "look", looks[current]))
            if key != usual:
                items.append(Mark(Kind.OPENS, "look", looks[key]))
            current = key
        items.append(piece[0] if isinstance(piece, tuple) else piece)
    if current != usual:
        items.append(Mark(Kind.CLOSES, "look", looks[current]))
    return items, looks.get(usual, Look(None))


def _pieces(children: Iterable[Any]) -> Iterator[Piece]:
    field: list[Any] = []  # the runs of a field, such as a page number
    depth = 0
    for child in children:
        name = name_of(child)
        kinds = [
            part.get(part.tag + "Type")  # w:fldCharType
            for part in child
            if name_of(part) == "fldChar"
        ]
        depth += kinds.count("begin")
        if depth > 0:
            field.append(child)
            depth -= kinds.count("end")
            if depth <= 0:
                yield Mark(Kind.ALONE, "", Single(tuple(field)))
                field, depth = [], 0
        elif name == "r":
            yield from _pieces_of_run(child)
        elif name in CONTAINERS:
            inner, look = read_items(part for part in child if not _is_settings(part))
            yield Mark(Kind.OPENS, "container", Container(child, look))
            yield from inner
            yield Mark(Kind.CLOSES, "container", None)
        elif name not in DROPPED:
            yield Mark(Kind.ALONE, "", Single((child,)))
    if field:
        yield Mark(Kind.ALONE, "", Single(tuple(field)))


def write_items(parent: Any, kept: Iterable[Any], items: Iterable[Item], look: Look) -> None:
    """Put text and mark-up into an element, behind the children that are kept.

    Args:
        parent: the element.
        kept: its children that stay first.
        items: as `read_items` gives them.
        look: the usual formatting.
    """
    first = list(kept)
    for child in list(parent):
        parent.remove(child)
    parent.extend(first)
    open_elements, looks = [parent], [look]
    for item in items:
        if isinstance(item, str):
            if item:
                open_elements[-1].append(_run(parent, looks[-1], _text(parent, item)))
        elif item.kind is Kind.OPENS and isinstance(item.raw, Container):
            element = deepcopy(item.raw.element)
            for child in list(element):
                if not _is_settings(child):
                    element.remove(child)
            open_elements[-1].append(element)
            open_elements.append(element)
            looks.append(item.raw.look)
        elif item.kind is Kind.OPENS:
            looks.append(item.raw)
        elif item.kind is Kind.CLOSES:
            looks.pop()
            if item.name == "container":
                open_elements.pop()
        else:
            elements = item.raw.elements
            if item.raw.run_look:
                elements = [_run(parent, item.raw.run_look, *elements)]
            open_elements[-1].extend(elements)


def _is_settings(element: Any) -> bool:
    """Tell whether an element says something about the one around it, such as w:sdtPr."""
    return name_of(element).endswith("Pr")


def _pieces_of_run(run: Any) -> Iterator[Piece]:
    look = Look(next((child for child in run if name_of(child) == "rPr"), None))
    for child in run:
        name = name_of(child)
        if name == "t":
            yield child.text or "", look
        elif name in LETTERS:
            yield LETTERS[name], look
        elif name != "rPr" and name not in DROPPED:
            yield Mark(Kind.ALONE, "", Single((child,), look, is_break=name in BREAKS))


def _key(look: Look) -> bytes:
    """Give what tells formattings apart."""
    from lxml import etree

    if look.properties is None:
        return b""
    shown = (child for child in look.properties if name_of(child) not in WITHOUT_LOOK)
    return b"".join(sorted(etree.tostring(child, with_tail=False) for child in shown))


def _run(parent: Any, look: Look, *children: Any) -> Any:
    run = parent.makeelement(_sibling(parent, "r"))
    if look.properties is not None:
        run.append(deepcopy(look.properties))
    run.extend(children)
    return run


def _text(parent: Any, text: str) -> Any:
    element = parent.makeelement(_sibling(parent, "t"))
    element.text = xml_text(text)
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element


def _sibling(element: Any, name: str) -> str:
    """Give the name of an element of the same namespace."""
    return str(element.tag).rpartition("}")[0] + "}" + name
