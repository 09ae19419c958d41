"""Blocks of convolutions, and backbones for any task."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from dltasks.export.bundle_writer import BundleWriter, Description
from dltasks.export.weights import load_first_weights, name_weights, pack_weights
from dltasks.networks.backbones import build_backbone
from dltasks.networks.convolutional import Inside, add_residual, convolve, invert_residual
from pipelines.bundle.folder import BUILT_IN, open_bundle
from pipelines.errors import BundleError

RANDOM = np.random.default_rng(0)
NAME = "imagenet-efficientnet-lite0"


@pytest.mark.parametrize("axis", [1, 2])
def test_an_example_gives_the_same_alone_and_in_a_batch(axis: int) -> None:
    keras.utils.set_random_seed(1)
    picture = keras.Input((None, None, 2), name="picture")
    length = keras.Input((), dtype="int32", name="length")
    inside = Inside(length, axis)
    x = add_residual(convolve(picture, 4, inside=inside), 4, inside=inside)
    network = keras.Model({"picture": picture, "length": length}, x)
    shape = (2, 6, 4, 2) if axis == 1 else (2, 4, 6, 2)
    pictures = RANDOM.normal(size=shape).astype(np.float32)
    alone = pictures[:1, :3] if axis == 1 else pictures[:1, :, :3]
    padded = np.zeros_like(pictures)
    padded[1] = pictures[1]
    padded[:1, : alone.shape[1], : alone.shape[2]] = alone
    together = network({"picture": padded, "length": np.array([3, 6])}).numpy()
    expected = network({"picture": alone, "length": np.array([3])}).numpy()
    found = together[:1, :3] if axis == 1 else together[:1, :, :3]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    beyond = together[:1, 3:] if axis == 1 else together[:1, :, 3:]
    assert (beyond == 0).all()


def test_an_inverted_residual_adds_where_shapes_allow() -> None:
    x = keras.Input((8, 8, 4))
    kinds = [
        {layer.__class__.__name__ for layer in keras.Model(x, y).layers}
        for y in (
            invert_residual(x, 4, stride=1, expansion=2),
            invert_residual(x, 6, stride=1, expansion=2),
            invert_residual(x, 4, stride=2, expansion=1),
        )
    ]
    assert ["Add" in names for names in kinds] == [True, False, False]
    assert invert_residual(x, 6, stride=2, expansion=2).shape == (None, 4, 4, 6)


def test_a_task_takes_a_trained_backbone_and_its_map_of_features() -> None:
    backbone = build_backbone("efficientnet_lite0", 64, pool=None)
    load_first_weights(open_bundle(BUILT_IN / NAME), backbone)
    image = RANDOM.integers(0, 255, (1, 64, 64, 3)).astype(np.uint8)
    features = backbone(image).numpy()
    assert features.shape == (1, 2, 2, 1280)
    pooled = build_backbone("efficientnet_lite0", 64)
    load_first_weights(open_bundle(BUILT_IN / NAME), pooled)
    np.testing.assert_allclose(pooled(image), features.mean(axis=(1, 2)), atol=1e-5)


def test_weights_of_another_backbone_are_refused(tmp_path: Path) -> None:
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    description = Description("image-classification", {}, {}, "", "", "")
    with BundleWriter(tmp_path / "model", description, overwrite=False) as writer:
        for file, content in pack_weights(name_weights(network)).items():
            writer.add(file, content)
    backbone = build_backbone("efficientnet_lite0", 64)
    with pytest.raises(BundleError, match="does not begin with this backbone"):
        load_first_weights(open_bundle(tmp_path / "model"), backbone)
