"""Pages composed of pictures of single lines, so that the place of every line is known.

Letters, columns, lists, tables with drawn cells and short notes, of one hand or of several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from dltasks.data.examples import Example
from pipelines.handwriting.geometry import Box
from pipelines.handwriting.lines import INK, LinePreprocessing, normalise_line
from pipelines.handwriting.words import find_body
from pipelines.images import read_page
from scripts.line_finder.pages import Page, TrueLine

HEIGHT = (700, 1500)  # pixels of a page
ASPECT = (0.6, 1.5)  # width over height
BODY = (5.0, 22.0)  # pixels of the height of an "x"
PITCH = (2.6, 6.0)  # from line to line, in heights of an "x"
SLOPE = 0.02  # of a page's lines; each differs a little
WAVE = 0.25  # of the height of an "x"
PAPER = (150, 252)
DARKNESS = (0.35, 0.95)
SMALLEST_GAP = 3.0  # heights of an "x" between two lines side by side
LINE = LinePreprocessing(64)
LEAST_BODY = 8  # pixels of a line of 64; lower ones are rules that are all that was seen


class Piece(NamedTuple):
    """The ink of a line, float32 [height, width] from 0 to 1, and the rows of its "x"."""

    ink: np.ndarray
    top: int
    bottom: int
    text: str


@dataclass
class LineBank:
    """Pictures of lines, by writer.

    Args:
        examples: the lines; their groups are the writers.
    """

    examples: Sequence[Example]
    _writers: dict[str, list[Example]] = field(init=False)

    def __post_init__(self) -> None:
        self._writers = defaultdict(list)
        for example in self.examples:
            self._writers[example.group].append(example)

    def draw(self, random: np.random.Generator) -> Iterator[Piece]:
        """Give lines of one writer, drawn at random, without end."""
        names = list(self._writers)
        lines = self._writers[names[int(random.integers(len(names)))]]
        while True:
            example = lines[int(random.integers(len(lines)))]
            pixels = normalise_line(read_page(example.source).grey, LINE).pixels
            top, bottom = find_body(pixels)
            yield Piece(
                pixels.astype(np.float32) / 255, top, max(bottom, top + LEAST_BODY), example.target
            )


@dataclass
class _Sheet:
    """A page in the making: its ink, whose it is, and its lines."""

    ink: np.ndarray
    owner: np.ndarray
    lines: list[TrueLine] = field(default_factory=list)

    def write(self, piece: Piece, body: float, place: tuple[float, float], width: float) -> bool:
        """Write a line: its baseline begins at a place; what is wider than `width` is cut off."""
        scale = body / (piece.bottom - piece.top)
        size = (max(round(piece.ink.shape[1] * scale), 1), max(round(LINE.height * scale), 1))
        ink = np.asarray(Image.fromarray(piece.ink).resize(size, Image.Resampling.BOX))
        ink = _cut_at_gap(ink, round(width))
        left, top = round(place[0]), round(place[1] - piece.bottom * scale)
        bottom, right = top + ink.shape[0], left + ink.shape[1]
        if min(left, top) < 0 or bottom > self.ink.shape[0] or right > self.ink.shape[1]:
            return False
        part = np.s_[top:bottom, left:right]
        number = len(self.lines) + 1
        self.owner[part] = np.where((ink > INK) & (ink > self.ink[part]), number, self.owner[part])
        self.ink[part] = np.maximum(self.ink[part], ink)
        self.lines.append(TrueLine(Box(left, top, right, bottom), piece.text))
        return True


def compose(bank: LineBank, random: np.random.Generator) -> Page:
    """Compose a page of any kind."""
    height = int(random.uniform(*HEIGHT))
    shape = (height, round(height * random.uniform(*ASPECT)))
    sheet = _Sheet(np.zeros(shape, np.float32), np.zeros(shape, np.int16))
    body = float(np.exp(random.uniform(*np.log(BODY))))
    kind = random.choice(["text", "text", "text", "columns", "table", "scattered"])
    if kind == "text":
        _write_column(sheet, bank.draw(random), body, _margins(shape, random), random)
    elif kind == "columns":
        for box in _columns(shape, body, random):
            _write_column(sheet, bank.draw(random), body, box, random)
    elif kind == "table":
        _write_table(sheet, bank, body, random)
    else:
        _scatter(sheet, bank, body, random)
    bent = _bend(sheet, body, random)
    return Page(str(kind), _paint(bent, random), bent.owner, tuple(bent.lines))


def _margins(shape: tuple[int, int], random: np.random.Generator) -> Box:
    height, width = shape
    left, right = (round(width * random.uniform(0.02, 0.18)) for _ in range(2))
    top = round(height * random.uniform(0.02, 0.3))
    bottom = round(height * random.uniform(0.3, 0.98))
    return Box(left, top, width - right, max(bottom, top + height // 5))


def _columns(shape: tuple[int, int], body: float, random: np.random.Generator) -> Iterator[Box]:
    count = int(random.integers(2, 4))
    whole = _margins(shape, random)
    gap = body * random.uniform(SMALLEST_GAP, 3 * SMALLEST_GAP)
    width = (whole.right - whole.left - gap * (count - 1)) / count
    for number in range(count):
        left = round(whole.left + number * (width + gap))
        yield Box(left, whole.top, round(left + width), whole.bottom)


def _write_column(
    sheet: _Sheet, pieces: Iterator[Piece], body: float, box: Box, random: np.random.Generator
) -> None:
    """Write lines below each other, now and then a heading, a short line or an empty one."""
    pitch, slope = body * random.uniform(*PITCH), random.normal(0, SLOPE / 2)
    ragged, row = random.uniform(0, 0.3), float(box.top)
    while row < box.bottom:
        size = body * (random.uniform(1.3, 2.0) if random.random() < 0.05 else 1.0)
        indent = random.choice([0.0, 0.0, 0.0, random.uniform(0, 0.3)]) * (box.right - box.left)
        left = box.left + indent + random.normal(0, body / 3)
        width = (box.right - left) * (1 - random.uniform(0, ragged))
        if random.random() < 0.12:
            width *= random.uniform(0.08, 0.6)
        if width > 2 * body:
            sheet.write(next(pieces), size, (left, row + slope * (left - box.left)), width)
        row += pitch * (random.uniform(1.5, 3) if random.random() < 0.08 else 1) * size / body
        row += random.normal(0, 0.08) * pitch


def _write_table(sheet: _Sheet, bank: LineBank, body: float, random: np.random.Generator) -> None:
    """Write into the cells of a table, with drawn borders or without."""
    box, pieces = _margins(sheet.ink.shape, random), bank.draw(random)
    pitch = max(body * random.uniform(*PITCH), 12)
    edges = [float(box.left)]
    while edges[-1] < box.right - 12 * body:
        edges.append(edges[-1] + body * random.uniform(8, 30))
    rows = np.arange(box.top, box.bottom, pitch)
    for row in rows[1:]:
        for left, right in pairwise(edges):
            if random.random() < 0.8:
                place = (left + body * random.uniform(0.8, 2), row - pitch * 0.25)
                sheet.write(next(pieces), body, place, right - left - SMALLEST_GAP * body)
    if random.random() < 0.7:
        dark, thick = np.float32(random.uniform(0.2, 0.9)), int(random.integers(1, 4))
        for row in rows:
            sheet.ink[int(row) : int(row) + thick, box.left : int(edges[-1])] = dark
        for column in edges:
            sheet.ink[box.top : int(rows[-1]), int(column) : int(column) + thick] = dark


def _scatter(sheet: _Sheet, bank: LineBank, body: float, random: np.random.Generator) -> None:
    """Write short lines of any size in free places, and draw a few strokes and rings."""
    height, width = sheet.ink.shape
    for _ in range(int(random.integers(1, 16))):
        size = body * random.uniform(0.7, 2.5)
        long = min(random.uniform(4, 40) * size, width / 2)
        left, row = random.uniform(0, width - long), random.uniform(3 * size, height - 3 * size)
        around = np.s_[
            max(int(row - 3 * size), 0) : int(row + 3 * size),
            max(int(left - SMALLEST_GAP * size), 0) : int(left + long + SMALLEST_GAP * size),
        ]
        if not sheet.ink[around].any():
            sheet.write(next(bank.draw(random)), size, (left, row), long)
    rows, columns = np.mgrid[:height, :width]
    for _ in range(int(random.integers(0, 4))):
        y, x, radius = random.uniform(0, height), random.uniform(0, width), random.uniform(10, 200)
        offset: np.ndarray = np.abs(np.hypot(rows - y, columns - x) - radius)
        is_ring = np.asarray(offset < random.uniform(0.7, 4)) & (sheet.owner == 0)
        sheet.ink = np.where(is_ring, random.uniform(0.3, 1), sheet.ink)


def _cut_at_gap(ink: np.ndarray, width: int) -> np.ndarray:
    """Cut what is too wide off, in the widest gap near the end."""
    if ink.shape[1] <= width:
        return ink
    blank = np.asarray(~(ink[:, :width] > INK).any(axis=0))
    near = np.flatnonzero(blank[width // 2 :])
    return ink[:, : (width // 2 + int(near[-1]) + 1) if near.size else width]


def _bend(sheet: _Sheet, body: float, random: np.random.Generator) -> _Sheet:
    """Let all lines rise, fall and wave a little, as on paper that is not flat."""
    height, width = sheet.ink.shape
    columns = np.arange(width, dtype=np.float32)
    length = random.uniform(0.5, 2) * width
    wave = WAVE * body * random.normal() * np.sin(2 * np.pi * (columns / length + random.random()))
    shift = random.normal(0, SLOPE) * (columns - width / 2) + wave
    rows = np.arange(height, dtype=np.float32)[:, None] - shift
    places = [rows, np.broadcast_to(columns, rows.shape)]
    ink = ndimage.map_coordinates(sheet.ink, places, order=1, mode="constant")
    owner = ndimage.map_coordinates(sheet.owner, places, order=0, mode="constant")
    return _Sheet(ink, owner, sheet.lines)


def _paint(sheet: _Sheet, random: np.random.Generator) -> np.ndarray:
    """Paint ink on paper: uint8."""
    shape = sheet.ink.shape
    paper = random.uniform(*PAPER) + random.normal(0, random.uniform(0, 4), shape)
    stains = random.normal(0, random.uniform(0, 10), (6, 6)).astype(np.float32)
    size = (shape[1], shape[0])
    paper += np.asarray(Image.fromarray(stains).resize(size, Image.Resampling.BICUBIC))
    grey = paper * (1 - random.uniform(*DARKNESS) * sheet.ink)
    return np.asarray(grey.clip(0, 255).astype(np.uint8))
