"""Lines of made-up texts, written in fonts."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dltasks.data.examples import Example
from dltasks.tasks.handwriting.synthesis import write_line
from pipelines.session import available_cores, map_in_order
from scripts.handwriting_latin.fonts import Font, FontChooser
from scripts.handwriting_latin.texts import TextMaker

WEIGHTS = {  # of the kinds of texts in an epoch
    "sentence": 32, "letter": 20, "capitals": 15, "title": 5, "heading": 3, "label": 3, "digits": 5,
    "sum": 3, "phone": 6, "date": 7, "price": 6, "web": 7, "code": 6, "list": 5, "brackets": 4,
    "quotes": 5, "word": 3, "short": 5, "name": 4, "address": 3, "north": 4, "signs": 3,
}  # fmt: skip
TRIES = 40  # texts of a kind, until there is a font for one
LINES_A_FOLDER = 2000


@dataclass(frozen=True)
class Planned:
    """A line to write: its kind, its text and its font."""

    kind: str
    text: str
    font: Font


def draw_kinds(draw: random.Random, count: int) -> list[str]:
    """Draw the kinds of so many lines, each as often as its weight says."""
    return draw.choices(list(WEIGHTS), list(WEIGHTS.values()), k=count)


def plan_lines(maker: TextMaker, chooser: FontChooser, kinds: Iterable[str]) -> Iterator[Planned]:
    """Make up a text of each kind that some font can write."""
    for kind in kinds:
        for _ in range(TRIES):
            text = maker.make(kind)
            font = chooser.choose(text)
            if font is not None:
                yield Planned(kind, text, font)
                break


def write_lines(planned: Sequence[Planned], out: Path, seed: int) -> list[tuple[str, Example]]:
    """Write lines in fonts as JPEG files; give the kind of each with its path and text."""

    def write(number: int) -> bytes:
        line = planned[number]
        return write_line(line.text, line.font.file, np.random.default_rng([seed, number])).content

    written = []
    numbers = range(len(planned))
    made = map_in_order(write, numbers, workers=available_cores())
    for number, content in zip(numbers, made, strict=True):
        path = out / f"{number // LINES_A_FOLDER:03d}" / f"{number:06d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        line = planned[number]
        written.append((line.kind, Example(str(path), line.text, group=line.font.family)))
    return written
