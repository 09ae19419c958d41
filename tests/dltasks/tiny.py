"""A tiny network and tiny data: what a training test needs to end in a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dltasks.networks.backbones import BACKBONES, Backbone
from dltasks.tasks.image_classification.config import ImageClassificationConfig
from dltasks.tasks.request import RunRequest
from dltasks.training.config import TrainingConfig

COLOURS = {"blue": (40, 60, 200), "red": (200, 60, 40), "green": (50, 180, 60)}
SIZE = 32
REPOSITORY = Path(__file__).resolve().parent.parent.parent


def tiny_convolutions() -> Any:
    """float32 [batch, height, width, 3] -> float32 [batch, height/4, width/4, 4]."""
    import keras
    from keras import layers

    inputs = keras.Input((None, None, 3))
    x = layers.Conv2D(4, 3, 2, padding="same", use_bias=False, name="stem")(inputs)
    x = layers.BatchNormalization(name="stem_norm")(x)
    x = layers.ReLU(name="stem_relu")(x)
    x = layers.Conv2D(4, 3, 2, padding="same", name="top")(x)
    return keras.Model(inputs, x, name="tiny")


def normalise(pixels: Any) -> Any:
    """uint8 pixels -> -1 to 1."""
    import keras

    return keras.layers.Rescaling(1 / 127.5, -1.0, name="normalise")(pixels)


TINY = Backbone(tiny_convolutions, normalise, image_size=SIZE, application="Tiny")


@contextmanager
def tiny_backbone() -> Iterator[None]:
    """Let the toolkit know the backbone "tiny"."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(BACKBONES, "tiny", TINY)
        yield


def write_image(path: Path, colour: tuple[int, int, int], seed: int, size: int = SIZE) -> Path:
    """Write one colour with noise."""
    noise = np.random.default_rng(seed).integers(-40, 40, (size, size, 3))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)).save(path)
    return path


def write_images(folder: Path, count: int = 10, classes: int = 2) -> str:
    """Write a folder a class, `count` different images in each, and give its location."""
    for number, name in enumerate(list(COLOURS)[:classes]):
        for index in range(count):
            write_image(folder / name / f"{index}.png", COLOURS[name], seed=100 * number + index)
    return str(folder)


def make_request(folder: Path, data: str, **changes: Any) -> RunRequest:
    """Ask for a short training of the tiny network from random weights.

    Names of settings of either kind may be changed, and those of the request.
    """
    config = ImageClassificationConfig(
        base="tiny", pretrained=False, image_size=SIZE, head_epochs=2
    )
    training = TrainingConfig(epochs=2, batch_size=4, learning_rate=0.01, device="cpu")
    request = RunRequest(
        task="image-classification",
        data=data,
        out=folder / "bundle",
        run_folder=folder / "run",
        config=config,
        training=training,
        valid_fraction=0.2,
    )
    of_config = {name: changes.pop(name) for name in config.to_dict() if name in changes}
    of_training = {name: changes.pop(name) for name in training.to_dict() if name in changes}
    return replace(
        request,
        config=replace(config, **of_config),
        training=replace(training, **of_training),
        **changes,
    )
