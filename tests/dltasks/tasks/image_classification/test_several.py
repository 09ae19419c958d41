"""Several labels an image: from a manifest to a bundle and its figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import dltasks
from dltasks.data.examples import split
from dltasks.data.feeding.sharding import EVERYTHING
from dltasks.data.labels import stratify_by_label
from dltasks.evaluation.several_labels import SeveralLabelsReport
from dltasks.tasks.image_classification.config import ClassifierConfig
from dltasks.tasks.image_classification.network import build_network
from dltasks.tasks.image_classification.task import TASK
from dltasks.tasks.train import train
from pipelines import load
from pipelines.bundle.folder import open_bundle
from pipelines.bundle.verification import verify
from pipelines.errors import ConfigurationError

from ...tiny import SIZE, make_request

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise in which red, blue, both or neither are strong."""
    folder = tmp_path_factory.mktemp("several")
    random = np.random.default_rng(0)
    rows = ["path,red,blue,split"]
    for number in range(64):
        red, blue = number & 1, number >> 1 & 1
        pixels = random.integers(0, 60, (SIZE, SIZE, 3)) + np.array([180 * red, 20, 180 * blue])
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number}.png")
        rows.append(f"{number}.png,{red},{blue},{'test' if number >= 48 else ''}")
    (folder / "list.csv").write_text("\n".join(rows))
    return folder


@pytest.fixture(scope="module")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    from ...tiny import tiny_backbone

    with tiny_backbone():
        request = make_request(
            tmp_path_factory.mktemp("run"),
            str(data / "list.csv"),
            epochs=20,
            batch_size=8,
            learning_rate=0.05,
            augment=0.0,
        )
        outcome = train(request)
    assert outcome is not None
    return outcome[0].path, outcome[1]


def test_training_measures_and_seals_labels_with_their_thresholds(
    trained: tuple[Path, Any],
) -> None:
    path, report = trained
    assert isinstance(report, SeveralLabelsReport)
    assert report.metrics["mean_average_precision"] > 0.9
    assert report.examples == 16
    bundle = open_bundle(path)
    assert bundle.config["several"] is True
    assert bundle.read_text("labels.txt") == "blue\nred\n"
    thresholds = json.loads(bundle.read("thresholds.json"))
    assert thresholds != [0.5, 0.5]  # chosen on the validation split
    assert [row.threshold for row in report.labels.values()] == pytest.approx(thresholds, rel=1e-5)
    assert bundle.metrics[0]["name"] == "mean_average_precision"
    verify(bundle)


def test_images_get_all_labels_that_pass_and_no_others(
    trained: tuple[Path, Any], data: Path
) -> None:
    pipeline = load(trained[0], device="cpu")
    neither, red, blue, both = (pipeline(data / f"{number}.png") for number in (48, 49, 50, 51))
    assert [{label.name for label in found.labels} for found in (red, blue, both)] == [
        {"red"},
        {"blue"},
        {"red", "blue"},
    ]
    assert neither.labels == ()


def test_evaluate_takes_the_labels_as_columns_or_with_marks(
    trained: tuple[Path, Any], data: Path
) -> None:
    path, report = trained
    assert dltasks.evaluate(path, data / "list.csv", quiet=True).metrics == pytest.approx(
        report.metrics
    )
    other = data / "marks.csv"
    other.write_text("path,label\n51.png,red|blue\n49.png,red\n")
    assert dltasks.evaluate(path, other, quiet=True).metrics["exact_match"] == 1.0
    other.write_text("path,label\n51.png,red|mauve\n")
    with pytest.raises(ConfigurationError, match="class 'mauve' is not one that model"):
        dltasks.evaluate(path, other, quiet=True)


def test_a_model_of_one_class_an_image_refuses_several_labels(
    tiny_bundle: Path, data: Path
) -> None:
    other = data / "other.csv"
    other.write_text("path,label\n51.png,red|blue\n")
    with pytest.raises(ConfigurationError, match=r"'red\|blue' .*; it gives each image one class"):
        dltasks.evaluate(tiny_bundle, other, quiet=True)


def test_class_weights_are_for_one_class_an_image(data: Path) -> None:
    request = make_request(Path(), str(data / "list.csv"), class_weights="balanced")
    examples = TASK.read_examples(request.data)
    splits = split(examples, valid_fraction=0.2, seed=1, take=stratify_by_label)
    with pytest.raises(ConfigurationError, match="class_weights 'balanced' is for one class"):
        TASK.plan(splits, request.config, request.training, EVERYTHING, say=lambda line: None)


def test_each_output_is_a_probability_of_its_own() -> None:
    config = ClassifierConfig("tiny", SIZE, 3, several=True)
    images = np.random.default_rng(0).integers(0, 255, (2, SIZE, SIZE, 3), np.uint8)
    network = build_network(config).whole
    network.layers[-1].get_layer("logits").bias.assign([5.0, 5.0, -5.0])
    found = np.asarray(network(images))
    assert np.all(found[:, :2] > 0.9)
    assert np.all(found[:, 2] < 0.1)
