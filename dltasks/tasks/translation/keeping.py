"""Training pairs with marks in place of words, so that the network learns to copy marks.

At run time a mark replaces text that must not be translated: a placeholder, a tag, a glossary term.
In training it replaces a name or a number that is on both sides.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import replace

from dltasks.data.examples import Example
from pipelines.text import KEPT_MARKS

SHARED = re.compile(r"\b(?:[^\W\d_]*[A-Z]\w*|\d+)\b")  # a word with a capital, or a number
MOST_MARKS = 3  # of a sentence


def with_marks(examples: Iterable[Example], fraction: float, seed: int) -> list[Example]:
    """Make marked pairs of a part of those that share names or numbers.

    Args:
        examples: pairs.
        fraction: of those that can be marked, 0 to 1.
        seed: of the choice.

    Returns:
        New pairs, to train on beside the others.
    """
    marked = []
    for item in examples:
        drawn = random.Random(f"{seed} {item.source} {item.target}")
        words = _shared_words(item) if drawn.random() < fraction else []
        if words:
            marks = drawn.sample(KEPT_MARKS, len(words))
            marked.append(_mark(item, dict(zip(words, marks, strict=True))))
    return marked


def _shared_words(item: Example) -> list[str]:
    """List the words that each side has exactly once."""
    found = [SHARED.findall(item.source), SHARED.findall(item.target)]
    words = [word for word in found[0] if found[0].count(word) == found[1].count(word) == 1]
    return words[:MOST_MARKS]


def _mark(item: Example, mark_of: dict[str, str]) -> Example:
    def mark(text: str) -> str:
        return SHARED.sub(lambda match: mark_of.get(match[0], match[0]), text)

    return replace(item, source=mark(item.source), target=mark(item.target))
