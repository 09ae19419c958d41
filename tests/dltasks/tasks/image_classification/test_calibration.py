"""Temperature, class means and threshold, fitted at the end of training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dltasks.data.examples import Example, Splits
from dltasks.tasks.base import Calibrated
from dltasks.tasks.image_classification.calibration import (
    FEWEST_IMAGES,
    calibrate,
    choose_threshold,
    fit_temperature,
)
from dltasks.tasks.train import train
from pipelines import load
from pipelines.bundle.verification import verify
from tests.dltasks.tiny import make_request, tiny_backbone, write_images

COLOURS = {"red": (220, 20, 20), "green": (20, 220, 20), "blue": (20, 20, 220)}
CLASSES = list(COLOURS)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_the_temperature_is_found_again(temperature: float) -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 2, (20_000, 4))
    raised = np.exp(logits)
    targets = (raised.cumsum(axis=1) < random.random((20_000, 1)) * raised.sum(1)[:, None]).sum(1)
    said = np.exp(logits * temperature)
    probabilities = (said / said.sum(axis=1, keepdims=True)).astype(np.float32)
    assert fit_temperature(probabilities, targets) == pytest.approx(temperature, rel=0.05)


def test_a_class_that_was_thought_impossible_leaves_a_temperature() -> None:
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], np.float32)
    assert fit_temperature(probabilities, np.array([0, 1, 1])) == pytest.approx(10.0)


@pytest.mark.parametrize("count", [20, 21, 99, 100, 1000])
def test_the_threshold_keeps_95_percent_and_no_more_than_it_must(count: int) -> None:
    likeness = np.random.default_rng(count).normal(0.8, 0.1, count)
    kept = likeness >= choose_threshold(likeness)
    assert 0.95 <= kept.mean() <= 0.95 + 1 / count + 1e-9


def test_equal_likeness_keeps_all() -> None:
    assert choose_threshold(np.full(50, 0.5)) == 0.5


def write_examples(folder: Path, count: int, split: str) -> list[Example]:
    random = np.random.default_rng(len(split))
    examples = []
    for index in range(count):
        name = CLASSES[index % 3]
        colour = np.clip(np.array(COLOURS[name]) + random.integers(-20, 20, 3), 0, 255)
        path = folder / f"{split}-{index}.png"
        Image.new("RGB", (8, 8), tuple(map(int, colour))).save(path)
        examples.append(Example(str(path), name, split))
    return examples


def run(folder: Path, bundle: Path, valid: int) -> tuple[Calibrated, list[str]]:
    said: list[str] = []
    train_examples = tuple(write_examples(folder, 30, "train"))
    splits = Splits(train_examples, tuple(write_examples(folder, valid, "valid")), ())
    pipeline = load(bundle, device="cpu")
    return calibrate(pipeline, splits, CLASSES, 0, said.append), said


def test_means_are_those_of_training_and_the_threshold_that_of_validation(
    tmp_path: Path, pooled_bundle: Path
) -> None:
    found, said = run(tmp_path, pooled_bundle, 40)
    assert said == ["calibrating on 40 validation images and 30 training images"]
    settings = json.loads(found.files["calibration.json"])
    assert (settings["validation_images"], settings["training_images"]) == (40, 30)
    assert settings["features"] == "features"
    assert 0.9 < settings["threshold"] < 1.0
    (tmp_path / "means.npz").write_bytes(found.files["class_means.npz"])
    means = np.load(tmp_path / "means.npz")["means"]
    expected = np.array(list(COLOURS.values())) / np.linalg.norm([220, 20, 20])
    np.testing.assert_allclose(means, expected, atol=0.05)
    np.testing.assert_allclose(np.linalg.norm(means, axis=1), 1, rtol=1e-5)
    for figure in ("95% of 40 validation images", "30 training images", "not measured"):
        assert figure in found.notes


def test_too_few_validation_images_give_no_calibration_and_say_so(
    tmp_path: Path, pooled_bundle: Path
) -> None:
    found, said = run(tmp_path, pooled_bundle, FEWEST_IMAGES - 1)
    assert found.files == {}
    (line,) = said
    assert line.startswith("not calibrated: 19 validation images are fewer than 20; ")
    assert "always names one of its classes" in found.notes
    assert "19 validation images are too few" in found.notes


def test_a_trained_bundle_is_calibrated_and_its_card_says_on_how_many_images(
    tmp_path: Path,
) -> None:
    with tiny_backbone():
        data = write_images(tmp_path / "data", count=50)
        outcome = train(make_request(tmp_path, data))
    assert outcome is not None
    bundle, _ = outcome
    verify(bundle)
    assert {"calibration.json", "class_means.npz"} <= set(bundle.files)
    assert {row["examples"] for row in bundle.metrics} == {20}
    card = (bundle.path / "README.md").read_text()
    assert "95% of 20 validation images" in card
    assert "| valid | 20 |" in card
    result = load(bundle.path)(np.zeros((32, 32, 3), np.uint8), reject=False)
    assert isinstance(result.unlike_training, bool)
    assert len(result.labels) == 2
