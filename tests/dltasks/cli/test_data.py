from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from ..tiny import write_images

Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(write_images(tmp_path / "data", count=3))


def test_sound_data_is_counted(run: Run, data: Path) -> None:
    done = run("data", "check", data)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "all: 6 examples",
        "        3  blue",
        "        3  red",
        "no problems found",
    ]
    assert done.stderr == ""


def test_unusable_files_give_exit_code_3_and_are_named(run: Run, data: Path) -> None:
    (data / "red" / "bad.png").write_bytes(b"not an image")
    done = run("data", "check", data)
    assert done.exit_code == 3
    assert f"{data / 'red' / 'bad.png'}: damaged, " in done.stdout


def test_duplicates_are_told_and_are_no_failure(run: Run, data: Path) -> None:
    (data / "red" / "twin.png").write_bytes((data / "red" / "0.png").read_bytes())
    done = run("data", "check", data)
    assert done.exit_code == 0
    assert f"twin.png: duplicate, also {data / 'red' / '0.png'}" in done.stdout


def test_json_is_one_object(run: Run, data: Path) -> None:
    (data / "red" / "empty.png").write_bytes(b"")
    done = run("data", "check", data, "--format", "json")
    assert done.exit_code == 3
    report = json.loads(done.stdout)
    assert len(report.pop("fingerprint")) == 64
    assert report == {
        "counts": {"": {"blue": 3, "red": 4}},
        "findings": [
            {"kind": "empty", "file": str(data / "red" / "empty.png"), "message": "0 bytes"}
        ],
    }


def test_a_mistake_in_a_manifest_is_named_with_its_line(run: Run, data: Path) -> None:
    manifest = data / "list.csv"
    manifest.write_text("path,label\nred/0.png,red\nred/1.png,\n")
    done = run("data", "check", manifest)
    assert done.exit_code == 2
    assert "list.csv line 3: no 'label' in it" in done.stderr
    assert done.stdout == ""


def test_data_that_is_not_there_is_a_usage_error(run: Run) -> None:
    done = run("data", "check", "nowhere")
    assert done.exit_code == 2
    assert "data 'nowhere' does not exist" in done.stderr


def test_no_tensorflow_is_needed_for_it(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for name in ("tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, name, None)
    assert run("data", "check", data).exit_code == 0
