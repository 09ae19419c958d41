"""A bundle and a network that read bars: whole ones are "a", broken ones "b", paper is blank.

Two dark strokes with paper between them are "aa".
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from pipelines.handwriting.pages.finding import CLASSES
from tests.bundles import write_bundle_files

SYMBOLS = ("a", "b", " ")  # it never reads a space


class BarGraph:
    """Stands in for ONNX Runtime: reads each frame by how much of its height is ink."""

    runs: list[tuple[int, ...]]

    def __init__(self) -> None:
        self.runs = []

    def run(self, *, image: np.ndarray, width: np.ndarray) -> list[np.ndarray]:
        self.runs.append(image.shape)
        columns = (image > 128).mean(axis=1)  # [batch, width]
        frames = columns.reshape(len(image), -1, 4).max(axis=2)  # [batch, frames]
        symbols = np.select([frames > 0.7, frames > 0.3], [0, 1], len(SYMBOLS))
        output = np.full((*symbols.shape, len(SYMBOLS) + 1), np.log(0.05), np.float32)
        np.put_along_axis(output, symbols[..., None], np.log(0.85), axis=2)
        return [output]


class BarFinder:
    """Stands in for the network that finds lines: bars near each other are a line, upright."""

    def run(self, *, page: np.ndarray) -> list[np.ndarray]:
        dark = (page[0] < 128).reshape(page.shape[1] // 2, 2, page.shape[2] // 2, 2).any((1, 3))
        near = ndimage.binary_closing(np.pad(dark, 40), np.ones((1, 61)))[40:-40, 40:-40]
        logits = np.zeros((1, *near.shape, CLASSES), np.float32)
        logits[0, ..., 0], logits[0, ..., 1] = np.where(near, 0, 9), np.where(near, 9, 0)
        return [logits]


def write_bundle(folder: Path, **assets: bytes) -> Path:
    """Write the bundle; its graph is a stand-in, too."""
    files = {
        "alphabet.txt": b"a\nb\n<space>\n",
        "model.onnx": b"stands in",
        **assets,
    }
    return write_bundle_files(
        folder,
        "handwriting",
        files,
        preprocessing={"height": 32, "deskew": False},
    )


def draw_bars(text: str, *, height: int = 32) -> Image.Image:
    """Draw a line that reads as `text`, of "a" and "b"."""
    values = np.full((height, 16 * len(text) + 16), 255, np.uint8)
    for number, letter in enumerate(text):
        left = 12 + 16 * number
        values[4:-4, left : left + 6] = 0
        if letter == "b":
            values[height // 3 : -height // 3, left : left + 6] = 255
    return Image.fromarray(values)
