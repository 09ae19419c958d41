from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

import dltasks.cli  # noqa: F401  adds the commands
from dltasks.locks import hold
from dltasks.tasks.image_classification.task import TASK
from dltasks.training import trainer
from dltasks.training.config import TrainingConfig
from pipelines import load

from ..tiny import write_images

pytestmark = pytest.mark.usefixtures("tiny")
Run = Callable[..., Result]
TINY = ("--base", "tiny", "--no-pretrained", "--image-size", 32, "--batch-size", 4, "--epochs", 1)


@pytest.fixture
def train(run: Run, tmp_path: Path) -> Run:
    """Train the tiny network in a folder of its own."""

    def train(data: str, *options: object) -> Result:
        places = ("--out", tmp_path / "bundle", "--run-folder", tmp_path / "run")
        arguments = ("train", "image-classification", data, *places, *TINY, *options)
        return run(*(str(argument) for argument in arguments))

    return train


def test_training_ends_with_a_report_and_a_model_that_classifies(
    train: Run, colours: str, tmp_path: Path
) -> None:
    done = train(colours)
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("top-1 accuracy")
    assert f"wrote {tmp_path / 'bundle'}" in done.stderr
    assert f"dltasks classify INPUT --model {tmp_path / 'bundle'}" in done.stderr
    assert "network 1/1  " in done.stderr
    assert "\r" not in done.stderr
    labels = load(tmp_path / "bundle")(f"{colours}/red/0.png").labels
    assert {label.name for label in labels} == {"blue", "red"}


def test_options_become_settings(train: Run, colours: str, tmp_path: Path) -> None:
    done = train(
        colours, "-q", "--seed", 3, "--no-flip", "--unfreeze", 0.5, "--cache", "file",
        *("--label-smoothing", 0, "--patience", 2, "--valid-fraction", 0.4),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    settings = tomllib.loads((tmp_path / "run" / "run.toml").read_text())
    assert settings["valid_fraction"] == 0.4
    assert settings["config"] == {
        **TASK.config_class().to_dict(),
        **{"base": "tiny", "pretrained": False, "image_size": 32},
        **{"flip": False, "unfreeze": 0.5, "label_smoothing": 0.0},
    }
    assert TrainingConfig.from_dict(settings["training"]) == replace(
        TASK.training_defaults, batch_size=4, epochs=1, seed=3, cache="file", patience=2
    )


def test_quiet_says_nothing_but_the_report(train: Run, colours: str) -> None:
    done = train(colours, "--quiet")
    assert done.exit_code == 0
    assert done.stderr == ""
    assert done.stdout.startswith("top-1 accuracy")


def _assert_refused(done: Result, exit_code: int, message: str) -> None:
    assert done.exit_code == exit_code, done.output
    assert message in done.stderr
    assert "Traceback" not in done.output
    assert done.stdout == ""


def test_data_that_is_not_there_is_a_usage_error(train: Run, tmp_path: Path) -> None:
    _assert_refused(train("nowhere"), 2, "data 'nowhere' does not exist")
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--augment", 9), "--augment"),
        (("--epoch", 1, "--learning", 1), "No such option"),
        (("--device", "tpu"), "--device"),
        (("--image-size", 8), "--image-size"),
        (("--valid-fraction", 0), "--valid-fraction"),
        (("--resume",), "no run to resume"),
    ],
)
def test_wrong_options_are_usage_errors(
    options: tuple[object, ...], message: str, train: Run, colours: str
) -> None:
    _assert_refused(train(colours, *options), 2, message)


def test_a_base_that_is_no_model_is_named(train: Run, colours: str) -> None:
    _assert_refused(train(colours, "--base", "vgg17"), 5, "model 'vgg17' is neither a bundle")


def test_a_gpu_that_is_not_there_is_an_error(
    train: Run, colours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dltasks.training.distribution.visible_gpus", list)
    _assert_refused(train(colours, "-q", "--device", "gpu"), 2, "device 'gpu' is not available")


def test_bad_files_fail_with_their_own_exit_code(train: Run, tmp_path: Path) -> None:
    data = write_images(tmp_path / "data", count=3)
    (Path(data) / "red" / "bad.png").write_bytes(b"")
    _assert_refused(train(data, "--on-bad", "fail"), 3, "bad.png: 0 bytes")


def test_a_second_run_in_the_same_place_is_refused_and_overwritten_when_asked(
    train: Run, colours: str
) -> None:
    assert train(colours, "-q").exit_code == 0
    _assert_refused(train(colours, "-q"), 2, "a bundle exists")
    assert train(colours, "-q", "--overwrite").exit_code == 0


def test_an_interrupted_run_says_how_to_go_on_and_goes_on(
    train: Run, colours: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(self: trainer.Trainer, *args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(trainer.Trainer, "_save_between_stages", interrupt)
        done = train(colours)
    assert done.exit_code == 130
    assert f"--resume ({tmp_path / 'run'})" in done.stderr
    assert not (tmp_path / "bundle").exists()
    resumed = train(colours, "--resume")
    assert resumed.exit_code == 0, resumed.output
    assert "resumed after 1 epochs" in resumed.stderr


def test_run_folder_is_named_after_the_bundle(
    run: Run, colours: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ("train", "image-classification", colours, "--out", "models/colours", "-q", *TINY)
    assert run(*(str(argument) for argument in arguments)).exit_code == 0
    assert (tmp_path / "runs" / "colours" / "metrics.json").is_file()
    assert (tmp_path / "models" / "colours" / "bundle.json").is_file()


@pytest.mark.parametrize("place", ["bundle", "run"])
def test_a_place_that_another_training_uses_is_refused(
    place: str, train: Run, colours: str, tmp_path: Path
) -> None:
    with hold(tmp_path / place, "wait"):
        done = train(colours)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"Error: {tmp_path / place}: in use by process ")
    assert not (tmp_path / "run").exists()


def test_an_unknown_task_is_a_usage_error(run: Run) -> None:
    done = run("train", "mind-reading", "data", "--out", "x")
    assert done.exit_code == 2
    assert "mind-reading" in done.stderr
