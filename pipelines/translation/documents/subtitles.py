"""Subtitles: SubRip (.srt) and WebVTT (.vtt).

The lines of the file stay; those of a subtitle's text are replaced. pysubs2 tells which lines have
times, and has to find the same subtitles: no library writes settings, notes and styles back as
they were.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from pipelines.errors import InputError
from pipelines.translation.documents.base import (
    LINE_END,
    Edit,
    decode,
    has_letters,
    splice,
    split_lines,
    without_end,
)
from pipelines.translation.documents.inline import Inline, Item, Mark
from pipelines.translation.documents.passages import Passages
from pipelines.translation.documents.subtitle_lines import break_text, join_lines, take_apart

ARROW = "-->"
TIMES = {
    ".srt": re.compile(r"\s*-?\d+:\d+:\d+(?:[,.:]\d+)?\s*-->\s*-?\d+:\d+:\d+"),
    ".vtt": re.compile(r"\s*(?:\d+:)?\d+:\d+\.\d+\s+-->\s+(?:\d+:)?\d+:\d+\.\d+"),
}
EXAMPLES = {
    ".srt": "00:00:01,000 --> 00:00:02,500",
    ".vtt": "00:01.000 --> 00:02.500",
}


@dataclass(frozen=True)
class Cue:
    """The text of a subtitle: the place of its lines, and what is said.

    Attributes:
        start: of its first line in the file.
        end: of its last line without the break.
        said: each text, taken apart where there is something to translate.
    """

    start: int
    end: int
    said: tuple[str | Inline, ...]


class Subtitles:
    """A file of subtitles: all but their texts stays.

    The lines of a subtitle are one text, broken again where it is long; lines that begin with a
    dash, and sounds in brackets, are texts of their own.

    Args:
        content: of the file.
        origin: its name.
        ending: .srt or .vtt.

    Raises:
        InputError: it is damaged, or is something else.
    """

    def __init__(self, content: bytes, origin: str, ending: str) -> None:
        self.remarks: list[str] = []
        self._mark, self._source = decode(content, origin)
        self._is_vtt = ending == ".vtt"
        self._passages = Passages()
        lines = split_lines(self._source)
        if self._is_vtt and not re.match(r"WEBVTT(?!\S)", lines[0] if lines else ""):
            raise InputError(f"{origin}: not WebVTT: its first line is not WEBVTT; fix it")
        times = list(_find_times(lines, ending, origin))
        _check(self._source, ending, len(times), origin)
        starts = [0, *accumulate(map(len, lines))]
        self._cues = [
            self._cue(starts, lines, first, last)
            for first, last in _texts_of(lines, times, is_vtt=self._is_vtt)
        ]
        self.texts = self._passages.texts

    def fill(self, translations: Sequence[str]) -> str:
        self.remarks = []
        restored = iter(self._passages.restore(translations, self.remarks))
        edits: list[Edit] = []
        for cue in self._cues:
            if not any(isinstance(item, Inline) for item in cue.said):
                continue
            lines: list[str] = []
            for item in cue.said:
                text = item if isinstance(item, str) else self._write(next(restored))
                lines += break_text(text)
            found = LINE_END.search(self._source, cue.start) or LINE_END.search(self._source)
            whole = (line for line in lines if line)  # an empty line would end it
            edits.append((cue.start, cue.end, (found[0] if found else "\n").join(whole)))
        return self._mark + splice(self._source, edits)

    def _cue(self, starts: list[int], lines: list[str], first: int, last: int) -> Cue:
        said = [
            (self._passages.add(self._read(take_apart(text))) if has_letters(text) else None)
            or text
            for text in join_lines(map(without_end, lines[first:last]))
        ]
        end = starts[last] - len(lines[last - 1]) + len(without_end(lines[last - 1]))
        return Cue(starts[first], end, tuple(said))

    def _read(self, items: Iterator[Item]) -> Iterator[Item]:
        for item in items:
            yield html.unescape(item) if isinstance(item, str) and self._is_vtt else item

    def _write(self, items: Sequence[Item]) -> str:
        text = ""
        for item in items:
            if isinstance(item, Mark):
                text += item.raw
            else:
                text += html.escape(item, quote=False) if self._is_vtt else item
        return " ".join(text.split("\n"))


def _find_times(lines: Sequence[str], ending: str, origin: str) -> Iterator[int]:
    """Give the places of the lines that have times.

    Raises:
        InputError: a line looks like one, and its times cannot be read.
    """
    for place, line in enumerate(lines):
        if ARROW not in line:
            continue
        if TIMES[ending].match(line):
            yield place
        elif line.lstrip()[:1].isdigit() and ":" in line:
            raise InputError(
                f"{origin} line {place + 1}: {without_end(line)[:60]!r} is not like "
                f"{EXAMPLES[ending]!r}; fix it"
            )


def _check(source: str, ending: str, count: int, origin: str) -> None:
    """Let pysubs2 find the subtitles, too.

    Raises:
        InputError: there are none, or it finds others.
    """
    from pysubs2 import SSAFile

    plain = re.sub(r"\r\n?", "\n", source)
    try:
        found = len(SSAFile.from_string(plain, ending[1:], keep_html_tags=True))
    except (ValueError, ArithmeticError) as error:
        raise InputError(f"{origin}: not subtitles: {error}; fix it") from None
    if not count and ending == ".srt":
        raise InputError(f"{origin}: not subtitles: no line is like {EXAMPLES[ending]!r}; fix it")
    if found != count:
        raise InputError(
            f"{origin}: not subtitles: {count} lines are like {EXAMPLES[ending]!r}, and pysubs2 "
            f"finds {found} subtitles; fix it"
        )


def _texts_of(
    lines: Sequence[str], times: Sequence[int], *, is_vtt: bool
) -> Iterator[tuple[int, int]]:
    """Give the first line of each text, and the line behind its last one."""
    for place, following in pairwise([*times, len(lines)]):
        first, last = place + 1, following
        if is_vtt:  # a text ends before an empty line
            last = next((at for at in range(first, last) if not lines[at].strip()), last)
        elif last < len(lines) and last > first and lines[last - 1].strip().isdigit():
            last -= 1  # the number of the next one
        while last > first and not lines[last - 1].strip():
            last -= 1
        while first < last and not lines[first].strip():
            first += 1
        if first < last:
            yield first, last
