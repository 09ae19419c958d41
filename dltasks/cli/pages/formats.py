"""The formats of pages, each with the ending of its files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from dltasks.cli.output import Record

PDF_FORMAT = "pdf"
ONE_PAGE_A_FILE = ("page", "alto")
PAGE_FORMATS = (*ONE_PAGE_A_FILE, "hocr", PDF_FORMAT)
SHOW_OTHER_TEXTS = ("page",)
# Endings of files in a folder. XML has two formats, so its ending says none.
FILE_ENDINGS = {"page": ".xml", "alto": ".xml", "hocr": ".hocr", PDF_FORMAT: ".pdf", "text": ".txt"}
ENDINGS = {
    ".xml": ONE_PAGE_A_FILE,
    ".hocr": ("hocr",),
    ".html": ("hocr",),
    ".htm": ("hocr",),
}


def make_text(form: str, record: Record, place: Path | None) -> str:
    """Write the file of a page.

    Args:
        form: any of FILE_ENDINGS but PDF.
        record: of the page.
        place: of the file; None is standard output.
    """
    from dltasks.cli.pages.places import picture_of
    from pipelines.handwriting import formats

    if form == "text":
        return f"{record.answer.text}\n"
    about = {"picture": picture_of(record, place), "creator": creator_of(record.model)}
    number = record.page or 1
    if form == "hocr":
        return formats.to_hocr(record.answer, number=number, **about)
    write = formats.to_page_xml if form == "page" else formats.to_alto_xml
    return write(record.answer, number=number, created=datetime.now(UTC), **about)


def creator_of(model: str) -> str:
    """Name the program and the model."""
    from pipelines import __version__

    return f"dltasks {__version__}, model {model}"
