"""Subtitles and labels as results of `dltasks transcribe`, and cues in its JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import IO, Any

from dltasks.cli.output import WRITERS, Record, ResultLayout, ResultWriter
from pipelines.errors import ConfigurationError
from pipelines.options import CueOptions

FORMATS = ("srt", "vtt", "tsv", "audacity")
WITH_CUES = ("json", "jsonl")


def writer_of(form: str, options: CueOptions) -> Callable[[IO[str], ResultLayout], ResultWriter]:
    """Give what makes the writer of a format in FORMATS or WITH_CUES."""
    kind = SubtitleWriter if form in FORMATS else CuesInJson
    return lambda file, layout: kind(file, layout, form, options)


class SubtitleWriter(ResultWriter):
    """Cues in the order of time; errors go to standard error alone.

    Raises:
        ConfigurationError: a second recording comes; its times would begin at zero again.
    """

    _written = False

    def __init__(self, file: IO[str], layout: ResultLayout, form: str, options: CueOptions) -> None:
        super().__init__(file, layout)
        self._form, self._options = form, options

    def write(self, record: Record) -> None:
        from pipelines.speech_recognition.subtitle_formats import write_subtitles

        if record.answer is None:
            return
        if self._written:
            raise ConfigurationError(
                f"{record.source}: one subtitle file is for one recording; transcribe one at a time"
            )
        self._written = True
        self.file.write(write_subtitles(record.answer.segments, self._form, self._options))


class CuesInJson(ResultWriter):
    """JSON of the form, whose results have `cues` besides."""

    def __init__(self, file: IO[str], layout: ResultLayout, form: str, options: CueOptions) -> None:
        super().__init__(file, layout)
        self._writer, self._options = WRITERS[form](file, layout), options

    def begin(self) -> None:
        self._writer.begin()

    def end(self) -> None:
        self._writer.end()

    def write(self, record: Record) -> None:
        from pipelines.speech_recognition.cues import make_cues

        if record.result is not None:
            cues = make_cues(record.answer.segments, self._options)
            result: dict[str, Any] = {**record.result, "cues": [cue.to_dict() for cue in cues]}
            record = replace(record, result=result)
        self._writer.write(record)
