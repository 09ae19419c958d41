"""The pages of a PDF as pictures, one at a time, drawn by PDFium."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from PIL import Image

from pipelines.bundle.reading import read_regular
from pipelines.errors import InputError, MissingExtraError
from pipelines.images.files import first_line, most_pixels

MAGIC = b"%PDF-"  # somewhere in the first kilobyte: ISO 32000-1, Annex H, note 13
MOST_PAGES = 20_000
DOTS_PER_INCH = 300  # at which archives scan letters
POINTS_PER_INCH = 72  # the unit of lengths in a PDF
ROUNDING = 1e-6  # PDFium counts in 32 bits, and a hair more than a pixel would be two
WRONG_PASSWORD = 4  # PDFium's number of the error
PDFIUM = RLock()  # PDFium takes one caller at a time, for all documents


class PdfFile:
    """The pages of a PDF. It is opened anew for each page, so that no page stays in memory.

    Args:
        content: the path of the file, or its bytes.
        name: in messages.

    Raises:
        InputError: it needs a password, is damaged or without pages, or has very many.
        MissingExtraError: pypdfium2 is not installed.
    """

    def __init__(self, content: Path | bytes, name: str) -> None:
        require_pdfium(name)
        self._content = content
        with self._opened(name) as document:
            self._count = len(document)
        if self._count > MOST_PAGES:
            raise InputError(
                f"{name}: refused, {self._count:,} pages are more than {MOST_PAGES:,}; split it"
            )

    def __len__(self) -> int:
        return self._count

    def open_page(self, index: int, name: str) -> Image.Image:
        """Draw a page, from 0: RGB, 300 dots per inch, or fewer where the page is very large.

        Raises:
            InputError: it is damaged.
        """
        with self._opened(name) as document:
            page = document[index]
            scale = _scale(*page.get_size())
            bitmap = page.render(scale=scale)
            picture: Image.Image = bitmap.to_pil().copy()  # the bitmap goes with the page
            bitmap.close()
            page.close()
        picture.info["dpi"] = (scale * POINTS_PER_INCH,) * 2
        return picture

    def copy_page(self, index: int, target: Any, name: str) -> None:
        """Copy a page, from 0, to the end of another `PdfDocument`.

        Raises:
            InputError: it is damaged.
        """
        with self._opened(name) as document:
            target.import_pages(document, [index])

    @contextmanager
    def _opened(self, name: str) -> Iterator[Any]:
        from pypdfium2 import PdfDocument

        with PDFIUM:
            try:
                document = PdfDocument(_as_pdfium_takes_it(self._content))
                try:
                    yield document
                finally:
                    document.close()
            except Exception as error:  # PDFium's own, and those of files and of memory
                raise InputError(f"{name}: {_reason(error)}") from None


def require_pdfium(name: str) -> None:
    """Check that pypdfium2 is there.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import pypdfium2  # noqa: F401
    except ModuleNotFoundError:
        raise MissingExtraError(
            f"{name}: a PDF needs pypdfium2, which is not installed; run: "
            'pip install "dltasks[pdf]"'
        ) from None


def _as_pdfium_takes_it(content: Path | bytes) -> Path | bytes:
    """Give what is opened: a path, so that PDFium reads only what it needs; bytes if it cannot."""
    try:
        str(content).encode() if isinstance(content, Path) else b""
    except UnicodeEncodeError:  # a name that is not UTF-8
        assert isinstance(content, Path)
        return read_regular(content)
    return content


def _scale(width: float, height: float) -> float:
    """Give the pixels of a point of a page, so that the picture has no more than are safe.

    Raises:
        ValueError: the page has no size.
    """
    if not (math.isfinite(width * height) and width > 0 and height > 0):
        raise ValueError(f"{width:g} x {height:g} points is no page")
    wanted = DOTS_PER_INCH / POINTS_PER_INCH * (1 - ROUNDING)
    return min(wanted, math.sqrt(most_pixels() / 2 / (width * height)))


def _reason(error: Exception) -> str:
    if getattr(error, "err_code", None) == WRONG_PASSWORD:
        return "needs a password; save a copy without one"
    said = first_line(error).rstrip(".")
    return f"cannot be read as a PDF: {said}; save it again"
