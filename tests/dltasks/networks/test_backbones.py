"""The backbones of Keras take pixels as Keras does, and give the same probabilities."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from dltasks.networks.backbones import BACKBONES
from dltasks.tasks.image_classification.published import convert
from dltasks.zoo import PUBLISHED

from ..published_file import write_published

FROM_KERAS = [name for name, backbone in BACKBONES.items() if backbone.application]
NORMALISE_THEMSELVES = ("efficientnetv2", "mobilenetv3")
ODD_ONES = ("mobilenetv3small", "efficientnetv2b1", "efficientnetv2s", "resnet50v2")


def _builder(name: str) -> Callable[..., keras.Model]:
    builder: Callable[..., keras.Model] = getattr(keras.applications, BACKBONES[name].application)
    return builder


def _preprocess(name: str, pixels: np.ndarray) -> Any:
    module = sys.modules[_builder(name).__module__]
    return module.preprocess_input(pixels.astype(np.float32))


def _pixels(size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (1, size, size, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    "name", [name for name in FROM_KERAS if not name.startswith(NORMALISE_THEMSELVES)]
)
def test_pixels_are_normalised_as_keras_does(name: str) -> None:
    pixels = _pixels(8)
    found = np.asarray(BACKBONES[name].normalise(pixels))
    np.testing.assert_allclose(found, _preprocess(name, pixels), atol=1e-4)


def test_every_backbone_of_keras_can_be_pulled() -> None:
    images = [name for name, model in PUBLISHED.items() if model.task == "image-classification"]
    assert sorted(images) == sorted(FROM_KERAS)


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD_ONES)
def test_a_network_of_keras_gives_the_same_probabilities(name: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    original = _builder(name)(weights=None)
    random = np.random.default_rng(1)
    original.set_weights(
        [value + random.uniform(0, 0.05, value.shape) for value in original.get_weights()]
    )
    file = write_published(original, tmp_path / "network.h5")
    network = convert(PUBLISHED[name], file).network
    pixels = _pixels(BACKBONES[name].image_size)
    expected = keras.ops.convert_to_numpy(original(_preprocess(name, pixels), training=False))
    found = keras.ops.convert_to_numpy(network(pixels, training=False))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)
