"""Results on standard output, the same schema for every task."""

from __future__ import annotations

import csv
import json
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from dltasks.durable import replacing
from dltasks.terminal import AS_ESCAPES, write_as_escapes
from pipelines.errors import ConfigurationError, DltasksError

FORMATS = ("table", "json", "jsonl", "csv")
TEXT_FORMATS = ("text", *FORMATS)  # of tasks whose result is a text


@dataclass(frozen=True)
class Record:
    """The result of one input, or its error.

    Attributes:
        source: its name.
        task: in the catalogue.
        model: the bundle's name.
        result: the result as plain values; None after an error.
        error: why there is no result.
        before: what stood before a line, which text that is nothing else gets, too.
        end: the line break behind it.
        page: number of the page in its document, from 1; None if the input is not a document.
        answer: the result itself, for a writer that needs more than plain values.
    """

    source: str
    task: str
    model: str
    result: dict[str, Any] | None = None
    error: str | None = None
    before: str = ""
    end: str = "\n"
    page: int | None = None
    answer: Any = None

    @property
    def name(self) -> str:
        """What people call the input: the file, and the page of a document."""
        return self.source if self.page is None else f"{self.source} page {self.page}"

    def to_dict(self) -> dict[str, Any]:
        """Give the record as JSON has it: `input`, `task`, `model`, and `result` or `error`.

        A page of a document also has its number, `page`.
        """
        page = {} if self.page is None else {"page": self.page}
        outcome = {"error": self.error} if self.result is None else {"result": self.result}
        return {"input": self.source, **page, "task": self.task, "model": self.model, **outcome}


@dataclass(frozen=True)
class ResultLayout:
    """How a task's results look where they are not JSON.

    Attributes:
        to_text: result to lines for people.
        columns: of the CSV, after "input" and before "error".
        to_rows: result to CSV rows, each in the order of `columns`.
        shows_source: whether people see the input's name above its result; without it a failed
            input leaves its line empty, so that lines in and lines out go together.
        has_pages: whether the CSV has the column "page", after "input".
    """

    to_text: Callable[[dict[str, Any]], str]
    columns: tuple[str, ...]
    to_rows: Callable[[dict[str, Any]], list[tuple[Any, ...]]]
    shows_source: bool = True
    has_pages: bool = False


class ResultWriter(ABC):
    """Writes records as they come."""

    def __init__(self, file: IO[str], layout: ResultLayout) -> None:
        self.file = file
        self.layout = layout

    def begin(self) -> None:  # noqa: B027  most formats have no beginning
        """Write what comes before the first record."""

    @abstractmethod
    def write(self, record: Record) -> None:
        """Write one record."""

    def end(self) -> None:  # noqa: B027  most formats have no end
        """Write what comes after the last record."""


class TableWriter(ResultWriter):
    """For people; errors go to standard error alone."""

    def write(self, record: Record) -> None:
        text = "" if record.result is None else self.layout.to_text(record.result)
        if not self.layout.shows_source:
            self.file.write(f"{text}\n")
        elif record.result is not None:
            self.file.write(f"{record.name}\n{text}\n")


class TextWriter(ResultWriter):
    """The result's text and nothing else; errors go to standard error alone.

    A line of a file has the same break and the same byte order mark as in that file.
    """

    _is_first = True
    _lacks_break = False

    def write(self, record: Record) -> None:
        if record.result is not None:
            self._write_line(record.result["text"], record)
        elif not self.layout.shows_source:
            self._write_line("", record)

    def end(self) -> None:
        if self._lacks_break and self.file.isatty():
            self.file.write("\n")

    def _write_line(self, text: str, record: Record) -> None:
        before = "\n" if self._lacks_break else record.before if self._is_first else ""
        self.file.write(f"{before}{text}{record.end}")
        self._is_first, self._lacks_break = False, not record.end


class JsonLinesWriter(ResultWriter):
    """One JSON object a line."""

    def write(self, record: Record) -> None:
        self.file.write(json.dumps(record.to_dict(), ensure_ascii=False) + "\n")


class JsonWriter(ResultWriter):
    """One JSON array."""

    _separator = "\n"

    def begin(self) -> None:
        self.file.write("[")

    def write(self, record: Record) -> None:
        text = json.dumps(record.to_dict(), ensure_ascii=False)
        self.file.write(f"{self._separator}{text}")
        self._separator = ",\n"

    def end(self) -> None:
        self.file.write("\n]\n")


class CsvWriter(ResultWriter):
    """One row a label, word or whatever the task's results are made of."""

    def begin(self) -> None:
        self._writer = csv.writer(self.file, lineterminator="\n")
        page = ("page",) if self.layout.has_pages else ()
        self._writer.writerow(("input", *page, *self.layout.columns, "error"))

    def write(self, record: Record) -> None:
        page = (record.page,) if self.layout.has_pages else ()
        if record.result is None:
            empty = [""] * len(self.layout.columns)
            self._writer.writerow((record.source, *page, *empty, record.error))
            return
        for row in self.layout.to_rows(record.result):
            self._writer.writerow((record.source, *page, *row, ""))


MakeWriter = Callable[[IO[str], ResultLayout], ResultWriter]  # such as a class of writers
WRITERS: dict[str, type[ResultWriter]] = {
    "text": TextWriter,
    "table": TableWriter,
    "json": JsonWriter,
    "jsonl": JsonLinesWriter,
    "csv": CsvWriter,
}


def check_output(path: Path | None, read: Iterable[Any], option: str = "-o") -> None:
    """Refuse to write over what is read.

    Args:
        path: of the output, or None for standard output.
        read: the inputs and the files that name them; what is no path does not matter.
        option: that names another output.

    Raises:
        ConfigurationError: the output is one of them, a folder, or in a folder that does not exist.
    """
    if path is None:
        return
    if path.is_dir():
        raise ConfigurationError(f"{option} {str(path)!r} is a folder; name a file")
    if not path.parent.is_dir():
        raise ConfigurationError(
            f"{option} {str(path)!r}: its folder does not exist; create it first"
        )
    for source in read:
        # os.path takes any text for a name, however long.
        is_there = isinstance(source, (str, Path)) and os.path.exists(source)  # noqa: PTH110
        if is_there and path.exists() and path.samefile(source):
            raise ConfigurationError(
                f"output {str(path)!r} is also an input and would be lost; choose another {option}"
            )


@contextmanager
def open_writer(
    output_format: str | MakeWriter, path: Path | None, layout: ResultLayout
) -> Iterator[ResultWriter]:
    """Open a writer on a file, or on standard output where the path is None.

    The file takes its name at the end; when the block is interrupted, with what is done.

    Args:
        output_format: one of WRITERS, or a writer that a command brings itself.
        path: of the file.
        layout: of the task's results.
    """
    if path is None:
        if sys.stdout is None:
            raise ConfigurationError("standard output is closed; open it, or give -o FILE")
        write_as_escapes(sys.stdout)
        yield from _write_to(sys.stdout, output_format, layout)
        return
    stopped: BaseException | None = None
    with replacing(path, encoding="utf-8", errors=AS_ESCAPES, newline="") as file:
        try:
            yield from _write_to(file, output_format, layout)
        except (KeyboardInterrupt, DltasksError) as error:
            stopped = error  # what is done is kept
    if stopped:
        raise stopped


def _write_to(
    file: IO[str], output_format: str | MakeWriter, layout: ResultLayout
) -> Iterator[ResultWriter]:
    kind = WRITERS[output_format] if isinstance(output_format, str) else output_format
    writer = kind(file, layout)
    writer.begin()
    try:
        yield writer
    finally:
        writer.end()
        file.flush()
