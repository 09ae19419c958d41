"""The attention of a translation over its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Alignment:
    """Where the network looked while it translated a sentence.

    Attributes:
        source: pieces of the sentence; ▁ is the space before a word.
        target: pieces of its translation, and the end.
        weights: [target piece][source piece], each row adds up to 1.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
