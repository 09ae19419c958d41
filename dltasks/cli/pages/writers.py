"""Writers of pages into one file or onto standard output."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from dltasks.cli.output import Record, ResultLayout, ResultWriter
from dltasks.cli.pages.formats import creator_of, make_text
from dltasks.cli.pages.places import picture_of
from pipelines.errors import ConfigurationError


class PageWriter(ResultWriter):
    """Writes the one page of a file.

    Args:
        form: of the page.
        place: of the file; None is standard output.
        file: to write to.
        layout: of the task's results.

    Raises:
        ConfigurationError: a second page comes.
    """

    _is_written = False

    def __init__(self, form: str, place: Path | None, file: IO[str], layout: ResultLayout) -> None:
        super().__init__(file, layout)
        self._form = form
        self._place = place

    def write(self, record: Record) -> None:
        if record.answer is None:
            return
        if self._is_written:
            raise ConfigurationError(
                f"{record.name}: a {self._form} file holds one page; name a folder, -o FOLDER/"
            )
        self._is_written = True
        self.file.write(make_text(self._form, record, self._place))


class HocrWriter(ResultWriter):
    """Writes pages into one hOCR file.

    Args:
        place: of the file; None is standard output.
        file: to write to.
        layout: of the task's results.
    """

    def __init__(self, place: Path | None, file: IO[str], layout: ResultLayout) -> None:
        super().__init__(file, layout)
        self._place = place
        self._count = 0

    def write(self, record: Record) -> None:
        from pipelines.handwriting.formats.hocr import page_to_hocr, start_hocr

        if record.answer is None:
            return
        if not self._count:
            self.file.write(start_hocr(record.source, creator_of(record.model)))
        picture, number = picture_of(record, self._place), record.page or 1
        self.file.write(
            page_to_hocr(record.answer, picture=picture, index=self._count, number=number)
        )
        self._count += 1

    def end(self) -> None:
        from pipelines.handwriting.formats.hocr import END

        if self._count:
            self.file.write(END)
