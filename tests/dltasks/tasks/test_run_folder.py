"""run.toml repeats a run; a mistake in it is named with what was meant."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import tomli_w

from dltasks.tasks.image_classification.config import ImageClassificationConfig
from dltasks.tasks.request import RunRequest, read_request
from dltasks.tasks.run_folder import list_runs
from dltasks.training.config import TrainingConfig
from pipelines.errors import ConfigurationError

REQUEST = RunRequest(
    task="image-classification",
    data="flowers",
    out=Path("models/flowers"),
    run_folder=Path("runs/flowers"),
    config=ImageClassificationConfig(base="resnet50", flip=False),
    training=TrainingConfig(epochs=3, learning_rate=0.01),
    valid_fraction=0.2,
    on_bad="fail",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "run.toml"
    file.write_text(tomli_w.dumps({**REQUEST.to_dict(), "about": {"dltasks": "0"}}))
    return file


def test_what_is_written_is_read_again(path: Path) -> None:
    assert read_request(path) == REQUEST


def test_what_is_left_out_takes_its_default(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text('task = "image-classification"\ndata = "d"\nout = "o"\n')
    request = read_request(file)
    assert request.training == TrainingConfig()
    assert request.config == ImageClassificationConfig()
    assert request.run_folder == Path("runs/o")


def test_changes_replace_what_the_file_says(path: Path) -> None:
    changes = ("training.epochs=7", "config.base=vgg16", "config.flip=true", "data=other place")
    request = read_request(path, changes)
    assert request.training.epochs == 7
    assert (request.config.base, request.config.flip) == ("vgg16", True)  # type: ignore[attr-defined]
    assert request.data == "other place"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("training.epoch=7", "'epoch' is unknown; did you mean 'epochs'?"),
        ("taining.epochs=7", "'taining' is unknown; did you mean 'training'?"),
        ("training.epochs=many", "epochs 'many' is not a whole number"),
        ("training.epochs=-1", "epochs -1 is too small"),
        ("config.class_weights=even", "class_weights 'even' is not one of none, balanced"),
        ("task=image-clasification", "task 'image-clasification' is unknown"),
        ("training.epochs", "is not name=value"),
        ("data.epochs=1", "'data' is not a section"),
    ],
)
def test_a_wrong_change_is_named_with_the_remedy(change: str, message: str, path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_request(path, (change,))
    assert message in str(caught.value)


@pytest.mark.parametrize("content", ["", 'task = "image-classification"', "{"])
def test_a_file_that_says_too_little_is_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(content)
    with pytest.raises(ConfigurationError, match=r"run\.toml"):
        read_request(tmp_path / "run.toml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_request(tmp_path / "run.toml")


def test_runs_are_listed_with_their_main_metric(tmp_path: Path) -> None:
    for name in ("done", "stopped"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.toml").write_text(tomli_w.dumps(REQUEST.to_dict()))
    report = {"split": "test", "metrics": {"top_1": 0.75, "top_5": 1.0}}
    (tmp_path / "done" / "metrics.json").write_text(json.dumps(report))
    done, stopped = list_runs(tmp_path)
    assert (done.state, done.metric, done.value, done.split) == ("finished", "top_1", 0.75, "test")
    assert (stopped.state, stopped.value) == ("interrupted", None)
    assert tomllib.loads((tmp_path / "done" / "run.toml").read_text())["data"] == done.data
