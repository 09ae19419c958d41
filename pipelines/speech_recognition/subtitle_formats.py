"""Files of subtitles and labels: SubRip, WebVTT, tab-separated values, Audacity's labels."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from pipelines.errors import ConfigurationError
from pipelines.options import CueOptions
from pipelines.speech_recognition.cue_words import CueWord
from pipelines.speech_recognition.cues import Cue, make_cues

if TYPE_CHECKING:
    from pipelines.speech_recognition.transcription import Segment

HIGHLIGHTING = ("srt", "vtt")  # formats that can underline a word
Shown = tuple[float, float, list[str]]  # start, end, lines
Escape = Callable[[str], str]


def write_subtitles(segments: Iterable[Segment], form: str, options: CueOptions) -> str:
    """Give the content of a file.

    Args:
        segments: in the order of time.
        form: a key of WRITERS.
        options: how cues are cut.

    Raises:
        ConfigurationError: there is no such format, or it cannot show what the options ask for.
    """
    if form not in WRITERS:
        raise ConfigurationError(f"format {form!r} is not one of {', '.join(WRITERS)}")
    if options.highlight_words and form not in HIGHLIGHTING:
        raise ConfigurationError(
            f"highlight_words has no effect in {form}; use {' or '.join(HIGHLIGHTING)}"
        )
    if options.cue_settings and form != "vtt":
        raise ConfigurationError(f"cue_settings has no effect in {form}; use vtt")
    return WRITERS[form](make_cues(segments, options), options)


def format_time(seconds: float, point: str) -> str:
    """Write a time as hours:minutes:seconds and milliseconds after the point."""
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    whole, milliseconds = divmod(milliseconds, 1000)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{milliseconds:03}"


def _to_srt(cues: Sequence[Cue], options: CueOptions) -> str:
    return "".join(_number(cues, options, ",", _escape_arrow, ""))


def _to_vtt(cues: Sequence[Cue], options: CueOptions) -> str:
    after = f" {' '.join(options.cue_settings.split())}".rstrip()
    escape = lambda text: html.escape(text, quote=False)  # noqa: E731
    return "WEBVTT\n\n" + "".join(_number(cues, options, ".", escape, after))


def _to_tsv(cues: Sequence[Cue], options: CueOptions) -> str:
    """Write milliseconds and text, as OpenAI's Whisper does."""
    rows = (
        f"{round(cue.start_seconds * 1000)}\t{round(cue.end_seconds * 1000)}\t{cue.text}\n"
        for cue in cues
    )
    return "start\tend\ttext\n" + "".join(rows)


def _to_audacity(cues: Sequence[Cue], options: CueOptions) -> str:
    """Write a label track: seconds and text."""
    return "".join(f"{cue.start_seconds:.6f}\t{cue.end_seconds:.6f}\t{cue.text}\n" for cue in cues)


WRITERS: dict[str, Callable[[Sequence[Cue], CueOptions], str]] = {
    "srt": _to_srt,
    "vtt": _to_vtt,
    "tsv": _to_tsv,
    "audacity": _to_audacity,
}


def _number(
    cues: Sequence[Cue], options: CueOptions, point: str, escape: Escape, after: str
) -> Iterator[str]:
    shown = (part for cue in cues for part in _show(cue, options, escape))
    for number, (start, end, lines) in enumerate(shown, start=1):
        times = f"{format_time(start, point)} --> {format_time(end, point)}{after}"
        text = "\n".join(lines)
        yield f"{number}\n{times}\n{text}\n\n"


def _show(cue: Cue, options: CueOptions, escape: Escape) -> Iterator[Shown]:
    """Give what a cue shows: its text, or again for each word with that word underlined."""
    if not options.highlight_words:
        yield cue.start_seconds, cue.end_seconds, [escape(line) for line in cue.lines]
        return
    words = [word for line in cue.words for word in line]
    starts = [min(round(word.start_seconds, 3), cue.end_seconds) for word in words[1:]]
    times = pairwise([cue.start_seconds, *starts, cue.end_seconds])
    for word, (start, end) in zip(words, times, strict=True):
        if end > start:
            yield start, end, [_underline(line, word, escape) for line in cue.words]


def _underline(line: Sequence[CueWord], spoken: CueWord, escape: Escape) -> str:
    parts = []
    for place, word in enumerate(line):
        text = escape(word.text)
        space = " " if word.space and place else ""
        parts.append(f"{space}<u>{text}</u>" if word is spoken else f"{space}{text}")
    return "".join(parts)


def _escape_arrow(text: str) -> str:
    """Write an arrow so that it is not taken for a time."""
    return re.sub("-{2,}>", "->", text)
