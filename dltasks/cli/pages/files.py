"""Write pages to files: one for each page in a folder, and PDFs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from dltasks.cli.answer import Answer
from dltasks.cli.interrupt import raise_from_now_on
from dltasks.cli.options import Picture
from dltasks.cli.output import Record, check_output
from dltasks.cli.pages.formats import FILE_ENDINGS, PDF_FORMAT, make_text
from dltasks.cli.pages.places import Places
from dltasks.durable import replacing, write_file
from dltasks.extras import PDF, require
from pipelines.errors import ConfigurationError
from pipelines.images import DocumentPage


class Sink(ABC):
    """Takes pages, one after the other."""

    @abstractmethod
    def write(self, source: Any, record: Record) -> None:
        """Write the page that a source is."""

    def close(self) -> None:  # noqa: B027  most have nothing left to do
        """Write what is left, also when the command was interrupted."""


class PageSink(Sink):
    """One page in a file, or on standard output, whose place is None."""

    def __init__(self, form: str, place: Path | None) -> None:
        self._form = form
        self._place = place

    def write(self, source: Any, record: Record) -> None:
        text = make_text(self._form, record, self._place)
        if self._place is None:
            click.echo(text.encode(), nl=False)  # it says of itself that it is UTF-8
        else:
            write_file(self._place, text)


class FolderSink(Sink):
    """A file for each page, in a folder."""

    def __init__(self, form: str, places: Places) -> None:
        self._form = form
        self._places = places

    def write(self, source: Any, record: Record) -> None:
        place = self._places.choose(record.source, number_of(source))
        write_file(place, make_text(self._form, record, place))


class PdfSink(Sink):
    """A PDF for all inputs, or one for each.

    Args:
        choose: gives the file for the name of an input.
    """

    def __init__(self, choose: Callable[[str], Path]) -> None:
        self._choose = choose
        self._place: Path | None = None
        self._file = ""
        self._pdf: Any = None

    def write(self, source: Any, record: Record) -> None:
        from pipelines.handwriting.formats import SearchablePdf

        if self._place is None or record.source != self._file:
            place = self._choose(record.source)
            if place != self._place:
                self.close()
                self._place, self._pdf = place, SearchablePdf()
            self._file = record.source
        self._pdf.add(source, record.answer)

    def close(self) -> None:
        if self._place is not None and len(self._pdf):
            with replacing(self._place, "wb") as file:
                self._pdf.save(file)
            self._pdf.close()
        self._place = None


def number_of(source: Any) -> str:
    """Give the number of a page as it stands in the name of its file; "" where it has none."""
    page = getattr(source, "picture", source)
    if not isinstance(page, DocumentPage) or page.count == 1:
        return ""
    return f"{page.number:0{len(str(page.count))}d}"


def choose_sink(answer: Answer, form: str, files: Sequence[Any], into_folder: bool) -> Sink:
    """Choose where pages go, and check the places before the work.

    Args:
        answer: of the command.
        form: any of FILE_ENDINGS.
        files: the inputs.
        into_folder: whether each input or page gets a file of its own.

    Raises:
        ConfigurationError: a place cannot be used.
        MissingExtraError: a PDF needs pypdfium2, which is not installed.
    """
    if form == PDF_FORMAT:
        require("pypdfium2", "--format pdf", extra=PDF)
    output = answer.output
    if output and into_folder:
        places = Places(output, FILE_ENDINGS[form], answer.read)
        places.check(files)
        places.make()
        return PdfSink(places.choose) if form == PDF_FORMAT else FolderSink(form, places)
    check_output(output, answer.read)
    if form != PDF_FORMAT:
        return PageSink(form, output)
    if output is None:
        raise ConfigurationError("a PDF is written to a file; name it with -o FILE.pdf")
    return PdfSink(lambda file: output)


def write_pages(
    answer: Answer,
    pipeline: Any,
    sources: Iterable[Any],
    options: dict[str, Any],
    sink: Sink,
    picture: Picture | None = None,
) -> NoReturn:
    """Read pages, write each when it is read, and exit with the right code.

    Args:
        answer: of the command.
        pipeline: of its `load`.
        sources: the pages.
        options: of its `options`.
        sink: takes the pages.
        picture: what is drawn of the one page, and where to.
    """
    if picture:
        sources = list(sources)
        picture.check(answer.output, answer.read, len(sources))
    records = answer.make_records(pipeline)
    raise_from_now_on()
    try:
        for source, result in answer.stream(pipeline, sources, options):
            record = records.make(source, result)
            if record.answer is not None:
                sink.write(source, record)
            if picture:
                picture.draw(source, result)
    finally:
        sink.close()
    click.get_current_context().exit(records.finish())
