"""Cues of subtitles, by the rules that subtitlers use.

Karamitroglou 1998, "A proposed set of subtitling standards in Europe"; the BBC's subtitle
guidelines; Netflix' timed text style guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, starmap
from typing import TYPE_CHECKING, Any

from pipelines.line_breaks import balance
from pipelines.options import CueOptions
from pipelines.speech_recognition.cue_words import CueWord, cut_words

if TYPE_CHECKING:
    from pipelines.speech_recognition.transcription import Segment

SENTENCE_END = re.compile(r".*[.!?…。！？؟۔][\"'”’»)\]」』]*", re.DOTALL)
CLAUSE_END = re.compile(r".*[,;:–—、，；：،؛][\"'”’»)\]」』]*", re.DOTALL)
ABBREVIATION = re.compile(r"(?:Mr|Mrs|Ms|Dr|Prof|St|vs|[A-Z]|\w\.\w)\.")  # ends no sentence
PAUSE_SECONDS = 1.0  # a cue does not stay over a longer one
SHORTEST_CUE_SECONDS = 5 / 6  # that a reader notices; as Netflix has it
LINGER_SECONDS = 2.0  # that a cue may stay after its speech, to be read
LEAST_SECONDS = 0.02  # of a cue, where there is no room for more
# What a break costs between cues, and what a cue costs: few cues, cut where the sense is.
CUE_COST, CLAUSE_COST, OTHER_COST = 2.0, 2.0, 6.0
PAUSE_DISCOUNT = 4.0  # per second of pause: a long one is as good as the end of a clause
INSIDE_SENTENCE_COST = 3.0  # for a sentence that ends within a cue
HASTY_COST = 3.0  # for a cue that is twice too fast to read
SHORT_COST = 6.0  # for a cue that is hardly there


@dataclass(frozen=True)
class Cue:
    """What is shown at once.

    Attributes:
        start_seconds: when its first word begins.
        end_seconds: when it goes: not before its last word is said, except where the next cue
            needs the gap; later if it needs time to be read.
        lines: its text.
        words: of each line, with their times.
    """

    start_seconds: float
    end_seconds: float
    lines: tuple[str, ...]
    words: tuple[tuple[CueWord, ...], ...]

    @property
    def text(self) -> str:
        """Its lines as one."""
        return join_words([word for line in self.words for word in line])

    def to_dict(self) -> dict[str, Any]:
        """Give its times and its lines, as JSON has them."""
        return {
            "start_seconds": self.start_seconds,
            "end_seconds": self.end_seconds,
            "lines": list(self.lines),
        }


def make_cues(segments: Iterable[Segment], options: CueOptions) -> list[Cue]:
    """Cut what was said into cues.

    A cue ends at the end of a sentence, rather than of a clause, rather than at a long pause,
    rather than elsewhere. No text is dropped: fast speech is shown faster than one reads.

    Args:
        segments: in the order of time; without times of words these are estimated.
        options: the rules.

    Returns:
        Cues in the order of time, which do not overlap; times are multiples of a millisecond.
    """
    words = cut_words(segments, options.max_line_characters)
    groups = [
        stretch[start:end]
        for stretch in _part_at_pauses(words)
        for start, end in pairwise(_find_breaks(stretch, options))
    ]
    begins = [group[0].start_seconds for group in groups] + [float("inf")]
    return [
        _make_cue(group, following, options)
        for group, following in zip(groups, begins[1:], strict=True)
    ]


def join_words(words: Sequence[CueWord]) -> str:
    """Join words to a text, with the spaces that are between them."""
    return "".join(f"{' ' if word.space else ''}{word.text}" for word in words).strip()


def _part_at_pauses(words: Sequence[CueWord]) -> Iterator[Sequence[CueWord]]:
    starts = [
        place
        for place, (before, after) in enumerate(pairwise(words), start=1)
        if after.start_seconds - before.end_seconds >= PAUSE_SECONDS
    ]
    for start, end in pairwise([0, *starts, len(words)]):
        if end > start:
            yield words[start:end]


def _find_breaks(words: Sequence[CueWord], options: CueOptions) -> list[int]:
    """Give where each cue begins, and the end, at the least cost (Bellman 1957)."""
    ends = [_ends_sentence(word) for word in words]
    breaks = [*starmap(_break_cost, pairwise(words)), 0.0]
    least = [0.0] + [float("inf")] * len(words)
    come = [0] * (len(words) + 1)
    for start in range(len(words)):
        inside = 0  # sentences that end within the cue
        for end, letters in _possible_ends(words, start, options):
            cost = least[start] + CUE_COST + breaks[end - 1] + inside * INSIDE_SENTENCE_COST
            cost += _haste(words, start, end, letters, options)
            inside += ends[end - 1]
            if cost < least[end]:
                least[end], come[end] = cost, start
    places = [len(words)]
    while places[-1]:
        places.append(come[places[-1]])
    return places[::-1]


def _possible_ends(
    words: Sequence[CueWord], start: int, options: CueOptions
) -> Iterator[tuple[int, int]]:
    """Give where a cue can end that begins with a word, and its width; lines take what fits."""
    width = options.max_line_characters
    lines, used, letters, said = 1, 0, 0, 0
    for place in range(start, len(words)):
        word = words[place]
        needed = used + (word.space if used else 0) + word.width
        lines, used = (lines, needed) if needed <= width else (lines + 1, word.width)
        letters += word.width + word.space
        said += word.starts_word
        seconds = word.end_seconds - words[start].start_seconds
        too_many = options.max_words_per_cue is not None and said > options.max_words_per_cue
        too_much = lines > options.max_lines or seconds > options.max_cue_seconds or too_many
        if too_much and place > start:
            return
        yield place + 1, letters


def _lengths(words: Sequence[CueWord]) -> tuple[list[int], list[int]]:
    """Give the widths of words and of the spaces before them."""
    return [word.width for word in words], [int(word.space) for word in words]


def _break_cost(before: CueWord, after: CueWord) -> float:
    if _ends_sentence(before):
        return 0.0
    is_clause = CLAUSE_END.fullmatch(before.text) or before.ends_segment
    pause = max(after.start_seconds - before.end_seconds, 0.0)
    cost = CLAUSE_COST if is_clause else OTHER_COST
    return max(cost - PAUSE_DISCOUNT * pause, CLAUSE_COST / 2)


def _ends_sentence(word: CueWord) -> bool:
    return bool(SENTENCE_END.fullmatch(word.text)) and not ABBREVIATION.fullmatch(word.text)


def _haste(
    words: Sequence[CueWord], start: int, end: int, letters: int, options: CueOptions
) -> float:
    """Give what it costs that a cue is short, or faster than one reads."""
    begins = words[start].start_seconds
    until = words[end].start_seconds if end < len(words) else begins + options.max_cue_seconds
    seconds = max(until - options.gap_seconds - begins, LEAST_SECONDS)
    speed = letters / seconds
    too_fast = max(speed / options.max_characters_per_second - 1.0, 0.0)
    too_short = max(1.0 - seconds / SHORTEST_CUE_SECONDS, 0.0)
    return HASTY_COST * min(too_fast, 2.0) + SHORT_COST * too_short


def _make_cue(words: Sequence[CueWord], following: float, options: CueOptions) -> Cue:
    """Make a cue, `following` being when the next one begins."""
    start, said = words[0].start_seconds, words[-1].end_seconds
    lines = _break_lines(words, options)
    texts = tuple(map(join_words, lines))
    letters = sum(map(len, texts)) + len(texts) - 1
    needed = max(letters / options.max_characters_per_second, SHORTEST_CUE_SECONDS)
    end = max(said, min(start + needed, said + LINGER_SECONDS))
    end = min(end, start + options.max_cue_seconds, following - options.gap_seconds)
    end = min(max(end, start + LEAST_SECONDS), following)
    return Cue(round(start, 3), round(end, 3), texts, lines)


def _break_lines(words: Sequence[CueWord], options: CueOptions) -> tuple[tuple[CueWord, ...], ...]:
    places = [*balance(*_lengths(words), options.max_line_characters), len(words)]
    return tuple(tuple(words[start:end]) for start, end in pairwise(places))
