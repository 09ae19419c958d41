"""Subtitles: SubRip (.srt) and WebVTT (.vtt)."""

from __future__ import annotations

import textwrap
from typing import Any

from dltasks.cli.output import Record, ResultWriter
from pipelines.errors import ConfigurationError

LINE_CHARACTERS = 42  # that a viewer reads at a glance, as broadcasters have it


class SubtitleWriter(ResultWriter):
    """Cues in the order of time; errors go to standard error alone.

    Raises:
        ConfigurationError: a second recording comes; its times would begin at zero again.
    """

    point = ","  # between seconds and milliseconds
    heading = ""

    _written = False

    def begin(self) -> None:
        self.file.write(self.heading)

    def write(self, record: Record) -> None:
        if record.result is None:
            return
        if self._written:
            raise ConfigurationError(
                f"{record.source}: one subtitle file is for one recording; transcribe one at a time"
            )
        self._written = True
        for number, segment in enumerate(record.result["segments"], start=1):
            self.file.write(self._cue(number, segment))

    def _cue(self, number: int, segment: dict[str, Any]) -> str:
        start, end = (
            format_time(segment[name], self.point) for name in ("start_seconds", "end_seconds")
        )
        text = "\n".join(textwrap.wrap(self.escape(segment["text"]), LINE_CHARACTERS))
        return f"{number}\n{start} --> {end}\n{text}\n\n"

    def escape(self, text: str) -> str:
        """Give the text as the format has it; an arrow would be taken for a time."""
        return text.replace("-->", "->")


class SrtWriter(SubtitleWriter):
    """SubRip."""


class VttWriter(SubtitleWriter):
    """WebVTT, as the W3C describes it."""

    point = "."
    heading = "WEBVTT\n\n"

    def escape(self, text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def format_time(seconds: float, point: str) -> str:
    """Write a time as hours:minutes:seconds and milliseconds after the point."""
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{milliseconds:03}"
