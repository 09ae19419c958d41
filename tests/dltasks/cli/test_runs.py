from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ..tiny import make_request, tiny_backbone

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def finished(colours: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with one in it."""
    from dataclasses import replace

    from dltasks.tasks.train import train

    folder = tmp_path_factory.mktemp("finished")
    request = make_request(folder, colours)
    with tiny_backbone():
        train(replace(request, run_folder=folder / "runs" / "first"))
    return folder


def test_runs_are_listed(run: Run, finished: Path) -> None:
    done = run("runs", finished / "runs")
    assert done.exit_code == 0
    heading, line = done.stdout.splitlines()
    assert heading.split() == ["run", "task", "data", "state", "metric"]
    assert "finished" in line
    assert "top_1" in line
    (listed,) = json.loads(run("runs", finished / "runs", "--format", "json").stdout)
    assert listed["folder"] == str(finished / "runs" / "first")
    assert 0 <= listed["value"] <= 1


def test_a_folder_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    done = run("runs", tmp_path / "none")
    assert done.exit_code == 2
    assert "does not exist" in done.stderr


def test_run_toml_repeats_the_run_with_changes(
    run: Run, finished: Path, tmp_path: Path, tiny: None
) -> None:
    config = finished / "runs" / "first" / "run.toml"
    places = ("--out", tmp_path / "again", "--run-folder", tmp_path / "run")
    done = run("train", "--config", config, "--set", "training.epochs=1", "-q", *places)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "again" / "bundle.json").exists()
    assert "epochs = 1" in (tmp_path / "run" / "run.toml").read_text()


def test_a_mistyped_setting_is_told_with_what_was_meant(run: Run, finished: Path) -> None:
    config = finished / "runs" / "first" / "run.toml"
    done = run("train", "--config", config, "--set", "training.epoch=1")
    assert done.exit_code == 2
    assert "did you mean 'epochs'?" in done.stderr


def test_options_before_the_task_are_refused(run: Run, colours: str, tmp_path: Path) -> None:
    done = run("train", "--out", tmp_path / "o", "image-classification", colours)
    assert done.exit_code == 2
    assert "options of TASK after its name" in done.stderr


def test_find_lr_prints_a_rate_and_draws_it(
    run: Run, colours: str, tmp_path: Path, tiny: None
) -> None:
    done = run(
        *("train", "image-classification", colours, "--out", tmp_path / "o", "--find-lr"),
        *("--run-folder", tmp_path / "run", "--base", "tiny", "--no-pretrained"),
        *("--image-size", 32, "--batch-size", 4),
    )
    assert done.exit_code == 0, done.output
    assert 1e-6 < float(done.stdout) <= 1.0
    assert (tmp_path / "run" / "learning_rate.png").exists()
    assert not (tmp_path / "o").exists()
