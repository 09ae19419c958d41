"""How a page is tilted, and how it looks when it is level."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from pipelines.handwriting.geometry import Affine

STEEPEST = 20.0  # degrees
LEVEL = 1.5  # degrees; less is left to the normalisation of each line
COARSE, FINE = 1.0, 0.25  # degrees between the angles that are tried
CLEARER = 1.1  # times as sharp as a level page; short lines tell little
STEEP = math.radians(6.0)  # cores of lines that are tilted by more grow together
POINTS = 20_000  # of the cores; so many tell as much as all


def find_tilt(is_core: np.ndarray) -> float:
    """Give the angle by which lines fall to the right, in radians; 0 where they are level.

    Along it, rows are full or empty.

    Args:
        is_core: bool [height, width]; cores may have grown together.
    """
    rows, columns = np.nonzero(is_core)
    step = len(rows) // POINTS + 1
    rows, columns = rows[::step], columns[::step]

    def sharpness(degrees: float) -> float:
        angle = math.radians(degrees)
        places = np.round(rows * math.cos(angle) - columns * math.sin(angle)).astype(int)
        return float(np.square(np.bincount(places - places.min()).astype(float)).sum())

    if not rows.size:
        return 0.0
    angles = np.arange(-STEEPEST, STEEPEST + COARSE, COARSE)
    coarse = max(angles.tolist(), key=sharpness)
    near = np.arange(coarse - COARSE, coarse + COARSE + FINE, FINE)
    best = max(near.tolist(), key=sharpness)
    is_tilted = abs(best) > LEVEL and sharpness(best) > CLEARER * sharpness(0.0)
    return math.radians(best) if is_tilted else 0.0


def level(grey: Image.Image, angle: float) -> tuple[Image.Image, Affine]:
    """Rotate a page so that lines which fall by an angle are level; say where its points were."""
    paper = int(np.median(np.asarray(grey)))
    return _rotate(grey, angle, paper, Image.Resampling.BILINEAR)


def level_cores(numbers: np.ndarray, angle: float) -> np.ndarray:
    """Rotate the cores of a page as `level` does the page."""
    return np.asarray(_rotate(Image.fromarray(numbers), angle, 0, Image.Resampling.NEAREST)[0])


def _rotate(
    picture: Image.Image, angle: float, fill: int, filter_: Image.Resampling
) -> tuple[Image.Image, Affine]:
    cosine, sine = math.cos(angle), math.sin(angle)
    width, height = picture.size
    wide = math.ceil(width * cosine + height * abs(sine))
    high = math.ceil(height * cosine + width * abs(sine))
    back = Affine(
        cosine,
        -sine,
        (width - cosine * wide + sine * high) / 2,
        sine,
        cosine,
        (height - sine * wide - cosine * high) / 2,
    )
    affine = Image.Transform.AFFINE
    return picture.transform((wide, high), affine, back, filter_, fillcolor=fill), back
