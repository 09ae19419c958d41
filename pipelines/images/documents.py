"""The pages of documents, PDFs and TIFFs, as pictures that are opened one at a time."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from PIL import Image

from pipelines.bundle.reading import check_regular
from pipelines.errors import InputError
from pipelines.images import pdf, tiff
from pipelines.images.files import ImageSource, LazyPicture, describe, open_image
from pipelines.images.tiff_tags import MAGICS

DOCUMENT_SUFFIXES = frozenset({".pdf"})  # beside those of pictures
BEGINNING = 1024  # bytes in which the kind of a document shows


class Document(Protocol):
    """A file of pages."""

    def __len__(self) -> int: ...

    def open_page(self, index: int, name: str) -> Image.Image:
        """Open a page, from 0; its name is for messages."""


class DocumentPage(LazyPicture):
    """A page of a document; it is opened when it is read.

    Attributes:
        file: the name of the document.
        number: of the page, from 1.
        count: how many pages the document has.
        name: of both, as in "letter.pdf page 3".
    """

    def __init__(self, document: Document, file: str, number: int) -> None:
        self._document = document
        self.file = file
        self.number = number
        self.count = len(document)
        self.name = f"{file} page {number}"

    def open_picture(self) -> Image.Image:
        return self._document.open_page(self.number - 1, self.name)

    def copy_to(self, target: Any) -> bool:
        """Copy the page to the end of a `PdfDocument`, if it is one of a PDF; say if it was.

        Raises:
            InputError: it is damaged.
        """
        if not isinstance(self._document, pdf.PdfFile):
            return False
        self._document.copy_page(self.number - 1, target, self.name)
        return True

    def __repr__(self) -> str:
        return f"<DocumentPage {self.name!r}>"


class PictureFile(LazyPicture):
    """What was read from an open file.

    Attributes:
        name: of the file.
        content: all of it.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.content = content

    def open_picture(self) -> Image.Image:
        file = io.BytesIO(self.content)
        file.name = self.name
        return open_image(file)


def open_pages(source: ImageSource) -> Iterator[ImageSource]:
    """Yield the pages of a file: of a PDF, or of a TIFF that has several.

    Any other picture is one page and is yielded as it is, an open file as what was read from it.
    A pipeline takes what is yielded, `read.stream(open_pages("letter.pdf"))`. No page is opened
    before it is read.

    Args:
        source: a path, the bytes of a file, or a binary file; anything else is one page.

    Raises:
        InputError: the document cannot be read, or needs a password.
        MissingExtraError: a PDF needs pypdfium2, which is not installed.
    """
    source = _read_once(source)
    document = _open_document(source)
    if document is None:
        yield source
        return
    for number in range(1, len(document) + 1):
        yield DocumentPage(document, describe(source), number)


def only_page(source: ImageSource) -> ImageSource:
    """Give the page of a file that has only one.

    Raises:
        InputError: it has several, of which all but the first would be lost.
    """
    first, *others = islice(open_pages(source), 2)
    if others and isinstance(first, DocumentPage):
        raise InputError(
            f"{first.file}: {first.count} pages in one file; save each page as a file, or read "
            "what pipelines.images.open_pages yields"
        )
    return first


def _read_once(source: ImageSource) -> Any:
    """Give a source that can be read more than once, in place of an open file."""
    if isinstance(source, LazyPicture) or not hasattr(source, "read"):
        return source
    content = source.read()
    return PictureFile(describe(source), content) if isinstance(content, bytes) else source


def _open_document(source: Any) -> Document | None:
    """Open a document by its first bytes; None where the source is no document."""
    name, content = describe(source), _content_of(source)
    if content is None:
        return None
    beginning = _read_beginning(content)
    if pdf.MAGIC in beginning:
        return pdf.PdfFile(content, name)
    if beginning.startswith(MAGICS):
        document = tiff.TiffFile(content, name)
        return document if len(document) > 1 else None
    return None


def _content_of(source: Any) -> Path | bytes | None:
    if isinstance(source, (str, os.PathLike)):
        return Path(source)
    if isinstance(source, PictureFile):
        return source.content
    return bytes(source) if isinstance(source, (bytes, bytearray, memoryview)) else None


def _read_beginning(content: Path | bytes) -> bytes:
    """Read the first bytes; none of what cannot be read, which is told when it is opened."""
    if isinstance(content, bytes):
        return content[:BEGINNING]
    try:
        check_regular(content)
        with content.open("rb") as file:
            return file.read(BEGINNING)
    except (OSError, ValueError):
        return b""
