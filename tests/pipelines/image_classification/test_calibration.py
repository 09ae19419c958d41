"""Calibrated probabilities, and images unlike those of training."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import load
from pipelines.bundle.folder import open_bundle
from pipelines.errors import BundleError
from pipelines.image_classification import ImageClassification
from pipelines.image_classification.calibration import (
    Calibration,
    CalibrationSettings,
    measure_likeness,
    normalise,
    read_calibration,
)
from tests.bundles import CALIBRATION, write_calibrated

RED, GREY = np.full((8, 8, 3), (200, 0, 0), np.uint8), np.full((8, 8, 3), 120, np.uint8)


@pytest.fixture
def calibrated(calibrated_bundle: Path) -> ImageClassification:
    return load(calibrated_bundle, device="cpu")


def make(temperature: float) -> Calibration:
    settings = CalibrationSettings(**{**CALIBRATION, "temperature": temperature})
    return Calibration(settings, np.eye(3, dtype=np.float32))


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0, 3.0, 10.0])
def test_probabilities_are_those_of_logits_divided_by_the_temperature(temperature: float) -> None:
    logits = np.random.default_rng(0).normal(0, 3, (5, 4))

    def softmax(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.exp(values) / np.exp(values).sum(axis=1, keepdims=True))

    found = make(temperature).calibrate(softmax(logits).astype(np.float32))
    np.testing.assert_allclose(found, softmax(logits / temperature), rtol=1e-4, atol=1e-7)
    assert found.dtype == np.float32


def test_what_is_impossible_stays_so() -> None:
    found = make(2.0).calibrate(np.array([[1.0, 0.0, 0.0]], np.float32))
    np.testing.assert_array_equal(found, [[1.0, 0.0, 0.0]])


def test_likeness_is_the_cosine_with_the_nearest_class() -> None:
    means = np.eye(2, 3, dtype=np.float32)
    features = np.array([[5, 0, 0], [0, 3, 4], [0, 0, 2], [-1, -1, 0], [0, 0, 0]], np.float32)
    found = measure_likeness(features, means)
    np.testing.assert_allclose(found, [1.0, 0.6, 0.0, -np.sqrt(0.5), 0.0], rtol=1e-6)


def test_directions_have_length_1_and_nothing_has_none() -> None:
    np.testing.assert_allclose(normalise(np.array([[3.0, 4.0], [0.0, 0.0]])), [[0.6, 0.8], [0, 0]])


def test_an_image_unlike_training_gets_no_classes(calibrated: ImageClassification) -> None:
    result = calibrated(GREY)
    assert (result.labels, result.unlike_training) == ((), True)
    assert str(result) == "nothing that it was trained on"
    assert "nothing that it was trained on" in repr(result)


def test_an_image_like_training_gets_its_classes(calibrated: ImageClassification) -> None:
    result = calibrated(RED)
    assert (result.labels[0].name, result.unlike_training) == ("red", False)


def test_classes_can_be_asked_for_all_the_same(calibrated: ImageClassification) -> None:
    result = calibrated(GREY, reject=False, top_k=2)
    assert (len(result.labels), result.unlike_training) == (2, True)


def test_scores_are_calibrated(calibrated: ImageClassification, pooled_bundle: Path) -> None:
    plain = load(pooled_bundle, device="cpu").scores([RED])
    temperature = CALIBRATION["temperature"]
    expected = plain ** (1 / temperature) / (plain ** (1 / temperature)).sum()
    np.testing.assert_allclose(calibrated.scores([RED]), expected, rtol=1e-4)
    labels = calibrated(RED).labels
    np.testing.assert_allclose(labels[0].score, expected.max(), rtol=1e-4)


def test_a_stream_judges_each_image_of_a_batch(calibrated: ImageClassification) -> None:
    found = list(calibrated.stream([RED, GREY, RED, GREY, GREY], batch_size=2))
    assert [item.unlike_training for item in found] == [False, True, False, True, True]


def test_a_bundle_without_a_calibration_cannot_tell(pooled_bundle: Path) -> None:
    result = load(pooled_bundle, device="cpu")(GREY)
    assert (len(result.labels), result.unlike_training) == (3, None)


def test_a_rejected_image_is_explained_by_its_likeliest_class(
    calibrated: ImageClassification,
) -> None:
    inspected = calibrated.inspection(explains=True)(GREY)
    assert inspected.classification.labels == ()
    assert inspected.explanation is not None
    assert inspected.explanation.label == calibrated(GREY, reject=False).labels[0]


def means_file(means: np.ndarray, name: str = "means") -> bytes:
    file = io.BytesIO()
    np.savez(file, **{name: means})  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"calibration.json": b"[]"}, "calibration.json: no settings"),
        ({"calibration.json": b"{"}, "not JSON"),
        ({"calibration.json": b"{}"}, "unusable .*'temperature' is missing"),
        (
            {"calibration.json": json.dumps({**CALIBRATION, "temperature": 0}).encode()},
            "unusable .*temperature 0 is too small",
        ),
        (
            {"calibration.json": json.dumps({**CALIBRATION, "threshold": None}).encode()},
            "unusable .*threshold None is not a number",
        ),
        ({"class_means.npz": b"words"}, "not an archive"),
        ({"class_means.npz": means_file(np.eye(3), "other")}, "not the means of 3 classes"),
        ({"class_means.npz": means_file(np.eye(3))}, "not the means of 3 classes"),
        ({"class_means.npz": means_file(np.eye(4, 3, dtype=np.float32))}, "not the means of 3"),
    ],
)
def test_a_damaged_calibration_is_one_line(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        load(write_calibrated(tmp_path / "model", **changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"class_means.npz": means_file(np.eye(3, 7, dtype=np.float32))},
            "gives 3 features, and the means of the classes have 7",
        ),
        (
            {"calibration.json": json.dumps({**CALIBRATION, "features": "nowhere"}).encode()},
            "ONNX Runtime cannot load it",
        ),
        (
            {"calibration.json": json.dumps({**CALIBRATION, "features": "map"}).encode()},
            "the model gives outputs",
        ),
    ],
)
def test_a_calibration_of_another_network_is_one_line(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        load(write_calibrated(tmp_path / "model", **changes), device="cpu")(RED)


def test_settings_that_a_later_version_adds_are_left_alone(tmp_path: Path) -> None:
    later = json.dumps({**CALIBRATION, "later": 1}).encode()
    bundle = open_bundle(write_calibrated(tmp_path / "model", **{"calibration.json": later}))
    assert read_calibration(bundle, 3) is not None
