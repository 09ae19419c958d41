"""Pieces that TrOCR has written to words with their places."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipelines.handwriting.geometry import Box
from pipelines.handwriting.pictures import LinePicture
from pipelines.handwriting.results import TextWord
from pipelines.handwriting.trocr_pieces import TrocrPieces
from pipelines.search.beam_search import Hypothesis

PART = "\ufffd"  # what stands for a part of a letter


class Letter(NamedTuple):
    """A letter, and the probability of the least certain piece that it is of."""

    text: str
    confidence: float


def spell(pieces: TrocrPieces, found: Hypothesis) -> list[Letter]:
    """Give the letters of a hypothesis, without space around them."""
    letters: list[Letter] = []
    start = 0
    for end in range(1, len(found.pieces) + 1):
        text = pieces.decode(found.pieces[start:end])
        if PART in text and end < len(found.pieces):
            continue  # the letter ends with a later piece
        confidence = min(math.exp(min(found.log_probabilities[start:end])), 1.0)
        letters += [Letter(letter, confidence) for letter in text]
        start = end
    written = [index for index, letter in enumerate(letters) if not letter.text.isspace()]
    return letters[written[0] : written[-1] + 1] if written else []


def split_words(letters: Sequence[Letter], line: LinePicture) -> tuple[TextWord, ...]:
    """Split letters at spaces; a word is as sure as its least sure letter.

    TrOCR does not say where it has read what. The box of a word is an estimate: all letters of the
    line are taken as equally wide.

    Args:
        letters: of `spell`.
        line: that they were read in.
    """
    height, width = line.pixels.shape
    return tuple(
        TextWord(
            "".join(letter.text for letter in letters[start:end]),
            min(letter.confidence for letter in letters[start:end]),
            line.place(
                Box(start * width // len(letters), 0, -(-end * width // len(letters)), height)
            ),
        )
        for start, end in _find_words(letters)
    )


def _find_words(letters: Sequence[Letter]) -> Iterator[tuple[int, int]]:
    """Give the first letter of each word, and the one behind its last."""
    start = 0
    for end in range(len(letters) + 1):
        if end == len(letters) or letters[end].text.isspace():
            if end > start:
                yield start, end
            start = end + 1
