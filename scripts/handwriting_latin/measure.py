"""Measure a handwriting bundle on every set of lines in a folder: one table.

    python -m scripts.handwriting_latin.measure saved_models/handwriting-latin latin/sets
    python -m scripts.handwriting_latin.measure my_models/latin latin/sets --limit 40 --only valid

A set is a folder with a labels.tsv, as make.py writes them. Each is read twice:
greedily, the likeliest symbol of every frame, and as the bundle reads by itself, with its language
model and beams. Rows of a folder of several sets, such as kinds_valid, end with one of them all.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import click

import pipelines
from dltasks.data.examples import Example
from dltasks.data.transcripts import read_transcripts
from dltasks.evaluation.transcripts import character_error_rate
from pipelines.base import Failure
from pipelines.handwriting import HandwritingRecognition

LIMIT_SEED = 1
HEADING = f"{'set':32} {'lines':>6} {'greedy':>8} {'beams':>8} {'lines/s':>8}"


class Reading(NamedTuple):
    """What a line says, and what was read greedily and with beams."""

    truth: str
    greedy: str
    beams: str


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: of the set.
        readings: of its lines.
        seconds: that reading with beams took.
    """

    name: str
    readings: tuple[Reading, ...]
    seconds: float

    def to_text(self) -> str:
        """Give the row as it is shown."""
        truths = [reading.truth for reading in self.readings]
        greedy, beams = (
            character_error_rate(truths, [getattr(reading, how) for reading in self.readings])
            for how in ("greedy", "beams")
        )
        speed = len(truths) / max(self.seconds, 1e-9)
        return f"{self.name:32} {len(truths):6d} {greedy:8.2%} {beams:8.2%} {speed:8.1f}"


def find_sets(folder: Path, only: str) -> dict[str, Path]:
    """Name the manifests below a folder by their folders, those with a word in their name."""
    manifests = sorted(folder.rglob("labels.tsv"))
    found = {file.parent.relative_to(folder).as_posix(): file for file in manifests}
    return {name: file for name, file in found.items() if only in name}


def draw_examples(manifest: Path, limit: int | None) -> list[Example]:
    """Read the lines of a set, or as many of them at random."""
    examples = read_transcripts(str(manifest), ())
    if limit is None or limit >= len(examples):
        return examples
    return random.Random(LIMIT_SEED).sample(examples, limit)


def read_texts(
    pipeline: HandwritingRecognition, examples: Sequence[Example], **options: Any
) -> list[str]:
    """Read lines; what fails is read as nothing."""
    sources = [Path(example.source) for example in examples]
    results = pipeline.stream(sources, on_error="return", layout="line", **options)
    return ["" if isinstance(result, Failure) else result.text for result in results]


def measure(
    pipeline: HandwritingRecognition,
    name: str,
    examples: Sequence[Example],
    weight: float | None,
) -> Row:
    """Read a set greedily and with beams."""
    greedy = read_texts(pipeline, examples, beams=1)
    started = time.monotonic()
    beams = read_texts(pipeline, examples, language_weight=weight)
    truths = (example.target for example in examples)
    readings = tuple(Reading(*texts) for texts in zip(truths, greedy, beams, strict=True))
    return Row(name, readings, time.monotonic() - started)


def together(name: str, rows: Sequence[Row]) -> Row:
    """Put the lines of several sets together."""
    readings = tuple(reading for row in rows for reading in row.readings)
    return Row(name, readings, sum(row.seconds for row in rows))


def table(rows: Iterator[Row]) -> Iterator[str]:
    """Give the lines of the table as the rows come, then those of folders of several sets."""
    yield HEADING
    folders: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        folders[row.name.rpartition("/")[0]].append(row)
        yield row.to_text()
    for folder, inside in folders.items():
        if folder and len(inside) > 1:
            yield together(f"{folder} (all)", inside).to_text()


@click.command()
@click.argument("bundle")
@click.argument("sets", type=click.Path(path_type=Path, exists=True))
@click.option("--limit", type=int, help="Lines of each set, drawn at random; by default all.")
@click.option("--only", default="", help="Measure sets with this in their names.")
@click.option("--language-weight", type=float, help="By default the bundle's own.")
def main(
    bundle: str, sets: Path, limit: int | None, only: str, language_weight: float | None
) -> None:
    """Print the character error rates of BUNDLE on all SETS."""
    pipeline = pipelines.load(bundle)
    if not isinstance(pipeline, HandwritingRecognition):
        raise click.ClickException(f"{bundle} is no bundle for handwriting")
    rows = (
        measure(pipeline, name, draw_examples(manifest, limit), language_weight)
        for name, manifest in find_sets(sets, only).items()
    )
    for line in table(rows):
        click.echo(line)


if __name__ == "__main__":
    main()
