from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w

from dltasks.export.weights import read_weights
from dltasks.tasks.evaluate import evaluate
from dltasks.tasks.request import RunRequest
from dltasks.tasks.train import train
from dltasks.training.config import TrainingConfig
from pipelines import load
from pipelines.base import Pipeline
from pipelines.bundle.folder import open_bundle
from pipelines.errors import BundleError, ConfigurationError, InputError, MissingDecoderError
from tests.heic import HEIC

from ..tiny import COLOURS, REPOSITORY, make_request, tiny_backbone, write_image, write_images

pytestmark = pytest.mark.usefixtures("tiny")
KILLED_IN_THE_THIRD_EPOCH = """
import os, signal, sys
from pathlib import Path
from dltasks.tasks.train import train
from tests.dltasks.tiny import make_request, tiny_backbone
def say(line):
    if line.startswith("network 3/"):
        os.kill(os.getpid(), signal.SIGKILL)
with tiny_backbone():
    train(make_request(Path(sys.argv[1]), sys.argv[2], epochs=4, out=Path(sys.argv[3])), say)
"""


class Stopped(BaseException):
    """Ends a training in a test."""


def _stop_at(start: str) -> Any:
    def say(line: str) -> None:
        if line.startswith(start):
            raise Stopped

    return say


@pytest.fixture(scope="module")
def finished(colours: str, tmp_path_factory: pytest.TempPathFactory) -> RunRequest:
    """A run that is over; not to be changed."""
    request = make_request(tmp_path_factory.mktemp("finished"), colours, epochs=1)
    with tiny_backbone():
        train(request)
    return request


@pytest.fixture
def copied(finished: RunRequest, tmp_path: Path) -> RunRequest:
    """A finished run that may be changed."""
    request = replace(finished, out=tmp_path / "bundle", run_folder=tmp_path / "run")
    shutil.copytree(finished.out, request.out)
    shutil.copytree(finished.run_folder, request.run_folder)
    settings = tomllib.loads((request.run_folder / "run.toml").read_text())
    settings["out"] = str(request.out)
    (request.run_folder / "run.toml").write_text(tomli_w.dumps(settings))
    return request


def _weights(bundle: Path) -> list[np.ndarray]:
    return list(read_weights(open_bundle(bundle)).values())


def test_a_killed_process_resumed_ends_with_the_weights_of_one_never_killed(
    colours: str, tmp_path: Path
) -> None:
    whole = make_request(tmp_path / "whole", colours, epochs=4)
    train(whole)
    killed = make_request(tmp_path / "killed", colours, epochs=4)
    command = [sys.executable, "-c", KILLED_IN_THE_THIRD_EPOCH]
    command += [str(tmp_path / "killed"), colours, str(killed.out)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not killed.out.exists()
    lines: list[str] = []
    train(replace(killed, resume=True), lines.append)
    assert "resumed after 2 epochs" in lines
    pairs = list(zip(_weights(killed.out), _weights(whole.out), strict=True))
    assert len(pairs) == 9
    for found, wanted in pairs:
        np.testing.assert_array_equal(found, wanted, strict=True)


def test_run_folder_holds_what_was_done(finished: RunRequest) -> None:
    names = {path.name for path in finished.run_folder.iterdir()}
    assert names >= {
        *("run.toml", "log.txt", "data_check.json", "history.csv", "checkpoint.npz", "curves.png"),
        *("metrics.json", "confusion_matrix.png", "reliability.png"),
    }
    assert not [name for name in names if name.endswith(".part")]
    settings = tomllib.loads((finished.run_folder / "run.toml").read_text())
    assert settings["config"] == finished.config.to_dict()
    assert TrainingConfig.from_dict(settings["training"]) == finished.training


def test_sealed_metrics_are_those_of_the_report_and_name_their_data(finished: RunRequest) -> None:
    report = json.loads((finished.run_folder / "metrics.json").read_text())
    bundle = open_bundle(finished.out)
    assert {row["name"]: row["value"] for row in bundle.metrics} == report["metrics"]
    assert {row["split"] for row in bundle.metrics} == {"valid"}
    assert {row["data"] for row in bundle.metrics} == {Path(finished.data).name}


def test_a_finished_run_is_not_replaced_unasked(copied: RunRequest) -> None:
    before = _weights(copied.out)
    with pytest.raises(ConfigurationError, match=r"a bundle exists.*--overwrite"):
        train(copied)
    elsewhere = replace(copied, out=copied.out.with_name("other"))
    with pytest.raises(ConfigurationError, match=r"a finished run exists.*--overwrite"):
        train(elsewhere)
    for found, wanted in zip(_weights(copied.out), before, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_overwrite_begins_anew(copied: RunRequest) -> None:
    before = _weights(copied.out)
    lines: list[str] = []
    request = replace(copied, overwrite=True, training=replace(copied.training, seed=7))
    train(request, lines.append)
    assert not any(line.startswith("resumed") for line in lines)
    assert not np.array_equal(_weights(request.out)[0], before[0])
    settings = tomllib.loads((request.run_folder / "run.toml").read_text())
    assert settings["training"]["seed"] == 7


def test_resuming_a_finished_run_seals_the_same_weights_again(
    copied: RunRequest, finished: RunRequest
) -> None:
    shutil.rmtree(copied.out)
    train(replace(copied, resume=True))
    for found, wanted in zip(_weights(copied.out), _weights(finished.out), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_resuming_where_there_is_no_run_is_refused(colours: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no run to resume; leave --resume out"):
        train(make_request(tmp_path, colours, resume=True))


def test_resuming_with_changed_settings_names_them(copied: RunRequest) -> None:
    changed = replace(
        copied,
        resume=True,
        valid_fraction=0.3,
        training=replace(copied.training, learning_rate=0.5),
    )
    with pytest.raises(ConfigurationError, match=r"other settings \(valid_fraction, training\)"):
        train(changed)


def test_a_run_does_not_go_on_with_changed_data(tmp_path: Path) -> None:
    data = write_images(tmp_path / "data", count=8)
    request = make_request(tmp_path, data)
    with pytest.raises(Stopped):
        train(request, _stop_at("network 2/2"))
    write_images(tmp_path / "data", count=9)
    with pytest.raises(ConfigurationError, match="has changed since the run"):
        train(replace(request, resume=True))


def test_an_interrupted_run_is_not_begun_anew_unasked(colours: str, tmp_path: Path) -> None:
    request = make_request(tmp_path, colours)
    with pytest.raises(Stopped):
        train(request, _stop_at("network 2/2"))
    with pytest.raises(ConfigurationError, match=r"an interrupted run exists.*--resume"):
        train(request)


def test_a_run_that_never_began_to_train_is_not_in_the_way(colours: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        train(make_request(tmp_path, str(tmp_path / "mistyped")))
    with pytest.raises(Stopped):
        train(make_request(tmp_path, colours), _stop_at("network 1/2"))
    with pytest.raises(Stopped):
        train(make_request(tmp_path, colours, seed=2), _stop_at("network 1/2"))


def test_a_damaged_run_file_is_named(colours: str, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.toml").write_text("{")
    with pytest.raises(ConfigurationError, match=r"run\.toml: not TOML"):
        train(make_request(tmp_path, colours))


def test_a_class_that_came_since_the_run_was_killed_is_told(tmp_path: Path) -> None:
    data = write_images(tmp_path / "data", count=5)
    request = make_request(tmp_path, data)
    with pytest.raises(Stopped):
        train(request, _stop_at("network 2/2"))
    write_images(tmp_path / "data", count=5, classes=3)
    with pytest.raises(ConfigurationError, match="has changed since the run"):
        train(replace(request, resume=True))


def test_a_base_that_cannot_be_had_is_told_before_the_data_is_read(
    colours: str, tmp_path: Path
) -> None:
    request = make_request(tmp_path, colours, base="no-such-base", pretrained=True)
    with pytest.raises(BundleError, match="no-such-base"):
        train(request, on_progress=lambda done, total: pytest.fail("the data was read"))
    assert not (tmp_path / "run").exists()


def _spoil(data: str) -> list[Path]:
    broken, empty = Path(data) / "red" / "broken.png", Path(data) / "blue" / "empty.png"
    broken.write_bytes(b"not an image")
    empty.write_bytes(b"")
    return [empty, broken]


def test_bad_files_are_skipped_and_named(tmp_path: Path) -> None:
    data = write_images(tmp_path / "data", count=5)
    bad = _spoil(data)
    lines: list[str] = []
    _, report = train(make_request(tmp_path, data, epochs=1), lines.append)
    for path in bad:
        assert any(line.startswith(f"{path}: ") and "(skipped)" in line for line in lines)
    found = json.loads((tmp_path / "run" / "data_check.json").read_text())
    assert [item["file"] for item in found["findings"]] == [str(path) for path in bad]
    assert report.to_dict()["skipped"] == 0
    assert any("2 classes, 8 images to train on" in line for line in lines)


def test_bad_files_fail_where_asked_for(tmp_path: Path) -> None:
    data = write_images(tmp_path / "data", count=5)
    first, _ = _spoil(data)
    with pytest.raises(InputError, match=r"2 of 12 examples cannot be used") as caught:
        train(make_request(tmp_path, data, on_bad="fail"))
    assert str(caught.value).startswith(f"{first}: 0 bytes; ")
    assert not (tmp_path / "bundle").exists()


def test_what_is_passed_over_and_needs_a_package_is_named_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    data = write_images(tmp_path / "data", count=5)
    (Path(data) / "red" / "film.mov").write_bytes(b"a film")
    (Path(data) / "red" / "photo.heic").write_bytes(HEIC)
    lines: list[str] = []
    with pytest.raises(MissingDecoderError, match=r"a HEIC needs pi-heif.*1 of 11 examples"):
        train(make_request(tmp_path, data, on_bad="fail"), lines.append)
    assert lines[0] == f"{data}: 1 file of other kinds: red/film.mov"
    assert lines[1].startswith(f"{data}/red/photo.heic: not installed, a HEIC needs pi-heif")


def test_many_findings_are_not_all_shown(tmp_path: Path) -> None:
    data = write_images(tmp_path / "data", count=5)
    for number in range(30):
        (Path(data) / "red" / f"bad{number}.png").write_bytes(b"")
    lines: list[str] = []
    with pytest.raises(InputError):
        train(make_request(tmp_path, data, on_bad="fail"), lines.append)
    assert lines[-1] == "... and 10 more, see data_check.json"
    assert len(lines) == 21


def test_a_test_split_is_what_the_model_is_measured_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    write_images(data / "train", count=6)
    write_images(data / "test", count=3)
    bundle, report = train(make_request(tmp_path, str(data), epochs=1))
    assert {row["split"] for row in bundle.metrics} == {"test"}
    assert report.to_dict()["examples"] == 6


@pytest.fixture
def pipeline(trained_bundle: Path) -> Pipeline:
    return load(trained_bundle)


def test_evaluation_by_default_takes_the_test_split(pipeline: Pipeline, tmp_path: Path) -> None:
    write_images(tmp_path / "data" / "train", count=4)
    write_images(tmp_path / "data" / "test", count=3)
    report, split = evaluate(pipeline, str(tmp_path / "data"), None)
    assert (split, report.to_dict()["examples"]) == ("test", 6)
    report, split = evaluate(pipeline, str(tmp_path / "data"), "train")
    assert (split, report.to_dict()["examples"]) == ("train", 8)


def test_evaluation_of_the_training_data_takes_what_was_held_out(
    pipeline: Pipeline, colours: str
) -> None:
    report, split = evaluate(pipeline, colours, None)
    assert (split, report.to_dict()["examples"]) == ("valid", 4)
    assert report.metrics["top_1"] == 1.0


def test_evaluation_of_other_data_without_splits_takes_everything(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    other = write_images(tmp_path / "other", count=3)
    report, split = evaluate(pipeline, other, None)
    assert (split, report.to_dict()["examples"]) == ("all", 6)


def test_evaluation_sees_what_is_wrong(pipeline: Pipeline, tmp_path: Path) -> None:
    for seed in range(3):
        write_image(tmp_path / "data" / "red" / f"{seed}.png", COLOURS["blue"], seed)
    write_image(tmp_path / "data" / "red" / "right.png", COLOURS["red"], 9)
    report, _ = evaluate(pipeline, str(tmp_path / "data"), None)
    assert report.metrics["top_1"] == 0.25


def test_a_split_that_is_not_there_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    write_images(tmp_path / "data" / "train", count=2)
    with pytest.raises(ConfigurationError, match=r"has no split 'valid' \(it names: train\)"):
        evaluate(pipeline, str(tmp_path / "data"), "valid")


def test_a_class_that_the_model_does_not_know_is_named_with_its_line(
    pipeline: Pipeline, tmp_path: Path, colours: str
) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_text(f"path,label\n{colours}/red/0.png,red\n{colours}/red/1.png,mauve\n")
    with pytest.raises(ConfigurationError, match=r"list\.csv line 3: class 'mauve' is not one"):
        evaluate(pipeline, str(manifest), None)


def test_unreadable_examples_do_not_count(pipeline: Pipeline, tmp_path: Path) -> None:
    data = write_images(tmp_path / "data", count=3)
    _spoil(data)
    report, _ = evaluate(pipeline, data, None)
    assert report.metrics["top_1"] == 1.0
    assert (report.to_dict()["examples"], report.to_dict()["skipped"]) == (6, 2)


def test_nothing_readable_is_refused(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "data" / "red").mkdir(parents=True)
    (tmp_path / "data" / "red" / "bad.png").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="no example could be read"):
        evaluate(pipeline, str(tmp_path / "data"), None)


def test_a_run_may_go_on_to_another_place(copied: RunRequest, tmp_path: Path) -> None:
    elsewhere = replace(copied, resume=True, out=tmp_path / "elsewhere")
    train(elsewhere)
    for found, wanted in zip(_weights(elsewhere.out), _weights(copied.out), strict=True):
        np.testing.assert_array_equal(found, wanted)
