"""Names that are not UTF-8: told with a remedy before any work, never a traceback after it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from dltasks.data.checks import NOT_UTF_8
from pipelines.errors import ConfigurationError
from pipelines.options import TranslationOptions
from tests.dltasks.tiny import tiny_backbone, write_images

Run = Callable[..., Result]
ODD = os.fsdecode(b"caf\xe9")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="such names cannot be made")
TINY = "--base tiny --no-pretrained --image-size 32 --head-epochs 1 --epochs 1 --device cpu"


@pytest.fixture
def colours(tmp_path: Path) -> Path:
    return Path(write_images(tmp_path / "colours", count=4))


def findings(run: Run, data: Path) -> list[dict[str, str]]:
    result = run("data", "check", data, "--format", "json")
    assert result.exit_code == 3
    return json.loads(result.stdout)["findings"]


def test_a_class_is_found_unsuitable(run: Run, colours: Path) -> None:
    (colours / "red").rename(colours / ODD)
    found = findings(run, colours)
    assert [item["kind"] for item in found] == ["unsuitable"] * 4
    assert found[0]["message"] == NOT_UTF_8


def test_a_file_is_found_unsuitable_and_training_goes_on_without_it(
    run: Run, colours: Path, tmp_path: Path
) -> None:
    (colours / "red" / "0.png").rename(colours / "red" / f"{ODD}.png")
    (found,) = findings(run, colours)
    assert found["message"] == "the name is not UTF-8; rename the file or its folder"
    with tiny_backbone():
        places = ("--out", tmp_path / "model", "--run-folder", tmp_path / "run")
        done = run("train", "image-classification", colours, *places, *TINY.split())
    assert done.exit_code == 0, done.output
    assert "the name is not UTF-8" in done.stderr
    assert "caf\\udce9.png" in (tmp_path / "run" / "data_check.json").read_text()


@pytest.mark.parametrize("place", ["data", "out", "run_folder"])
def test_a_place_of_training_is_refused(
    place: str, run: Run, colours: Path, tmp_path: Path
) -> None:
    places = {"data": colours, "out": tmp_path / "model", "run_folder": tmp_path / "run"}
    places[place] = colours.rename(tmp_path / ODD) if place == "data" else tmp_path / ODD
    data, out, run_folder = places.values()
    done = run("train", "image-classification", data, "--out", out, "--run-folder", run_folder)
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("the name is not UTF-8; rename it\n")
    assert not (tmp_path / "run").exists()


def test_an_option_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"keep .* is not UTF-8"):
        TranslationOptions(keep=ODD)


def test_what_cannot_be_written_is_written_as_an_escape(colours: Path) -> None:
    """In a process of its own, whose standard output is strict."""
    (colours / "red" / "0.png").rename(colours / "red" / f"{ODD}.png")
    command = [sys.executable, "-m", "dltasks", "data", "check", str(colours)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 3
    assert b"caf\\udce9.png: unsuitable, the name is not UTF-8" in done.stdout
    assert b"Traceback" not in done.stderr
