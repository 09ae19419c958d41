"""What the contract suite needs to know of each task: tiny data, tiny settings, wrong inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dltasks.config import Settings
from dltasks.tasks.handwriting.config import HandwritingConfig
from dltasks.tasks.image_classification.config import ImageClassificationConfig
from dltasks.training.config import TrainingConfig


@dataclass(frozen=True)
class Case:
    """One task under the contract.

    Attributes:
        make_data: writes a tiny data set below a folder and gives its location.
        inputs: gives at least three different inputs out of that data set.
        config: the task's settings that train in seconds.
        training: the common ones.
        wrong_inputs: each must raise InputError.
    """

    make_data: Callable[[Path], str]
    inputs: Callable[[Path], Sequence[Any]]
    config: Settings
    training: TrainingConfig
    wrong_inputs: Sequence[Any]


def _make_coloured_images(folder: Path) -> str:
    """Two classes that differ by colour, ten noisy images each."""
    random = np.random.default_rng(0)
    for name, colour in (("blue", (40, 60, 200)), ("red", (200, 60, 40))):
        for number in range(10):
            noise = random.integers(-40, 40, (40, 48, 3))
            pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            path = folder / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    return str(folder)


def _write_lines(folder: Path) -> str:
    """Twenty short lines of two letters in a plain font, with a labels.tsv."""
    random = np.random.default_rng(0)
    rows = []
    for number in range(20):
        text = "".join(random.choice(["a", "m"], 3 + number % 4))
        path = folder / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.new("L", (40 + 24 * len(text), 48), 230)
        ImageDraw.Draw(picture).text((20, 4), text, fill=20, font=ImageFont.load_default(32))
        picture.save(path)
        rows.append(f"{path.name}\t{text}\n")
    (folder / "labels.tsv").write_text("".join(rows), encoding="utf-8")
    return str(folder)


WRONG_PICTURES = (b"", b"not an image", "not/there.png", np.zeros((2, 2), np.float64), 7, None)

CASES: dict[str, Case] = {
    "image-classification": Case(
        make_data=_make_coloured_images,
        inputs=lambda folder: [str(path) for path in sorted(folder.glob("*/[0-4].png"))],
        config=ImageClassificationConfig(image_size=32, head_epochs=4),
        training=TrainingConfig(epochs=1, batch_size=8),
        wrong_inputs=WRONG_PICTURES,
    ),
    "handwriting": Case(
        make_data=_write_lines,
        inputs=lambda folder: [str(folder / f"{number}.png") for number in range(4)],
        config=HandwritingConfig(size="tiny"),
        training=TrainingConfig(epochs=2, batch_size=4, learning_rate=3e-3),
        wrong_inputs=WRONG_PICTURES,
    ),
}
