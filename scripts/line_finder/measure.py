"""Measure how well a handwriting bundle finds and reads the lines of whole pages.

    python -m scripts.line_finder.measure htr-pages --pages 12 --kind plain --kind desk

The folder has pictures and a lines.tsv. Each page is staged as each kind. A line counts as found as
far as its ink is in the found line that shares most of it. Ink of the page that is in no line of
the table, such as print, counts neither way, nor does what is read there.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from PIL import Image
from scipy import ndimage

import pipelines
from dltasks.evaluation.transcripts import character_error_rate
from pipelines.handwriting.lines import INK, extract_ink
from pipelines.handwriting.pages import FoundLine, find_lines
from pipelines.handwriting.pages.finding import load_finder
from scripts.line_finder.pages import UNTOLD, Page, read_lines, read_true_page
from scripts.line_finder.staging import STAGES

COLUMNS = ("recall", "precis.", "lost", "extra", "order", "CER", "s/page")
HEADING = f"{'kind':12} " + " ".join(f"{name:>7}" for name in COLUMNS)
IS_FOUND = 0.5  # of a line's ink
FAINTEST = 0.1  # darkness of rules and specks
NEAR = 2  # pixels


class Match(NamedTuple):
    """What a found line shares: pixels of ink with each true line, and with nothing of the page."""

    shared: np.ndarray  # int [lines + 1]; the first is no ink at all
    untold: int


@dataclass
class Figures:
    """Sums over pages."""

    ink: int = 0
    shared: int = 0
    found_ink: int = 0
    lines: int = 0
    lost: int = 0
    extra: int = 0
    disorder: int = 0
    seconds: float = 0.0

    def to_text(self, kind: str, error_rate: float, pages: int) -> str:
        """Give the row of a kind."""
        return (
            f"{kind:12} {self.shared / max(self.ink, 1):7.3f} "
            f"{self.shared / max(self.found_ink, 1):7.3f} {self.lost:7d} {self.extra:7d} "
            f"{self.disorder:7d} {error_rate:7.2%} {self.seconds / pages:7.2f}"
        )


def match(page: Page, line: FoundLine) -> Match:
    """Count whose ink a found line has."""
    rows, columns = np.nonzero(extract_ink(line.grey) > INK)
    xx, xy, x0, yx, yy, y0 = line.placement
    across = np.floor(xx * (columns + 0.5) + xy * (rows + 0.5) + x0).astype(int)
    down = np.floor(yx * (columns + 0.5) + yy * (rows + 0.5) + y0).astype(int)
    height, width = page.owner.shape
    inside = (across >= 0) & (across < width) & (down >= 0) & (down < height)
    owners = page.owner[down[inside], across[inside]]
    shared = np.bincount(owners[owners >= 0], minlength=len(page.lines) + 1)
    return Match(shared, int((owners < 0).sum()))


def spread_doubt(page: Page) -> Page:
    """Count what touches ink neither way: a camera blurs it."""
    is_near = ndimage.binary_dilation(page.owner != 0, iterations=NEAR)
    return replace(page, owner=np.where((page.owner == 0) & is_near, UNTOLD, page.owner))


def assign(matches: Sequence[Match], lines: int) -> list[int]:
    """Give each found line the true line that it is, from 1, or 0; each true line once."""
    pairs = [
        (int(match.shared[number]), index, number)
        for index, match in enumerate(matches)
        for number in range(1, lines + 1)
        if match.shared[number]
    ]
    chosen, taken = [0] * len(matches), set()
    for _, index, number in sorted(pairs, reverse=True):
        if not chosen[index] and number not in taken:
            chosen[index] = number
            taken.add(number)
    return chosen


def add(figures: Figures, page: Page, found: Sequence[FoundLine]) -> list[int]:
    """Add a page to the figures; say which line each found one is, or -1 where it is print."""
    matches = [match(page, line) for line in found]
    chosen = assign(matches, len(page.lines))
    sizes = np.bincount(page.owner[page.owner > 0], minlength=len(page.lines) + 1)
    shared = {number: int(one.shared[number]) for one, number in zip(matches, chosen, strict=True)}
    figures.ink += int(sizes[1:].sum())
    figures.shared += sum(count for number, count in shared.items() if number)
    figures.found_ink += sum(int(one.shared.sum()) for one in matches)
    figures.lines += len(page.lines)
    figures.lost += sum(
        shared.get(number, 0) < IS_FOUND * sizes[number] for number in range(1, len(page.lines) + 1)
    )
    is_print = [one.untold > one.shared.sum() for one in matches]
    figures.extra += sum(
        not number and not told for number, told in zip(chosen, is_print, strict=True)
    )
    order = [number for number in chosen if number]
    figures.disorder += sum(after < before for before, after in pairwise(order))
    return [
        UNTOLD if told and not number else number
        for number, told in zip(chosen, is_print, strict=True)
    ]


def read_all_lines(pipeline: pipelines.HandwritingRecognition, picture: Image.Image) -> list[str]:
    """Read the lines of a page; those that read as nothing, which a result leaves out, are ""."""
    options = pipeline.make_options({"layout": "page"})
    page = pipeline.decode(picture, options)._replace(is_searched=False)
    (result,) = pipeline.infer(pipeline.load_graphs(pipeline.threads), [page], options)
    return [line.text for line in result.lines]


def measure(
    pipeline: pipelines.HandwritingRecognition,
    pages: Sequence[Page],
    kind: str,
    *,
    seed: int,
    reads: bool,
) -> str:
    """Stage all pages as a kind; give the row of its figures."""
    finder = load_finder(pipeline.bundle, threads=pipeline.threads)
    figures = Figures()
    truths, texts = [], []
    for number, page in enumerate(pages):
        staged = STAGES[kind](page, np.random.default_rng((seed, number)))
        picture = Image.fromarray(staged.grey)
        started = time.perf_counter()
        found = find_lines(picture, finder).lines
        figures.seconds += time.perf_counter() - started
        chosen = add(figures, spread_doubt(staged), found)
        if reads:
            lines = read_all_lines(pipeline, picture)
            told = [text for text, one in zip(lines, chosen, strict=True) if one != UNTOLD]
            truths.append(" ".join(line.text for line in page.lines))
            texts.append(" ".join(told))
    error_rate = character_error_rate(truths, texts) if truths else float("nan")
    return figures.to_text(kind, error_rate, len(pages))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--model", default="handwriting", show_default=True)
@click.option("--pages", "count", type=int, help="Pages, drawn evenly; by default all.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(tuple(STAGES)))
@click.option("--only", default="", help="Only pages with this in their names.")
@click.option(
    "--split", type=(click.Path(path_type=Path, exists=True), str), help="pages.tsv and its split."
)
@click.option("--seed", default=1, show_default=True)
@click.option("--read/--find", "reads", default=True, help="Whether to read what is found.")
def main(
    folder: Path,
    model: str,
    count: int | None,
    kinds: tuple[str, ...],
    only: str,
    split: tuple[Path, str] | None,
    seed: int,
    reads: bool,
) -> None:
    """Print a row for each kind of page."""
    table = {name: lines for name, lines in read_lines(folder).items() if only in name}
    if split:
        with split[0].open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t")
            chosen = {row["page"] for row in rows if row["split"] == split[1]}
        table = {name: lines for name, lines in table.items() if name in chosen}
    names = sorted(table)[:: max(len(table) // (count or len(table)), 1)][:count]
    pages = [read_true_page(folder / name, table[name], FAINTEST) for name in names]
    pipeline = pipelines.load(model, task="handwriting", device="cpu")
    click.echo(f"{len(pages)} pages, {sum(len(page.lines) for page in pages)} lines")
    click.echo(HEADING)
    for kind in kinds or tuple(STAGES):
        click.echo(measure(pipeline, pages, kind, seed=seed, reads=reads))


if __name__ == "__main__":
    main()
