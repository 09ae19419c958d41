from __future__ import annotations

from typing import Any

import pytest

from pipelines import ConfigurationError
from pipelines.options import CueOptions
from pipelines.speech_recognition.subtitle_formats import format_time, write_subtitles
from pipelines.speech_recognition.transcription import Segment, SpokenWord, join_segments


def segment(start: float, end: float, text: str, *words: SpokenWord) -> Segment:
    return Segment(start, end, text, words, 0.0, 0.9)


def write(form: str, *segments: Segment, **options: Any) -> str:
    return write_subtitles(segments, form, CueOptions(**options))


ONE = segment(0.0, 1.5, "One.")
TWO = segment(3661.25, 3662.5, "Two.")
HELLO = segment(0, 1, "Hi you", SpokenWord("Hi", 0.0, 0.4, 1), SpokenWord("you", 0.5, 1.0, 1))


def test_srt_numbers_its_cues_and_has_commas() -> None:
    assert write("srt", ONE, TWO) == (
        "1\n00:00:00,000 --> 00:00:01,500\nOne.\n\n2\n01:01:01,250 --> 01:01:02,500\nTwo.\n\n"
    )


def test_vtt_has_its_heading_points_and_escapes() -> None:
    text = write("vtt", segment(0.0, 1.5, 'a < "b" & c --> d'))
    assert text.startswith("WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\n")
    assert text.endswith('a &lt; "b" &amp; c --&gt; d\n\n')


def test_vtt_has_its_cue_settings() -> None:
    text = write("vtt", ONE, cue_settings="line:85%  align:center")
    assert "00:00:01.500 line:85% align:center\nOne." in text


def test_an_arrow_in_the_text_is_no_time_in_srt() -> None:
    assert write("srt", segment(0, 1, "a --> b ---> c")).count("-->") == 1


def test_tsv_has_milliseconds() -> None:
    assert write("tsv", ONE) == "start\tend\ttext\n0\t1500\tOne.\n"


def test_audacity_has_seconds() -> None:
    assert write("audacity", ONE) == "0.000000\t1.500000\tOne.\n"


def test_each_word_is_underlined_while_it_is_said() -> None:
    text = write("srt", HELLO, highlight_words=True)
    assert text == (
        "1\n00:00:00,000 --> 00:00:00,500\n<u>Hi</u> you\n\n"
        "2\n00:00:00,500 --> 00:00:01,000\nHi <u>you</u>\n\n"
    )


def test_escapes_do_not_reach_the_underlining() -> None:
    text = write("vtt", segment(0, 1, "a<b", SpokenWord("a<b", 0, 1, 1)), highlight_words=True)
    assert "<u>a&lt;b</u>" in text


def test_nothing_said_is_a_file_without_cues() -> None:
    assert [write(form) for form in ("srt", "vtt", "tsv", "audacity")] == [
        "",
        "WEBVTT\n\n",
        "start\tend\ttext\n",
        "",
    ]


@pytest.mark.parametrize(
    ("form", "options", "message"),
    [
        ("ass", {}, "'ass' is not one of srt, vtt, tsv, audacity"),
        ("tsv", {"highlight_words": True}, "highlight_words has no effect in tsv"),
        ("srt", {"cue_settings": "line:0"}, "cue_settings has no effect in srt"),
    ],
)
def test_what_a_format_cannot_show_is_refused(
    form: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        join_segments("en", (ONE,)).to_subtitles(form, **options)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0.0, "00:00:00.000"), (59.9996, "00:01:00.000"), (360_000.5, "100:00:00.500")],
)
def test_times_are_rounded_to_milliseconds_before_they_are_split(
    seconds: float, written: str
) -> None:
    assert format_time(seconds, ".") == written
