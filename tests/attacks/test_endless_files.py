"""Named pipes and devices where a file is expected: refused at once, and named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from pipelines.bundle.folder import BUILT_IN
from pipelines.catalogue import TASKS

Run = Callable[..., Result]
pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")


@pytest.fixture(params=["pipe", "device"])
def endless(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Path]:
    """Make something that is read for ever, with an ending of its own."""

    def make(name: str) -> Path:
        path = tmp_path / name
        if request.param == "pipe":
            os.mkfifo(path)
        else:
            path.symlink_to("/dev/zero")
        return path

    return make


def refused(result: Result, path: Path) -> None:
    assert result.exit_code in (1, 2, 3, 5), result.output
    assert str(path) in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("classify", "a.jpg"),
        ("read", "a.png"),
        ("read", "a.pdf"),
        ("read", "a.tif"),
        ("transcribe", "a.wav"),
        ("translate", "a.txt"),
        ("translate", "a.srt"),
        ("generate", "a.txt"),
    ],
)
def test_an_input_is_no_pipe(
    command: str, name: str, endless: Callable[[str], Path], run: Run
) -> None:
    path = endless(name)
    refused(run(command, path), path)


def test_a_list_is_no_pipe(endless: Callable[[str], Path], run: Run) -> None:
    path = endless("list.txt")
    refused(run("classify", f"@{path}"), path)


def test_a_glossary_is_no_pipe(endless: Callable[[str], Path], run: Run) -> None:
    path = endless("terms.tsv")
    refused(run("translate", "Hello.", "--glossary", path), path)


@pytest.mark.parametrize("file", ["model.onnx", "symbols.json", "README.md", "bundle.json"])
def test_a_file_of_a_bundle_is_no_pipe(
    file: str, endless: Callable[[str], Path], run: Run, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(BUILT_IN / "text-shakespeare", bundle)
    endless("pipe").rename(tmp_path / "bundle" / file)
    refused(run("models", "verify", bundle), bundle)


@pytest.mark.parametrize("task", TASKS)
def test_data_is_no_pipe(task: str, endless: Callable[[str], Path], run: Run) -> None:
    path = endless("data.tsv")
    refused(run("data", "check", path, "--task", task), path)


@pytest.mark.parametrize("task", ["image-classification", "handwriting", "speech-recognition"])
def test_a_manifest_names_no_pipe(
    task: str, endless: Callable[[str], Path], run: Run, tmp_path: Path
) -> None:
    path = endless("a.png" if task != "speech-recognition" else "a.wav")
    manifest = tmp_path / "labels.tsv"
    column = "label" if task == "image-classification" else "text"
    manifest.write_text(f"path\t{column}\n{path}\tcat\n")
    result = run("data", "check", manifest, "--task", task, "--format", "json")
    assert result.exit_code == 3
    assert str(path) in result.stdout


def test_a_run_file_and_weights_are_no_pipes(endless: Callable[[str], Path], run: Run) -> None:
    path = endless("run.toml")
    refused(run("train", "--config", path), path)
    refused(run("models", "pull", "resnet50", "--weights", path), path)
