"""Samples to train the line finder on: parts of pages of every kind, and what they hold.

A sample is a grey picture, uint8 [SIDE, SIDE], and its classes, uint8 [SIDE / 2, SIDE / 2]: 0 no
core of a line, 1 to 4 that of a line which is upright, or turned to the left by one to three
quarters, UNKNOWN where nobody can say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from pipelines.images import SUFFIXES, read_page
from scripts.line_finder.composing import LineBank, compose
from scripts.line_finder.cores import paint_cores
from scripts.line_finder.pages import UNTOLD, Page
from scripts.line_finder.staging import STAGES, turn

SIDE = 512
UNKNOWN = 255
LONGEST_SIDE = (700, 1500)  # pixels of a page
SAMPLES_A_PAGE = 4
REAL = 0.35  # part of the pages that are real ones
EMPTY = 0.07  # part that are photographs without writing
KINDS = ("plain", "desk", "desk", "shadow", "ruled", "framed", "desk-shadow", "dark")
KIND_SHARES = (0.2, 0.2, 0.15, 0.15, 0.1, 0.06, 0.1, 0.04)
THICKEST_RULE = 6  # pixels
TURNED = 0.3  # part of the pages that do not stand upright

Draw = Callable[[np.random.Generator], Page]


def make_samples(
    pages: Sequence[Page], bank: LineBank, photographs: Path, random: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Make samples without end."""
    real = [replace(page, owner=_mark(page)) for page in pages]
    files = sorted(path for path in photographs.iterdir() if path.suffix.lower() in SUFFIXES)
    while True:
        chance = random.random()
        if chance < EMPTY:
            page = _read_photograph(files[int(random.integers(len(files)))])
        elif chance < EMPTY + REAL:
            page = real[int(random.integers(len(real)))]
        else:
            page = compose(bank, random)
            page = replace(page, owner=paint_cores(page.owner))
        staged = _stage(page, random)
        for _ in range(SAMPLES_A_PAGE):
            yield _cut(staged, random)


def _mark(page: Page) -> np.ndarray:
    """Mark the cores of a real page, and print, of which nobody told; rules are no writing."""
    strokes, _ = ndimage.label(page.owner == UNTOLD, structure=np.ones((3, 3)))
    heights = [0, *(rows.stop - rows.start for rows, _ in ndimage.find_objects(strokes))]
    is_print = np.array(heights)[strokes] > THICKEST_RULE
    untold = ndimage.binary_dilation(is_print, iterations=2)
    cores = paint_cores(page.owner)
    return np.where((cores == 0) & untold, UNTOLD, cores).astype(np.int16)


def _read_photograph(path: Path) -> Page:
    grey = read_page(path).grey
    grey.thumbnail((1600, 1600))
    values = np.asarray(grey)
    return Page(path.name, values, np.zeros(values.shape, np.int16), ())


def _stage(page: Page, random: np.random.Generator) -> Page:
    """Stage a page; its owners become classes."""
    kind = str(random.choice(KINDS, p=KIND_SHARES))
    staged = STAGES[kind](page, random)
    quarters = int(random.integers(1, 4)) if random.random() < TURNED else 0
    classes = np.select([staged.owner == UNTOLD, staged.owner > 0], [UNKNOWN, quarters + 1], 0)
    staged = replace(staged, grey=_fade(staged.grey, random), owner=classes.astype(np.int16))
    return turn(quarters)(staged, random)


def _fade(grey: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Take light and contrast away, as other cameras and other pens do."""
    low, high = random.uniform(0, 100), random.uniform(140, 255)
    values = (grey / 255.0) ** random.uniform(0.6, 1.6)
    return np.asarray((low + (max(high, low + 60) - low) * values).clip(0, 255).astype(np.uint8))


def _cut(page: Page, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Bring a page to some size, and cut a part out, rather where lines are."""
    scale = random.uniform(*LONGEST_SIDE) / max(page.grey.shape)
    size = (round(page.grey.shape[1] * scale), round(page.grey.shape[0] * scale))
    grey = Image.fromarray(page.grey).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    half = (max(size[0] // 2, 1), max(size[1] // 2, 1))
    classes = Image.fromarray(page.owner.astype(np.uint8)).resize(half, Image.Resampling.NEAREST)
    left, top = (int(random.integers(0, max(side - SIDE, 0) // 2 + 1)) * 2 for side in size)
    light = int(random.integers(0, 256))
    part = np.full((SIDE, SIDE), light, np.uint8)
    truth = np.zeros((SIDE // 2, SIDE // 2), np.uint8)
    cut = np.asarray(grey)[top : top + SIDE, left : left + SIDE]
    part[: cut.shape[0], : cut.shape[1]] = cut
    cut = np.asarray(classes)[top // 2 : (top + SIDE) // 2, left // 2 : (left + SIDE) // 2]
    truth[: cut.shape[0], : cut.shape[1]] = cut
    return part, truth
