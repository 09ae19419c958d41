"""Subtitles keep everything but their texts, byte for byte."""

from __future__ import annotations

import re

import pytest

from pipelines.errors import InputError
from pipelines.translation.documents.subtitle_lines import MOST_LETTERS_PER_LINE, break_text
from pipelines.translation.documents.subtitles import Subtitles
from tests.pipelines.translation.documents.upper import fill, fill_upper

SUBTITLES = """3
00:00:01,000 --> 00:00:02,500
I am going
home now.

7
00:00:03,000 --> 00:00:04,000
- Why?
- <i>Because.</i>

"""
HARD = """\ufeff1
00:00:01,000 --> 00:00:02,500  X1:100 X2:200
{\\an8}<i>I am going</i>

00:00:02,000 --> 00:00:04,000
-Why?
-{\\an8}<font color="#fff">Because</font> of <i>you</i>.

9
00:00:04,500 --> 00:00:05,000

10
00:00:05,000 --> 00:00:06,000
[DOOR SLAMS]
♪ Sing it ♪
-5 degrees & <b>cold</b>

11
0:00:06,500 --> 0:00:07,000
No end"""
CAPTIONS = """WEBVTT - a title
Kind: captions

STYLE
::cue(i) { color: red }

NOTE a note
over two lines

REGION
id:fred

intro
00:01.000 --> 00:02.500 align:start position:10%
<v Anna>Hello &amp; welcome.</v>

NOTE between
1
00:00:02.000 --> 00:00:04.000 line:0
- Why?
- <c.loud>Because</c> <00:00:03.000>I say so
"""


def test_lines_of_a_subtitle_are_one_text_and_dashes_begin_another() -> None:
    document = Subtitles(SUBTITLES.encode(), "a.srt", ".srt")
    assert document.texts == ["I am going home now.", "Why?", "Because."]
    assert fill(document, ["Me voy.", "¿Por qué?", "Porque."]) == SUBTITLES.replace(
        "I am going\nhome now.", "Me voy."
    ).replace("- Why?\n- <i>Because.</i>", "- ¿Por qué?\n- <i>Porque.</i>")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("ending", [".srt", ".vtt"])
def test_all_but_the_texts_stays_byte_for_byte(ending: str, end: str) -> None:
    content = (HARD if ending == ".srt" else CAPTIONS).replace("\n", end)
    document = Subtitles(content.encode(), f"a{ending}", ending)
    assert fill(document, document.texts) == content
    lines, expected = fill_upper(document).split(end), content.split(end)
    assert len(lines) == len(expected)
    changed = [old for old, new in zip(expected, lines, strict=True) if old != new]
    assert not any("-->" in line or "NOTE" in line or "::cue" in line for line in changed)
    assert len(changed) == (6 if ending == ".srt" else 3)


def test_tags_within_a_text_are_for_the_translator() -> None:
    document = Subtitles(HARD.encode(), "a.srt", ".srt")
    assert document.texts == [
        "I am going",
        "Why?",
        "<x1>Because</x1> of <x2>you</x2>.",
        "[DOOR SLAMS]",
        "Sing it",
        "-5 degrees & <x1>cold</x1>",
        "No end",
    ]
    captions = Subtitles(CAPTIONS.encode(), "a.vtt", ".vtt")
    assert captions.texts[0] == "Hello & welcome."
    assert "<v Anna>HOLA &amp; A &lt; B</v>" in fill(captions, ["HOLA & A < B", "b", "c"])


def test_markup_that_the_translation_has_lost_is_counted() -> None:
    document = Subtitles(HARD.encode(), "a.srt", ".srt")
    fill(document, ["a", "b", "c", "d", "e", "f", "g"])
    assert document.remarks == [
        "2 texts have lost mark-up such as bold or a link; look at the result"
    ]


def test_long_texts_are_broken_into_lines_of_about_the_same_length() -> None:
    document = Subtitles(SUBTITLES.encode(), "a.srt", ".srt")
    filled = fill(document, ["una palabra " * 6, "b", "c"])
    lines = filled.split("\n\n")[0].splitlines()[2:]
    assert len(lines) == 2
    assert all(30 <= len(line) <= MOST_LETTERS_PER_LINE for line in lines)
    assert " ".join(lines) == ("una palabra " * 6).strip()


def test_no_line_is_broken_within_a_tag_and_tags_have_no_length() -> None:
    text = (
        'A <font color="#ffffff" face="Some Font">word or two</font> of <v Anna Maria>somebody</v>'
    )
    assert break_text(text) == [text]
    for words in range(1, 30):
        lines = break_text(" ".join(["<i class='a b'>wordy</i>"] * words))
        assert all(len(re.sub("<[^>]*>", "", line)) <= MOST_LETTERS_PER_LINE for line in lines)
        assert all(line.count("<") == line.count(">") for line in lines)


def test_a_word_longer_than_a_line_stays_whole() -> None:
    assert break_text(f"a {'b' * 60} c") == ["a", "b" * 60, "c"]


def test_a_sentence_over_several_subtitles_keeps_its_parts_apart() -> None:
    content = "".join(
        f"{number}\n00:00:0{number},000 --> 00:00:0{number},900\n{text}\n\n"
        for number, text in enumerate(["I know that", "you are", "at home."], start=1)
    )
    document = Subtitles(content.encode(), "a.srt", ".srt")
    assert document.texts == ["I know that", "you are", "at home."]


@pytest.mark.parametrize(
    ("ending", "content", "message"),
    [
        (".srt", "no times\n", "not subtitles: no line is like '00:00:01,000 --> 00:00:02,500'"),
        (".srt", "1\n00:00:01,000 --> 00:0\nHi\n", "line 2: '00:00:01,000 --> 00:0' is not like"),
        (".vtt", "00:01.000 --> 00:02.000\nHi\n", "its first line is not WEBVTT"),
        (".vtt", "WEBVTT\n\n00:01 --> 00:02\nHi\n", "line 3: '00:01 --> 00:02' is not like"),
        (".srt", "", "not subtitles"),
    ],
)
def test_damaged_subtitles_are_named(ending: str, content: str, message: str) -> None:
    with pytest.raises(InputError, match=r"^a\.sub[ :]") as caught:
        Subtitles(content.encode(), "a.sub", ending)
    assert message in str(caught.value)


def test_captions_without_a_cue_are_captions() -> None:
    assert Subtitles(b"WEBVTT\n", "a.vtt", ".vtt").texts == []


def test_lines_that_each_have_the_same_tags_are_one_text() -> None:
    content = SUBTITLES.replace("I am going\nhome now.", "<i>I am going</i>\n<i>home now.</i>")
    document = Subtitles(content.encode(), "a.srt", ".srt")
    assert document.texts[0] == "I am going home now."
    assert "\n<i>Me voy.</i>\n" in fill(document, ["Me voy.", "b", "c"])
