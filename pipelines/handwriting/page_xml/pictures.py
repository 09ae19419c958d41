"""Find the picture of a page: where its file says, beside it, or one folder up."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pipelines.errors import InputError
from pipelines.images import SUFFIXES, ImageSource, open_pages

PAGE_OF = re.compile(r"(?P<file>.+)#page=(?P<number>[0-9]{1,9})", re.DOTALL)  # RFC 8118
ESCAPE = re.compile(b"%([0-9A-Fa-f]{2})")  # of a byte of UTF-8 in a URL
# Not the picture of a page, though such names occur beside one.
OTHER_PICTURES = frozenset({".gif"})
PICTURE_SUFFIXES = tuple(sorted(SUFFIXES - OTHER_PICTURES))


def open_page_of(picture: Path, name: str) -> ImageSource:
    """Give what `find_picture` found; of a document the page that the name says.

    Args:
        picture: that was found.
        name: as the XML file names it, such as "letter.pdf#page=3".

    Raises:
        InputError: there is no such page.
        MissingExtraError: a PDF needs pypdfium2, which is not installed.
    """
    match = PAGE_OF.fullmatch(name)
    is_document = match and picture.suffix.lower() == Path(match["file"]).suffix.lower()
    if not match or not is_document or picture.name == Path(name).name:
        return picture
    number = int(match["number"])
    pages = islice(open_pages(picture), max(number, 1) - 1, None)
    for page in pages:
        return page
    raise InputError(f"{picture}: has no page {number}; correct the name in the XML file")


def find_picture(file: Path, name: str) -> Path:
    """Find the picture of a page, or the document that it is a page of.

    Args:
        file: the XML of the page.
        name: as it names the picture: a name, a path of any system, or a URL of a file; "" where
            it names none. A picture with the name of the XML file is found, too.

    Raises:
        InputError: there is none.
    """
    for candidate in _candidates(file, name):
        if candidate != file and os.path.isfile(candidate):  # noqa: PTH113  pathlib's raises
            return candidate
    raise InputError(
        f"{file}: its picture {name!r} is neither beside it nor one folder up; put it there"
    )


def _candidates(file: Path, name: str) -> Iterator[Path]:
    folders = (file.parent, file.parent.parent)
    names = list(dict.fromkeys(filter(None, _readings(name))))
    for reading in names:
        yield from (folder / reading for folder in folders if not reading.startswith("//"))
    for reading in names:
        yield from (folder / Path(reading).name for folder in folders)
    for stem in dict.fromkeys([*(Path(reading).stem for reading in names), file.stem]):
        for folder in folders:
            yield from _with_suffixes(folder, stem)


def _readings(name: str) -> Iterator[str]:
    """Yield what a name can mean: as it stands, without escapes, and with slashes."""
    scheme, is_url, place = name.partition("://")
    path = place.partition("?")[0]
    local = f"/{path.partition('/')[2]}" if scheme == "file" else Path(path).name
    document = PAGE_OF.fullmatch(name)
    for reading in [local] if is_url else [name, *([document["file"]] if document else [])]:
        for unescaped in (reading, _unescape(reading)):
            yield unescaped
            yield unescaped.replace("\\", "/")


def _unescape(name: str) -> str:
    """Undo the escapes of a URL, such as %20."""
    content = ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), name.encode(errors="replace"))
    return content.decode(errors="replace")


def _with_suffixes(folder: Path, stem: str) -> Iterator[Path]:
    for suffix in PICTURE_SUFFIXES:
        yield folder / f"{stem}{suffix}"
        yield folder / f"{stem}{suffix.upper()}"
