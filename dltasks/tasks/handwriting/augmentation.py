"""Changes of a line that leave its text alone: slant, stretch, bends, pen, blur and paper.

Wigington et al. 2017, "Data augmentation for recognition of handwritten words and lines using a
CNN-LSTM network", for the bends.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from pipelines.text_lines import WIDTH_STEP

LARGEST_SLANT = 0.35  # pixels to the side a pixel of height
LARGEST_SLOPE = 0.02
STRETCH = 0.25  # of the width, as a logarithm
HEIGHT_CHANGE = 0.15  # of the height that the writing takes
LARGEST_SHIFT = 0.06  # of the height, up or down
BEND_EVERY = 0.5  # of the height, between the nodes that move
BEND = 0.035  # of the height, standard deviation of a node's move
PEN_CHANGES = 0.5  # part of the lines whose strokes become thicker or thinner
BLURS = 0.3
PAPERS = 0.5
NOISE = 25  # of 255, largest standard deviation


def augment_line(line: np.ndarray, seed: np.ndarray, strength: float) -> np.ndarray:
    """Change a line at random.

    Args:
        line: uint8 [height, width], 0 paper and 255 ink.
        seed: integers; equal ones give equal results.
        strength: 1 is usual, 0 changes nothing.

    Returns:
        uint8 [height, another width], a multiple of WIDTH_STEP.
    """
    if not strength:
        return line
    random = np.random.default_rng(np.abs(seed))
    line = _bend(line, random, strength)
    if random.random() < PEN_CHANGES * strength:
        line = _change_pen(line, random)
    values = line.astype(np.float32)
    if random.random() < BLURS * strength:
        values = ndimage.gaussian_filter(values, random.uniform(0.3, 1.2))
    if random.random() < PAPERS * strength:
        values = _change_paper(values, random, strength)
    return np.clip(values, 0, 255).astype(np.uint8)


def _bend(line: np.ndarray, random: np.random.Generator, strength: float) -> np.ndarray:
    """Slant, stretch, tilt, shift and bend, in one resampling."""
    height, width = line.shape
    slant = random.uniform(-LARGEST_SLANT, LARGEST_SLANT) * strength
    slope = random.uniform(-LARGEST_SLOPE, LARGEST_SLOPE) * strength
    stretch = np.exp(random.uniform(-STRETCH, STRETCH) * strength)
    grow = np.exp(random.uniform(-HEIGHT_CHANGE, HEIGHT_CHANGE / 2) * strength)
    shift = random.uniform(-LARGEST_SHIFT, LARGEST_SHIFT) * strength * height
    room = abs(slant) * height / 2  # that the ends lean out
    new_width = round(width * stretch + 2 * room)
    new_width = max(-(-new_width // WIDTH_STEP), 1) * WIDTH_STEP
    y = np.arange(height, dtype=np.float32)[:, None] - height / 2
    x = np.arange(new_width, dtype=np.float32)[None, :] - new_width / 2
    move = BEND * height * strength
    down = _smooth_noise(random, height, new_width) * move
    across = _smooth_noise(random, height, new_width) * move
    rows = (y - shift - slope * x) / grow + height / 2 + down
    columns = (x + slant * y) / stretch + width / 2 + across
    coordinates = np.broadcast_arrays(rows, columns)
    return ndimage.map_coordinates(line, coordinates, order=1, mode="constant")


def _smooth_noise(random: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Give noise [height, width] of deviation about 1 that changes over half a line's height."""
    nodes = (max(round(width / (BEND_EVERY * height)), 1) + 1, round(1 / BEND_EVERY) + 1)
    coarse = random.standard_normal(nodes[::-1]).astype(np.float32)
    picture = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(picture)


def _change_pen(line: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Make strokes thicker or thinner, by parts of a pixel."""
    thicker = random.random() < 0.5
    change = ndimage.grey_dilation if thicker else ndimage.grey_erosion
    changed = change(line, size=(2, 2) if thicker else (3, 2)[: line.ndim])
    part = random.uniform(0.2, 1.0) if thicker else random.uniform(0.1, 0.6)
    return (line + part * (changed.astype(np.float32) - line)).astype(np.uint8)


def _change_paper(values: np.ndarray, random: np.random.Generator, strength: float) -> np.ndarray:
    """Add grain, and fade the ink."""
    fade = random.uniform(0.6, 1.0)
    grain = random.standard_normal(values.shape, np.float32) * random.uniform(0, NOISE) * strength
    return values * fade + grain
