"""Make new lines of handwriting out of the words of real ones.

    python scripts/splice_lines.py --real htr-lines-fr --model handwriting-latin --out splices

A reader that sees few real lines learns their texts by heart. Runs of words of one writer, put
together anew, keep the hand and change the text. A model that reads the lines already says where
one word ends: the spaces of the likeliest path through its output that spells the line's text. Only
the writers that handwriting_latin.py trains on take part.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from handwriting_latin import SPLIT_SEED, VALID_FRACTION
from PIL import Image
from scipy import ndimage

from dltasks.data.examples import Example, take_groups
from dltasks.data.transcripts import read_transcripts
from pipelines import load
from pipelines.handwriting.lines import WIDTH_STEP
from pipelines.handwriting.pipeline import HandwritingRecognition, LinePicture
from pipelines.options import ReadingOptions

LEAST_SCORE = -1.0  # log-probability a character of a line's text; others may be labelled wrongly
MOST_INK = 0.04  # part of a column that may be ink where words are cut apart
CUT_WIDTH = 5  # columns that are looked at for it
WORDS_A_PIECE = 2.5  # on average
LONGEST = 60  # characters of a line
GAP = 8  # at most so many pixels are put between pieces, or half of them cut off


@dataclass(frozen=True)
class Piece:
    """Words that cannot be cut apart.

    Attributes:
        ink: uint8 [height, width], 255 is ink.
        text: what they say.
        middle: the row around which the ink of their line gathers.
    """

    ink: np.ndarray
    text: str
    middle: float


def spell(output: np.ndarray, symbols: Sequence[int]) -> tuple[float, list[int]]:
    """Find the likeliest path through a CTC output that spells a text (Viterbi).

    Args:
        output: log-probabilities [frames, symbols + 1], the blank last.
        symbols: the text.

    Returns:
        The path's log-probability, and for each symbol the frame at which it is likeliest.
    """
    blank = output.shape[1] - 1
    states = np.full(2 * len(symbols) + 1, blank)
    states[1::2] = symbols
    may_skip = np.zeros(len(states), bool)
    may_skip[3::2] = states[3::2] != states[1:-2:2]
    score = np.full(len(states), -np.inf)
    score[:2] = output[0, states[:2]]
    came_from = np.zeros((len(output), len(states)), int)
    for frame in range(1, len(output)):
        one, two = np.roll(score, 1), np.roll(score, 2)
        one[0], two[~may_skip] = -np.inf, -np.inf
        choices = np.stack([score, one, two])
        came_from[frame] = choices.argmax(axis=0)
        score = choices.max(axis=0) + output[frame, states]
    state = len(states) - 1 if score[-1] >= score[-2] else len(states) - 2
    total, path = float(score[state]), []
    for frame in range(len(output) - 1, -1, -1):
        path.append(state)
        state -= came_from[frame, state]
    path.reverse()
    likelihood = output[np.arange(len(output)), states[path]]
    frames: dict[int, int] = {}
    for frame, state in enumerate(path):
        if state % 2 and (state not in frames or likelihood[frame] > likelihood[frames[state]]):
            frames[state] = frame
    return total, [frames[state] for state in range(1, len(states), 2)]


def cut_words(line: LinePicture, text: str, frames: Sequence[int]) -> list[Piece]:
    """Cut a line at those of its spaces that hold next to no ink."""
    ink = line.pixels
    columns = ndimage.uniform_filter1d(ink.mean(axis=0) / 255, CUT_WIDTH)
    rows = ink.sum(axis=1, dtype=float)
    middle = float(rows @ np.arange(len(rows)) / max(rows.sum(), 1.0))
    pieces, start, first = [], 0, 0
    for index, character in enumerate(text):
        if character != " ":
            continue
        before, here, after = (frames[i] * WIDTH_STEP for i in (index - 1, index, index + 1))
        between = np.arange(before + WIDTH_STEP, after)
        if not len(between):
            continue
        cut = min(between, key=lambda x: (round(columns[x], 2), abs(x - here)))
        if columns[cut] > MOST_INK:
            continue
        pieces.append(Piece(ink[:, start:cut], text[first:index], middle))
        start, first = cut, index + 1
    return [*pieces, Piece(ink[:, start:], text[first:], middle)]


def cut_lines(reader: HandwritingRecognition, examples: Sequence[Example]) -> list[list[Piece]]:
    """Cut all lines whose text the reader can find in them."""
    found = []
    graph, options = reader.load_graphs(threads=1), ReadingOptions(layout="line")
    for example in examples:
        if not set(example.target) <= set(reader.alphabet.symbols) or "  " in example.target:
            continue
        (line,) = reader.decode(example.source, options)
        width = np.array([line.pixels.shape[1]], np.int32)
        output = graph.run(image=line.pixels[None], width=width)[0][0]  # [frames, symbols + 1]
        symbols = reader.alphabet.encode(example.target)
        if len(symbols) * 2 > len(output):
            continue
        score, frames = spell(output, symbols)
        if score >= LEAST_SCORE * len(symbols):
            found.append(cut_words(line, example.target, frames))
    return found


def splice(lines: Sequence[Sequence[Piece]], random: np.random.Generator) -> Piece:
    """Put runs of words of several lines of a writer together."""
    longest = int(random.integers(3, LONGEST + 1))
    taken: list[Piece] = []
    while not taken or len(" ".join(piece.text for piece in taken)) < longest:
        line = lines[int(random.integers(len(lines)))]
        first = int(random.integers(len(line)))
        taken += line[first : first + int(random.geometric(1 / WORDS_A_PIECE))]
    middle = taken[0].middle
    parts = []
    for piece in taken:
        gap = int(random.integers(-GAP // 2, GAP + 1))
        ink = _shift(piece.ink, round(middle - piece.middle))
        parts.append(np.pad(ink, ((0, 0), (0, max(gap, 0))))[:, : ink.shape[1] + gap])
    return Piece(np.hstack(parts), " ".join(piece.text for piece in taken), middle)


def _shift(ink: np.ndarray, rows: int) -> np.ndarray:
    shifted = np.zeros_like(ink)
    height = len(ink)
    shifted[max(rows, 0) : height + min(rows, 0)] = ink[max(-rows, 0) : height - max(rows, 0)]
    return shifted


@click.command()
@click.option("--real", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--model", default="handwriting-latin", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--count", default=12_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(real: Path, model: str, out: Path, count: int, seed: int) -> None:
    """Write pictures of lines and a labels.tsv (path, text, group: the writer) into --out."""
    examples = read_transcripts(str(real), {".jpg"})
    train, _ = take_groups(examples, fraction=VALID_FRACTION, seed=SPLIT_SEED)
    reader = load(model, device="cpu")
    by_writer: dict[str, list[Example]] = {}
    for example in train:
        by_writer.setdefault(example.group, []).append(example)
    hands = {writer: cut_lines(reader, own) for writer, own in sorted(by_writer.items())}
    hands = {writer: lines for writer, lines in hands.items() if len(lines) > 1}
    weights = np.sqrt([len(lines) for lines in hands.values()])
    random = np.random.default_rng(seed)
    out.mkdir(parents=True)
    with (out / "labels.tsv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(("path", "text", "group"))
        for number in range(count):
            writer = random.choice(list(hands), p=weights / weights.sum())
            line = splice(hands[writer], random)
            width = round(line.ink.shape[1] / reader.preprocessing.stretch)
            picture = Image.fromarray(255 - line.ink).resize((width, line.ink.shape[0]))
            picture.save(out / f"{number:06d}.png")
            table.writerow((f"{number:06d}.png", line.text, writer))


if __name__ == "__main__":
    main()
