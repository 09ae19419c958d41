"""The words that cues are made of: never longer than a line, each with its times."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.speech_recognition.transcription import Segment, SpokenWord

SHORTEST_SECONDS = 0.02  # of a word; two of them never begin at once
# Scripts that have no spaces between words: Thai, Lao, Burmese, Khmer; kana, Han.
WITHOUT_SPACES = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
CHUNK = re.compile(rf"[{WITHOUT_SPACES}]|[^\s{WITHOUT_SPACES}]+")
# What does not begin a line: marks, vowels that stand above or behind, small kana, closing signs.
CLINGS = re.compile(
    r"[\W_]*[。、，．！？：；）」』】〉》…ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々ะาๅๆ%]+"
)


@dataclass(frozen=True)
class CueWord:
    """A word, or a character of a script without spaces.

    Attributes:
        text: without spaces.
        space: whether a space stands before it.
        start_seconds: from the recording's beginning.
        end_seconds: from the recording's beginning, after the start.
        starts_word: whether it is not the rest of a word that was cut.
        ends_segment: whether it is the last of its segment.
    """

    text: str
    space: bool
    start_seconds: float
    end_seconds: float
    starts_word: bool = True
    ends_segment: bool = False

    @cached_property
    def width(self) -> int:
        """Characters that it takes of a line."""
        return measure(self.text)


def measure(text: str) -> int:
    """Count the characters that a text takes of a line.

    Characters of East Asia count twice, as wide as they are; accents above a letter do not count.
    """
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    above = sum(unicodedata.category(character) in ("Mn", "Me", "Cf") for character in text)
    return len(text) + wide - above


def cut_words(segments: Iterable[Segment], width: int) -> list[CueWord]:
    """Cut segments into words.

    Without times of words, they are estimated by the number of characters in the segment.

    Args:
        segments: in the order of time.
        width: of a line; longer words are cut.

    Returns:
        Words in the order of time, none of which begins with another or before it.
    """
    words = [word for segment in segments for word in _cut_segment(segment, width)]
    return list(_in_order(words))


def _cut_segment(segment: Segment, width: int) -> Iterator[CueWord]:
    words = [part for word in _time_chunks(segment) for part in _cut_long(word, width)]
    yield from words[:-1]
    if words:
        yield replace(words[-1], ends_segment=True)


def _time_chunks(segment: Segment) -> list[CueWord]:
    """Cut the text where it may be broken, and give each part the times of its letters."""
    times = _letter_times(segment)
    parts: list[tuple[int, int]] = []
    for found in CHUNK.finditer(segment.text):
        is_near = parts and parts[-1][1] == found.start()
        if is_near and _clings(found[0]):
            parts[-1] = parts[-1][0], found.end()
        else:
            parts.append(found.span())
    letters = list(accumulate((not mark.isspace() for mark in segment.text), initial=0))
    timed = []
    for start, end in parts:
        first, last = letters[start], letters[end]
        space = start == 0 or segment.text[start - 1].isspace()
        timed.append(CueWord(segment.text[start:end], space, times[first][0], times[last - 1][1]))
    return timed


def _clings(text: str) -> bool:
    first = unicodedata.category(text[0])
    return first.startswith("M") or first in ("Po", "Pe", "Pf") or bool(CLINGS.fullmatch(text))


def _letter_times(segment: Segment) -> list[tuple[float, float]]:
    """Give the times of each letter that is no space.

    They are those of its word, spread; of the whole segment where the words are not the text.
    """
    said = "".join("".join(word.text.split()) for word in segment.words)
    parts: Sequence[SpokenWord | Segment] = segment.words
    if said != "".join(segment.text.split()):
        parts = [segment]
    return [
        times
        for part in parts
        for times in _spread(part.start_seconds, part.end_seconds, [1] * _count(part.text))
    ]


def _count(text: str) -> int:
    return len("".join(text.split()))


def _spread(start: float, end: float, lengths: Sequence[int]) -> list[tuple[float, float]]:
    whole = max(sum(lengths), 1)
    edges = [start + (end - start) * done / whole for done in accumulate(lengths, initial=0)]
    return list(pairwise(edges))


def _cut_long(word: CueWord, width: int) -> Iterator[CueWord]:
    """Cut a word that is longer than a line; accents stay with their letters."""
    parts = [""]
    for letter in word.text:
        if parts[-1] and measure(parts[-1] + letter) > width:
            parts.append("")
        parts[-1] += letter
    times = _spread(word.start_seconds, word.end_seconds, [len(part) for part in parts])
    for place, (part, (start, end)) in enumerate(zip(parts, times, strict=True)):
        is_first = place == 0
        yield CueWord(part, word.space and is_first, start, end, starts_word=is_first)


def _in_order(words: Iterable[CueWord]) -> Iterator[CueWord]:
    """Let each word begin after the one before, and last a little."""
    earliest = 0.0
    for word in words:
        start = max(word.start_seconds, earliest)
        end = max(word.end_seconds, start + SHORTEST_SECONDS)
        earliest = start + SHORTEST_SECONDS
        yield replace(word, start_seconds=start, end_seconds=end)
