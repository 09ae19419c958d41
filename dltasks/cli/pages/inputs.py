"""Files to pages: each page of a PDF or of a TIFF is an input of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any, NoReturn

from dltasks.cli.inputs import RemoteFile
from dltasks.cli.pages.numbers import PageNumbers
from dltasks.extras import PDF, require
from pipelines.errors import InputError
from pipelines.images import (
    DOCUMENT_SUFFIXES,
    SUFFIXES,
    DocumentPage,
    LazyPicture,
    describe,
    open_pages,
)

MAYBE_DOCUMENTS = frozenset({".tif", ".tiff"})  # pictures that may have several pages


class Unusable(LazyPicture):
    """Takes the place of a document or page that cannot be used, so that the others go on."""

    def __init__(self, name: str, error: InputError) -> None:
        self.name = name
        self._error = error

    def open_picture(self) -> NoReturn:
        raise self._error


def check_extras(files: Iterable[Any]) -> None:
    """Check before the work that the packages for the files are installed.

    Raises:
        MissingExtraError: pypdfium2 is not, and there is a PDF among them.
    """
    for file in files:
        if PurePosixPath(describe(file)).suffix.lower() in DOCUMENT_SUFFIXES:
            require("pypdfium2", f"{describe(file)}: a PDF", extra=PDF)
            return


def expand_pages(files: Iterable[Any], numbers: PageNumbers | None = None) -> Iterator[Any]:
    """Yield the pages of files; a document is opened when its first page is asked for.

    Args:
        files: of `expand`: paths, binary files and addresses.
        numbers: of the pages; None is all of them.
    """
    for file in files:
        name = describe(file)
        try:
            count = 1
            for page in _open(file):
                number, count = (
                    (page.number, page.count) if isinstance(page, DocumentPage) else (1, 1)
                )
                if numbers is None or number in numbers:
                    yield page
        except InputError as error:
            yield Unusable(name, error)
            continue
        for number in numbers.missing(count) if numbers else ():
            pages = "1 page" if count == 1 else f"{count} pages"
            yield Unusable(
                name, InputError(f"{name}: has {pages}, so no page {number}; correct --pages")
            )


def _open(file: Any) -> Iterator[Any]:
    """Open the pages of a file; a picture behind an address is not fetched before it is read."""
    suffix = PurePosixPath(describe(file).partition("?")[0]).suffix.lower()
    is_remote_picture = isinstance(file, RemoteFile) and suffix in SUFFIXES - MAYBE_DOCUMENTS
    return iter([file]) if is_remote_picture else open_pages(file)
