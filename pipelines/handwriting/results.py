"""What is read in a picture: lines and words, and where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from pipelines.base import TaskResult
from pipelines.handwriting.geometry import Box, Point


@dataclass(frozen=True)
class TextWord:
    """A word, its confidence and its place.

    Attributes:
        text: without spaces.
        confidence: the probability of its least certain character, 0 to 1.
        box: where it is in the picture.
    """

    text: str
    confidence: float
    box: Box


@dataclass(frozen=True)
class TextLine:
    """A line of text.

    Attributes:
        text: the text of the line.
        words: the text's words.
        box: where it is in the picture.
        baseline: points on which the letters stand, from the left to the right.
        polygon: corners of its outline, clockwise from the upper left.
        alternatives: other texts that beam search found, most probable first.
    """

    text: str
    words: tuple[TextWord, ...]
    box: Box
    baseline: tuple[Point, ...]
    polygon: tuple[Point, ...]
    alternatives: tuple[str, ...] = ()

    @property
    def mean_confidence(self) -> float:
        """How sure its words are in the mean; a line without words is surely blank."""
        return fmean(word.confidence for word in self.words) if self.words else 1.0


@dataclass(frozen=True, repr=False)
class Handwriting(TaskResult):
    """The text of a picture. All places are in its pixels, turned as its file says.

    Attributes:
        text: its lines, joined by line breaks; "" where there is no writing.
        lines: in reading order.
        width: of the picture.
        height: of the picture.
        turned: degrees by which the writing is turned to the left: 0, 90, 180 or 270.
    """

    text: str
    lines: tuple[TextLine, ...]
    width: int
    height: int
    turned: int = 0

    def __str__(self) -> str:
        return self.text


def join_lines(
    lines: Sequence[TextLine], size: tuple[int, int], turned: int, min_confidence: float
) -> Handwriting:
    """Make a result of the lines of a picture that are sure enough."""
    kept = tuple(line for line in lines if line.mean_confidence >= min_confidence)
    return Handwriting("\n".join(line.text for line in kept if line.text), kept, *size, turned)
