"""The lines of a subtitle: which of them are one text, and where a text is broken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from pipelines.line_breaks import balance
from pipelines.translation.documents.inline import Item, Kind, Mark

MOST_LETTERS_PER_LINE = 42  # as is usual for television
TAG = r"<[^<>]*+>|\{\\[^{}]*+\}"  # <i>, <v Anna>, {\an8}
MARKUP = re.compile(rf"({TAG}|[♪♫]+)")
WORD = re.compile(rf"(?:{TAG}|\S)+")
AGAIN = re.compile(r"</([ibu])> <\1>")  # where each line has the tags of its own
NAME = re.compile(r"</?([A-Za-z]\w*)")
# Dashes of a dialogue, voices, notes: what somebody else says, or sings.
NEW_SPEAKER = re.compile(
    r"(?:<(?!v\b)[^<>]*+>|\{\\[^{}]*+\}|\s)*+(?:[-–—]++(?!\d)|[♪♫]|<v\b)"  # but -5 is a number
)
DASH = re.compile(rf"((?:{TAG}|\s)*+)([-–—]++(?!\d)\s*+)(.*)", re.DOTALL)
SOUND = re.compile(rf"(?:{TAG}|[-–—\s])*+(?:\[[^\]]*+\]|\([^)]*+\)|♪[^♪]*+♪)(?:{TAG}|\s)*+")


def join_lines(lines: Iterable[str]) -> list[str]:
    """Give the texts of a subtitle: what one person says, without its line breaks."""
    texts: list[str] = []
    for line in lines:
        if not line.strip():
            continue
        is_new = NEW_SPEAKER.match(line) or SOUND.fullmatch(line)
        if texts and not is_new and not SOUND.fullmatch(texts[-1]):
            texts[-1] = AGAIN.sub(" ", f"{texts[-1]} {line.strip()}")
        else:
            texts.append(line.strip())
    return texts


def take_apart(text: str) -> Iterator[Item]:
    """Give the words and the marks of a text; a dash at its beginning is a mark, too."""
    dash = DASH.match(text)
    if dash:
        yield from _take_apart(dash[1])
        yield Mark(Kind.ALONE, "", dash[2])
    yield from _take_apart(dash[3] if dash else text)


def _take_apart(text: str) -> Iterator[Item]:
    for place, part in enumerate(MARKUP.split(text)):
        name = NAME.match(part)
        if not place % 2:
            if part:
                yield part
        elif name is None:
            yield Mark(Kind.ALONE, "", part)
        else:
            yield Mark(Kind.CLOSES if part[1] == "/" else Kind.OPENS, name[1].lower(), part)


def break_text(text: str) -> list[str]:
    """Break a text between words into as few lines as it needs, of about the same length."""
    words = WORD.findall(text)
    lengths = [_length(word) for word in words]
    whole = sum(lengths) + max(len(words) - 1, 0)
    if whole <= MOST_LETTERS_PER_LINE:
        return [text.strip()]
    starts = [*balance(lengths, [1] * len(words), MOST_LETTERS_PER_LINE), len(words)]
    return [" ".join(words[start:end]) for start, end in pairwise(starts)]


def _length(word: str) -> int:
    return len(re.sub(TAG, "", word))
