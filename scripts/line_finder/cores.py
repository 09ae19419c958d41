"""Cores of lines: the band between the baseline and the top of an "x", from a line's first letter
to its last. It is what the network finds, because the cores of lines never touch."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

CORE = 1.1  # standard deviations of a line's ink around its middle, each way
SMOOTH = 5.0  # heights of a line, over which its middle is followed along it
LEAST = 1.5  # pixels, half of a core's height


def paint_cores(owner: np.ndarray) -> np.ndarray:
    """Paint the core of each line of a page.

    Args:
        owner: int16 [height, width]: for each pixel of ink the number of its line, from 1.

    Returns:
        The same shape: the number of the line in its core, 0 elsewhere.
    """
    cores = np.zeros_like(owner)
    for number, place in enumerate(ndimage.find_objects(np.maximum(owner, 0)), start=1):
        if place is not None:
            core = find_core(owner[place] == number)
            part = cores[place]
            part[core] = number
    return cores


def find_core(ink: np.ndarray) -> np.ndarray:
    """Give the core of one line: bool [height, width], from where its ink is."""
    rows = np.arange(len(ink), dtype=np.float32)
    weight = ink.sum(axis=0).astype(np.float32)  # of each column
    deviation = max(SMOOTH * _spread(ink, rows) / 2, 1.0)

    def follow(values: np.ndarray) -> np.ndarray:
        smooth = ndimage.gaussian_filter1d(values, deviation, mode="constant")
        total = ndimage.gaussian_filter1d(weight, deviation, mode="constant")
        return np.asarray(smooth / np.maximum(total, 1e-6))

    middle = follow((ink * rows[:, None]).sum(axis=0))
    offsets = np.square(rows[:, None] - middle) * ink
    half = np.maximum(CORE * np.sqrt(follow(offsets.sum(axis=0))), LEAST)
    return np.abs(rows[:, None] - middle) <= half


def _spread(ink: np.ndarray, rows: np.ndarray) -> float:
    """Give about the height of the body of the letters."""
    weight = ink.sum(axis=1)
    mean = (rows * weight).sum() / max(weight.sum(), 1)
    return float(np.sqrt(12 * (np.square(rows - mean) * weight).sum() / max(weight.sum(), 1)))
