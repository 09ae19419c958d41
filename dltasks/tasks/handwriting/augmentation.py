"""Augmentation of lines: page, slant, stretch, bends, pen, blur and paper.

Marks of the page are in `dltasks.tasks.handwriting.page_marks`. The bends are those of
Wigington et al. 2017, "Data augmentation for recognition of handwritten words and lines using a
CNN-LSTM network".
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from dltasks.tasks.handwriting.page_marks import add_page_marks
from pipelines.handwriting.lines import WIDTH_STEP

LARGEST_SLANT = 0.35  # pixels to the side a pixel of height
LARGEST_SLOPE = 0.02
STRETCH = 0.25  # of the width, as a logarithm
HEIGHT_CHANGE = 0.15  # of the height that the writing takes
LARGEST_SHIFT = 0.06  # of the height, up or down
BEND_EVERY = 0.5  # of the height, between the places that move
BEND = 0.035  # of the height, standard deviation of a move
PEN_CHANGES = 0.5  # part of the lines whose strokes become thicker or thinner
BLURS = 0.3
BLUR = (0.2, 1.6)  # pixels to each side
PAPERS = 0.5
NOISE = 25  # of 255, largest standard deviation
BYTE_DEVIATION = 73.9  # of bytes that are drawn evenly


def augment_line(
    line: np.ndarray, seed: np.ndarray, strength: float, batch_seed: np.ndarray
) -> np.ndarray:
    """Change a line at random, in about a millisecond.

    Args:
        line: uint8 [height, width], 0 paper and 255 ink.
        seed: integers; equal ones give equal results.
        strength: 1 is usual, 0 changes nothing.
        batch_seed: integers, of the stretch alone: lines of like width that are stretched alike
            stay of like width.

    Returns:
        uint8 [height, another width], a multiple of WIDTH_STEP.
    """
    if not strength:
        return line
    random = np.random.default_rng(np.abs(seed))
    stretch = np.exp(np.random.default_rng(batch_seed).uniform(-STRETCH, STRETCH) * strength)
    marked = Image.fromarray(add_page_marks(line, random, strength))
    picture = _bend(marked, stretch, random, strength)
    if random.random() < BLURS * strength:
        picture = picture.filter(ImageFilter.BoxBlur(random.uniform(*BLUR)))
    line = np.asarray(picture)
    if random.random() < PEN_CHANGES * strength:
        line = _change_pen(line, random)
    if random.random() < PAPERS * strength:
        line = _change_paper(line, random, strength)
    return line


def _bend(
    line: Image.Image, stretch: float, random: np.random.Generator, strength: float
) -> Image.Image:
    """Slant, stretch, tilt, shift and bend, in one resampling."""
    slant = random.uniform(-LARGEST_SLANT, LARGEST_SLANT) * strength
    slope = random.uniform(-LARGEST_SLOPE, LARGEST_SLOPE) * strength
    grow = np.exp(random.uniform(-HEIGHT_CHANGE, HEIGHT_CHANGE / 2) * strength)
    shift = random.uniform(-LARGEST_SHIFT, LARGEST_SHIFT) * strength * line.height
    room = abs(slant) * line.height / 2  # that the ends lean out
    width = round(line.width * stretch + 2 * room)
    width = max(-(-width // WIDTH_STEP), 1) * WIDTH_STEP
    cells = max(round(width / (BEND_EVERY * line.height)), 1)
    places = np.linspace(0, width, cells + 1).round()
    levels = np.array([0, line.height // 2, line.height])
    move = BEND * line.height * strength * random.standard_normal((2, cells + 1, len(levels)))
    x = (places - width / 2)[:, None]  # [places, 1]
    y = levels - line.height / 2
    rows = (y - shift - slope * x) / grow + line.height / 2 + move[0]  # [places, levels]
    columns = (x + slant * y) / stretch + line.width / 2 + move[1]
    mesh = _mesh(places, levels, np.stack([columns, rows], axis=-1))
    size = (width, line.height)
    return line.transform(size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def _mesh(places: np.ndarray, levels: np.ndarray, sources: np.ndarray) -> list[Any]:
    """Give Pillow's mesh: for each box between places and levels, the corners it comes from.

    Args:
        places: [places], columns.
        levels: [levels], rows.
        sources: [places, levels, 2], where each of their crossings comes from.
    """
    left, top = np.meshgrid(places[:-1], levels[:-1], indexing="ij")
    right, bottom = np.meshgrid(places[1:], levels[1:], indexing="ij")
    boxes = np.stack([left, top, right, bottom], axis=-1).astype(int).reshape(-1, 4)
    corners = (sources[:-1, :-1], sources[:-1, 1:], sources[1:, 1:], sources[1:, :-1])
    quadrilaterals = np.concatenate(corners, axis=-1).reshape(-1, 8)
    return list(zip(map(tuple, boxes.tolist()), map(tuple, quadrilaterals.tolist()), strict=True))


def _change_pen(line: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Make strokes thicker or thinner, by parts of a pixel."""
    thicker = random.random() < 0.5
    choose = np.maximum if thicker else np.minimum
    changed = line.copy()
    choose(changed[1:], line[:-1], out=changed[1:])
    choose(changed[:, 1:], changed[:, :-1].copy(), out=changed[:, 1:])
    part = random.uniform(0.2, 1.0) if thicker else random.uniform(0.1, 0.7)
    return np.asarray(Image.blend(Image.fromarray(line), Image.fromarray(changed), part))


def _change_paper(line: np.ndarray, random: np.random.Generator, strength: float) -> np.ndarray:
    """Add grain, and fade the ink; in one array of floats, for a new one costs as much again."""
    deviation = random.uniform(0, NOISE) * strength / BYTE_DEVIATION
    grain = np.frombuffer(random.bytes(line.size), np.uint8).reshape(line.shape)
    changed = grain * np.float32(deviation)
    changed += line * np.float32(random.uniform(0.6, 1.0))
    changed -= np.float32(127.5 * deviation)
    return np.clip(changed, 0, 255, out=changed).astype(np.uint8)
