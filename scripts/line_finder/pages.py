"""Whole pages with the places and texts of their lines."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from pipelines.handwriting.geometry import Box
from pipelines.handwriting.lines import INK, extract_ink
from pipelines.images import read_page

TABLE = "lines.tsv"  # page, order, left, top, right, bottom, text
UNTOLD = -1  # ink of no line in the table, such as print
DRAWN = -2  # ink that is no writing


class TrueLine(NamedTuple):
    """A line: where it is, and its text."""

    box: Box
    text: str


@dataclass(frozen=True)
class Page:
    """A page and what is known of it.

    Attributes:
        name: of its file.
        grey: uint8 [height, width].
        owner: int16 [height, width]: for each pixel of ink the number of its line, from 1, UNTOLD
            or DRAWN; 0 for paper.
        lines: in reading order.
    """

    name: str
    grey: np.ndarray
    owner: np.ndarray
    lines: tuple[TrueLine, ...]


def read_lines(folder: Path) -> dict[str, tuple[TrueLine, ...]]:
    """Read the table of a folder: the lines of each page in reading order."""
    found: dict[str, list[TrueLine]] = defaultdict(list)
    with (folder / TABLE).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            edges = (int(row[name]) for name in ("left", "top", "right", "bottom"))
            found[row["page"]].append(TrueLine(Box(*edges), row["text"]))
    return {name: tuple(lines) for name, lines in found.items()}


def read_true_page(path: Path, lines: tuple[TrueLine, ...], faintest: float = INK) -> Page:
    """Read the picture of a page.

    Args:
        path: of the picture.
        lines: of the page.
        faintest: darkness, up to INK, from which what is on the paper is untold if it is no ink.
    """
    grey = read_page(path).grey
    return Page(path.name, np.asarray(grey), _share_ink(grey, lines, faintest), lines)


def _share_ink(grey: Image.Image, lines: tuple[TrueLine, ...], faintest: float) -> np.ndarray:
    """Give ink in one box to it, and ink in several boxes to that whose middle is nearest."""
    rows = np.arange(grey.height, dtype=np.float32)
    nearest = np.full((grey.height, grey.width), np.inf, np.float32)
    owner = np.full((grey.height, grey.width), UNTOLD, np.int16)
    for number, (box, _) in enumerate(lines, start=1):
        part = np.s_[box.top : box.bottom, box.left : box.right]
        distance = np.abs(rows[box.top : box.bottom, None] - (box.top + box.bottom) / 2)
        is_nearer = np.broadcast_to(distance, nearest[part].shape) < nearest[part]
        owner[part][is_nearer] = number
        nearest[part] = np.where(is_nearer, distance, nearest[part])
    ink = extract_ink(grey)
    owner[ink <= INK] = UNTOLD
    owner[ink <= faintest] = 0
    return owner
