"""Tab-separated tables: what is in which split, and manifests of lines."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from dltasks.data.examples import Example
from scripts.handwriting_latin.fonts import Font
from scripts.handwriting_latin.writers import Handwriting


def write_table(path: Path, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table, and the folder that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(heading)
        table.writerows(rows)


def write_splits(out: Path, handwriting: Handwriting) -> None:
    """Write the split of every writer and of every page."""
    writers = sorted(handwriting.splits.items())
    write_table(out / "writers.tsv", ("writer", "split"), writers)
    write_table(out / "pages.tsv", ("page", "writer", "split"), handwriting.page_rows())


def write_fonts(out: Path, fonts: Iterable[Font], splits: dict[str, str]) -> None:
    """Write the split of every font, that of its family, and whether it has capitals alone."""
    rows = (
        (font.file.name, font.family, splits[font.family], str(font.one_case)) for font in fonts
    )
    write_table(out / "fonts.tsv", ("file", "family", "split", "one_case"), rows)


def write_set(folder: Path, lines: Iterable[Example]) -> None:
    """Write the manifest of lines to measure on."""
    rows = ((_absolute(line), line.target, line.group) for line in lines)
    write_table(folder / "labels.tsv", ("path", "text", "writer"), rows)


def write_kinds(folder: Path, lines: Iterable[tuple[str, Example]]) -> None:
    """Write the manifest of each kind of lines."""
    by_kind = defaultdict(list)
    for kind, line in lines:
        by_kind[kind].append(line)
    for kind, lines_of_kind in by_kind.items():
        write_set(folder / kind, lines_of_kind)


def write_mix(out: Path, train: Iterable[Example], valid: Iterable[Example]) -> None:
    """Write the manifest to train on."""
    rows = (
        (_absolute(line), line.target, split, line.group)
        for split, lines in (("train", train), ("valid", valid))
        for line in lines
    )
    write_table(out / "labels.tsv", ("path", "text", "split", "writer"), rows)


def _absolute(line: Example) -> str:
    return str(Path(line.source).absolute())
