"""Features and class activation maps."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import load
from pipelines.errors import BundleError, ConfigurationError, InputError
from pipelines.image_classification import ImageClassification
from pipelines.image_classification.head import find_head
from pipelines.image_classification.inspection import activate
from pipelines.images import read_image
from tests.bundles import write_classifier
from tests.graphs import make_classifier_graph


@pytest.fixture
def pooled(pooled_bundle: Path) -> ImageClassification:
    return load(pooled_bundle, device="cpu", threads=2)


def corner(row: int, column: int, channel: int = 0) -> np.ndarray:
    """A black image with one coloured quarter."""
    image = np.zeros((8, 8, 3), np.uint8)
    image[4 * row : 4 * row + 4, 4 * column : 4 * column + 4, channel] = 200
    return image


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_the_map_is_bright_where_the_class_is(
    pooled: ImageClassification, row: int, column: int
) -> None:
    explanation = pooled.explain(corner(row, column), label="red")
    expected = np.zeros((2, 2))
    expected[row, column] = 200 * 0.02
    np.testing.assert_allclose(explanation.map, expected, atol=1e-5)
    assert explanation.map.dtype == np.float32


@pytest.mark.parametrize("channels_last", [False, True])
def test_the_mean_of_the_map_and_the_bias_are_the_logit(
    tmp_path: Path, channels_last: bool
) -> None:
    random = np.random.default_rng(0)
    weights = random.normal(0, 0.01, (3, 3)).astype(np.float32)
    graph = make_classifier_graph(weights.tolist(), channels_last=channels_last)
    pipeline = load(write_classifier(tmp_path / "model", graph), device="cpu")
    image = random.integers(0, 256, (8, 8, 3)).astype(np.uint8)
    logits = np.array(
        [
            pipeline.explain(image, label=name).map.mean() + bias
            for name, bias in (("red", 0.5), ("green", 1.5), ("blue", 2.5))
        ]
    )
    np.testing.assert_allclose(
        np.exp(logits) / np.exp(logits).sum(), pipeline.scores([image])[0], rtol=1e-4
    )


def test_the_likeliest_class_is_explained_unless_one_is_named(pooled: ImageClassification) -> None:
    explanation = pooled.explain(corner(0, 1, channel=2))
    assert explanation.label == pooled(corner(0, 1, channel=2)).labels[0]
    assert explanation.label.name == "blue"
    assert pooled.explain(corner(0, 1), label="id-green").label.name == "green"


@pytest.mark.parametrize("name", ["rde", "", "id-"])
def test_a_class_that_the_model_does_not_know_is_named(
    pooled: ImageClassification, name: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"label '{name}' is not one of the model's 3"):
        pooled.explain(corner(0, 0), label=name)


def test_a_network_with_hidden_layers_says_that_it_has_no_map(hidden_bundle: Path) -> None:
    pipeline = load(hidden_bundle, device="cpu")
    with pytest.raises(ConfigurationError, match="'hidden' has hidden layers behind its map"):
        pipeline.explain(corner(0, 0))
    assert pipeline.embed([corner(0, 0)]).shape == (1, 4)


def test_what_is_no_image_cannot_be_explained(pooled: ImageClassification) -> None:
    with pytest.raises(InputError, match="<bytes>: not an image"):
        pooled.explain(b"words")


def test_embeddings_are_the_pooled_features_in_the_order_of_the_images(
    pooled: ImageClassification,
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3)).astype(np.uint8)
    features = pooled.embed(iter(images))
    np.testing.assert_allclose(features, images.mean(axis=(1, 2)), rtol=1e-5)
    assert features.dtype == np.float32


def test_no_images_are_no_rows_of_as_many_features(pooled: ImageClassification) -> None:
    features = pooled.embed([])
    assert (features.shape, features.dtype) == ((0, 3), np.float32)


def test_an_image_that_cannot_be_read_stops_embeddings(pooled: ImageClassification) -> None:
    with pytest.raises(InputError, match=r"missing\.png: cannot be read"):
        pooled.embed([corner(0, 0), "missing.png"])


def test_an_inspection_can_be_copied_and_pickled(pooled: ImageClassification) -> None:
    inspection = pooled.inspection(explains=True)
    for other in (copy.copy(inspection), pickle.loads(pickle.dumps(inspection))):
        assert other(corner(0, 0)).explanation.map.shape == (2, 2)


def test_the_photograph_of_an_explanation_is_upright_and_its_crop_is_what_was_seen(
    tmp_path: Path, pooled: ImageClassification
) -> None:
    exif = Image.Exif()
    exif[0x112] = 6  # turn to the right
    Image.new("RGB", (40, 20), "red").save(tmp_path / "turned.jpg", exif=exif)
    explanation = pooled.explain(tmp_path / "turned.jpg")
    assert explanation.photograph.size == (20, 40)
    assert explanation.crop == (0, 10, 20, 30)


def test_a_map_whose_mean_is_not_the_features_is_refused() -> None:
    map_of_features = np.ones((3, 2, 2), np.float32)
    with pytest.raises(BundleError, match="not the mean of its map"):
        activate(map_of_features, np.full(3, 7.0), np.ones(3))
    with pytest.raises(BundleError, match="not the mean of its map"):
        activate(map_of_features, np.ones(5), np.ones(5))


def test_weights_of_other_classes_are_refused(tmp_path: Path) -> None:
    """One column of weights, which the bias spreads over three classes."""
    from onnx import load_from_string, numpy_helper

    model = load_from_string(make_classifier_graph([[0.1, 0.0, 0.0]] * 3))
    column = numpy_helper.from_array(np.ones((3, 1), np.float32), "weights")
    model.graph.initializer[0].CopyFrom(column)
    pipeline = load(write_classifier(tmp_path / "model", model.SerializeToString()), device="cpu")
    assert len(pipeline(corner(0, 0)).labels) == 3
    with pytest.raises(BundleError, match="the model gives outputs"):
        pipeline.explain(corner(0, 0))


def test_the_built_in_model_sees_espresso_where_the_cup_is(photograph: Path) -> None:
    pipeline = load("image-classification", device="cpu")
    explanation = pipeline.explain(photograph)
    assert explanation.label.name == "espresso"
    row, column = np.unravel_index(explanation.map.argmax(), explanation.map.shape)
    assert (row, column) in {(1, 3), (2, 2), (2, 3), (2, 4), (3, 2), (3, 3), (3, 4)}


def test_the_built_in_map_agrees_with_the_sealed_weights(photograph: Path) -> None:
    """The mean of the map and the bias, over all classes, give the usual probabilities."""
    pipeline = load("image-classification", device="cpu")
    head = find_head(pipeline.bundle, "model.onnx")
    graph = pipeline.load_graph("model.onnx", 1, [head.logits])
    pixels = read_image(photograph, pipeline.preprocessing)[None]
    _, logits = graph.run(image=pixels)
    names = [name for name, _ in pipeline.labels]
    means = {
        name: pipeline.explain(photograph, label=name).map.mean() for name in ("espresso", "cup")
    }
    _, logits_of_blank = graph.run(image=np.zeros_like(pixels))
    blank = np.zeros((8, 8, 3), np.uint8)
    for name, mean in means.items():
        index = names.index(name)
        of_blank = pipeline.explain(blank, label=name).map.mean()
        difference = logits[0, index] - logits_of_blank[0, index]
        assert mean - of_blank == pytest.approx(difference, abs=1e-3)
