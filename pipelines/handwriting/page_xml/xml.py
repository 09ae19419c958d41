"""Parse the XML of strangers: no entities, no other files, and what takes part has limits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from pipelines.bundle.reading import read_regular
from pipelines.errors import InputError

MOST_BYTES = 64 << 20  # of a file; a page of a newspaper with every letter has 10 MB
Point = tuple[float, float]


class _EntityError(Exception):
    """A file that declares an entity: a few of them can unpack to gigabytes."""


def parse_xml(path: Path) -> Element:
    """Parse a file into elements whose names are without namespaces; those change with the years.

    Raises:
        InputError: it cannot be read, is too large, is not XML, or declares entities.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path}: refused, more than {MOST_BYTES:,} bytes of XML for one page")
        return _build(read_regular(path))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except _EntityError:
        raise InputError(f"{path}: refused, it declares entities; export the page again") from None
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise InputError(f"{path}: cannot be read as XML: {error}; export it again") from None


def _build(content: bytes) -> Element:
    builder, parser = TreeBuilder(), expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        builder.start(_local(name), {_local(key): item for key, item in attributes.items()})

    def refuse(*_: Any) -> None:
        raise _EntityError

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: builder.end(_local(name))
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    parser.Parse(content, True)
    return builder.close()


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def children(element: Element, name: str) -> list[Element]:
    """List the elements of a name directly below another."""
    return [item for item in element if item.tag == name]


def child(element: Element, *names: str) -> Element | None:
    """Follow names down, the first of each; None where there is no such element."""
    found: Element | None = element
    for name in names:
        found = next(iter(children(found, name)), None) if found is not None else None
    return found


def text_of(element: Element | None) -> str:
    """Give the text of an element without the white space around it; "" of none."""
    return (element.text or "").strip() if element is not None else ""


def attribute(element: Element | None, name: str) -> str:
    """Give an attribute in one line, without white space around it; "" where there is none."""
    return " ".join(element.get(name, "").split()) if element is not None else ""


def number_of(element: Element | None, name: str) -> float | None:
    """Give an attribute as a number; None where it is none, or is not finite."""
    try:
        value = float(attribute(element, name))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def points_of(text: str) -> tuple[Point, ...]:
    """Read "x,y x,y ..." or "x y x y ..."; a broken list has no points."""
    try:
        numbers = [float(number) for number in text.replace(",", " ").split()]
    except ValueError:
        return ()
    if not all(abs(number) < float("inf") for number in numbers):
        return ()
    return tuple(zip(numbers[::2], numbers[1::2], strict=False))


def walk(element: Element, name: str) -> Iterator[Element]:
    """Yield the elements of a name at any depth, in the order of the file."""
    yield from element.iter(name)
