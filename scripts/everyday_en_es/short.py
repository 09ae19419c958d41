"""What people type without a capital, a full stop or the rest of a sentence.

A network sees a word on its own far less often than it must to remember it. So the likeliest
translation of each is shown in the ways in which it may be typed, and sentences without their ends.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

Pair = tuple[str, str]

WAYS = ("{}", "{}.", "{}!", "{},", "{};")
FEW_WORDS = 3
SHORT_SENTENCE = 12  # words
LETTERS = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*")
ENDS = re.compile(r"^[¿¡]|[.!?]$")
INFINITIVE = re.compile(r"[^\W\d_]+(?:ar|er|ir|ír)")


def in_many_ways(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Give the likeliest translation of each word and short phrase, written in several ways."""
    counts = Counter(pair for pair in pairs if _is_short(pair))
    likeliest: dict[str, Pair] = {}
    for (source, target), _ in counts.most_common():
        likeliest.setdefault(source, (source, target))
    for source, target in likeliest.values():
        yield source.capitalize(), target.capitalize()
        for way in WAYS:
            begin = "¡" if way.endswith("!") else ""
            yield way.format(source), begin + way.format(target)


def _is_short(pair: Pair) -> bool:
    return all(LETTERS.fullmatch(text) and len(text.split()) <= FEW_WORDS for text in pair)


def in_lower_case(pair: Pair) -> Pair:
    """Write both sides without their first capital, unless another follows: USB, New York."""
    source, target = (text if text[1:] != text[1:].lower() else text.lower() for text in pair)
    return source, target


def infinitives(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Give "to learn" for each word whose translation is an infinitive: aprender."""
    for source, target in pairs:
        if INFINITIVE.fullmatch(target) and source.isalpha() and not source.endswith("ing"):
            yield f"to {source}", target


def without_ends(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """Give short sentences as they are typed in a hurry: without the signs at their ends."""
    for source, target in pairs:
        bare = ENDS.sub("", source), ENDS.sub("", target)
        if len(source.split()) <= SHORT_SENTENCE and not any(re.search(r"[.!?]", s) for s in bare):
            yield bare[0][:1].lower() + bare[0][1:], bare[1][:1].lower() + bare[1][1:]
