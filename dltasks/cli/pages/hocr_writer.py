"""Write pages into one hOCR file, or onto standard output."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from dltasks.cli.output import Record, ResultLayout, ResultWriter
from dltasks.cli.pages.formats import creator_of
from dltasks.cli.pages.places import picture_of

UTF_8 = "utf-8"


class HocrWriter(ResultWriter):
    """Writes pages as they come; errors go to standard error alone.

    Args:
        place: of the file; None is standard output.
        file: to write to.
        layout: of the task's results.
    """

    _has_begun = False
    _count = 0

    def __init__(self, place: Path | None, file: IO[str], layout: ResultLayout) -> None:
        super().__init__(file, layout)
        self._place = place

    def write(self, record: Record) -> None:
        from pipelines.handwriting.formats.hocr import page_to_hocr, start_hocr

        if not self._has_begun:
            self._write(start_hocr(record.source, creator_of(record.model)))
            self._has_begun = True
        if record.answer is None:
            return
        picture, number = picture_of(record, self._place), record.page or 1
        self._write(page_to_hocr(record.answer, picture=picture, index=self._count, number=number))
        self._count += 1

    def end(self) -> None:
        from pipelines.handwriting.formats.hocr import END

        if self._has_begun:
            self.file.write(END)

    def _write(self, text: str) -> None:
        """Write a part; onto a terminal or a pipe that is not UTF-8, letters as numbers."""
        encoding = (getattr(self.file, "encoding", None) or UTF_8).lower()
        self.file.write(
            text if encoding == UTF_8 else text.encode("ascii", "xmlcharrefreplace").decode()
        )
