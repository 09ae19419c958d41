from __future__ import annotations

import io
import re
from typing import Any

import pytest

from dltasks.cli.output import Record, ResultLayout
from dltasks.cli.subtitles import LINE_CHARACTERS, SrtWriter, SubtitleWriter, VttWriter, format_time
from pipelines import ConfigurationError

LAYOUT = ResultLayout(str, (), lambda result: [])


def segment(start: float, end: float, text: str) -> dict[str, Any]:
    return {"start_seconds": start, "end_seconds": end, "text": text}


def write(kind: type[SubtitleWriter], *segments: dict[str, Any]) -> str:
    file = io.StringIO()
    writer = kind(file, LAYOUT)
    writer.begin()
    result = {"segments": list(segments)}
    writer.write(Record("a.wav", "speech-recognition", "m", result))
    writer.end()
    return file.getvalue()


def test_srt_numbers_its_cues_and_has_commas() -> None:
    text = write(SrtWriter, segment(0.0, 1.5, "One."), segment(3661.25, 3662.0, "Two."))
    assert text == (
        "1\n00:00:00,000 --> 00:00:01,500\nOne.\n\n2\n01:01:01,250 --> 01:01:02,000\nTwo.\n\n"
    )


def test_vtt_has_its_heading_points_and_escapes() -> None:
    text = write(VttWriter, segment(0.0, 1.5, "a < b & c --> d"))
    assert text.startswith("WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\n")
    assert text.endswith("a &lt; b &amp; c --&gt; d\n\n")


def test_an_arrow_in_the_text_is_no_time_in_srt() -> None:
    assert write(SrtWriter, segment(0, 1, "a --> b")).count("-->") == 1


def test_long_texts_are_broken_into_lines_that_fit() -> None:
    text = write(SrtWriter, segment(0, 9, "word " * 30))
    assert max(len(line) for line in text.splitlines()) <= LINE_CHARACTERS
    assert len(re.findall("word", text)) == 30


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.0, "00:00:00.000"), (59.9996, "00:01:00.000"), (360_000.5, "100:00:00.500")],
)
def test_times_are_rounded_to_milliseconds_before_they_are_split(
    seconds: float, written: str
) -> None:
    assert format_time(seconds, ".") == written


def test_a_failed_recording_leaves_no_cue_and_a_second_one_is_refused() -> None:
    writer = SrtWriter(io.StringIO(), LAYOUT)
    writer.write(Record("bad.wav", "speech-recognition", "m", error="damaged"))
    good = Record("a.wav", "speech-recognition", "m", result={"segments": []})
    writer.write(good)
    with pytest.raises(ConfigurationError, match=r"a\.wav: one subtitle file"):
        writer.write(good)
