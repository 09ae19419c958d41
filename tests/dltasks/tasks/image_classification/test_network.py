from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from dltasks.tasks.image_classification.config import ClassifierConfig
from dltasks.tasks.image_classification.network import (
    Network,
    build_network,
    unfreeze_top,
    weighted_layers,
)
from pipelines.errors import ConfigurationError

from ...tiny import SIZE

pytestmark = pytest.mark.usefixtures("tiny")
CONFIG = ClassifierConfig("tiny", SIZE, classes=3)
BATCH_NORM = ["gamma", "beta", "moving_mean", "moving_variance"]


@pytest.fixture
def network() -> Network:
    keras.utils.set_random_seed(1)
    return build_network(CONFIG)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (12, SIZE, SIZE, 3)).astype(np.uint8)


def test_pixels_become_probabilities(network: Network, images: np.ndarray) -> None:
    scores = network.whole(images, training=False).numpy()
    assert scores.shape == (12, 3)
    np.testing.assert_allclose(scores.sum(axis=1), 1.0, rtol=1e-5)


def test_whole_is_head_on_backbone_with_the_same_weights(
    network: Network, images: np.ndarray
) -> None:
    parts = network.head(network.backbone(images, training=False), training=False)
    np.testing.assert_array_equal(network.whole(images, training=False), parts)
    shared = [*network.backbone.weights, *network.head.weights]
    assert [id(weight) for weight in network.whole.weights] == [id(weight) for weight in shared]


def test_probabilities_are_float32_in_mixed_precision(images: np.ndarray) -> None:
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        scores = build_network(CONFIG).whole(images[:1], training=False)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert scores.dtype == "float32"


def test_vgg_head_has_two_hidden_layers_on_the_flat_map() -> None:
    head = build_network(ClassifierConfig("tiny", SIZE, classes=3, head="vgg")).head
    units = [layer.units for layer in head.layers if isinstance(layer, layers.Dense)]
    assert units == [4096, 4096, 3]
    assert head.input_shape == (None, (SIZE // 4) ** 2 * 4)


def test_unknown_backbone_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"backbone 'huge' is not one of .*tiny"):
        build_network(ClassifierConfig("huge", SIZE, classes=3))


def test_weighted_layers_come_bottom_first_and_without_those_that_have_no_weights(
    network: Network,
) -> None:
    assert [layer.name for layer in weighted_layers(network.backbone)] == [
        "stem",
        "stem_norm",
        "top",
    ]


@pytest.mark.parametrize(
    ("fraction", "trained"),
    [(0.0, set()), (0.34, {"top"}), (0.67, {"top"}), (1.0, {"stem", "top"})],
)
def test_a_fraction_of_the_layers_is_trained_from_the_top(
    fraction: float, trained: set[str], network: Network
) -> None:
    unfreeze_top(network.backbone, fraction)
    assert {weight.path.split("/")[-2] for weight in network.backbone.trainable_weights} == trained
    assert network.head.trainable_weights


def test_unfreezing_less_freezes_again(network: Network) -> None:
    unfreeze_top(network.backbone, 1.0)
    unfreeze_top(network.backbone, 0.0)
    assert network.backbone.trainable_weights == []


def test_batch_normalisation_is_trained_where_asked_for(network: Network) -> None:
    unfreeze_top(network.backbone, 1.0, train_batch_norm=True)
    trained = {weight.path.split("/")[-2] for weight in network.backbone.trainable_weights}
    assert trained == {"stem", "stem_norm", "top"}


def _fit(network: Network, images: np.ndarray) -> dict[str, bool]:
    """Fit a few steps; give for each weight of the backbone whether it moved."""
    before = {weight.path: weight.numpy() for weight in network.backbone.weights}
    targets = np.eye(3, dtype=np.float32)[np.arange(12) % 3]
    network.whole.compile(keras.optimizers.AdamW(0.05), loss="categorical_crossentropy")
    network.whole.fit(images, targets, batch_size=4, epochs=2, verbose=0)
    return {
        "/".join(weight.path.split("/")[-2:]): not np.array_equal(
            weight.numpy(), before[weight.path]
        )
        for weight in network.backbone.weights
    }


def test_fine_tuning_moves_the_filters_and_not_the_batch_normalisation(
    network: Network, images: np.ndarray
) -> None:
    unfreeze_top(network.backbone, 1.0)
    moved = _fit(network, images)
    assert moved["stem/kernel"]
    assert moved["top/kernel"]
    assert [moved[f"stem_norm/{name}"] for name in BATCH_NORM] == [False] * 4


def test_training_from_random_weights_moves_the_batch_normalisation_too(
    network: Network, images: np.ndarray
) -> None:
    moved = _fit(network, images)
    assert [moved[f"stem_norm/{name}"] for name in BATCH_NORM] == [True] * 4
