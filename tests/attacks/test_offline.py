"""With `--offline` no command connects to anything, or looks up a name."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from pipelines.catalogue import TASKS
from tests.dltasks.tiny import tiny_backbone, write_images

Run = Callable[..., Result]
REACHING = ("connect", "connect_ex", "sendto", "sendmsg")
SWITCHED_OFF = "not fetched, the network is switched off (--offline)"
TINY = "--base tiny --no-pretrained --image-size 32 --head-epochs 1 --epochs 1 --device cpu"


@pytest.fixture(autouse=True)
def reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Forbid the network as a user does; what is reached all the same fails the test."""
    found: list[str] = []
    monkeypatch.chdir(tmp_path)

    def refuse(name: str) -> Callable[..., Any]:
        def record(*arguments: Any, **_: Any) -> None:
            found.append(f"{name}{arguments}")
            raise OSError("the network was used")

        return record

    for name in REACHING:
        monkeypatch.setattr(socket.socket, name, refuse(name))
    monkeypatch.setattr(socket, "getaddrinfo", refuse("getaddrinfo"))
    monkeypatch.setenv("DLTASKS_OFFLINE", "1")
    yield found
    assert found == []


def test_the_guard_sees_a_connection(reached: list[str]) -> None:
    with pytest.raises(OSError, match="the network was used"):
        socket.create_connection(("localhost", 80))
    assert reached
    reached.clear()


def test_training_and_evaluation_stay_on_this_machine(run: Run, tmp_path: Path) -> None:
    data, model = write_images(tmp_path / "colours", count=4), tmp_path / "model"
    with tiny_backbone():
        assert run("data", "check", data).exit_code == 0
        done = run("train", "image-classification", data, "--out", model, *TINY.split())
        assert done.exit_code == 0, done.output
        assert run("evaluate", model, data).exit_code == 0
    assert run("runs").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("classify", "examples/cat.jpg"),
        ("read", "examples/linea.png"),
        ("translate", "Good morning."),
        ("generate", "ROMEO:", "--length", "5"),
        ("models", "list", "--all"),
        ("models", "show", "text-shakespeare"),
        ("models", "verify", "text-shakespeare"),
        ("doctor",),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_what_needs_no_network_works(
    run: Run, arguments: tuple[str, ...], photograph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photograph.parent.parent)
    done = run(*arguments)
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("command", ["data check", "train", "evaluate"])
def test_data_in_an_object_store_is_refused(
    run: Run, task: str, command: str, tmp_path: Path
) -> None:
    arguments = {
        "data check": ("data", "check", "gs://bucket/data", "--task", task),
        "train": ("train", task, "gs://bucket/data", "--out", tmp_path / "model"),
        "evaluate": ("evaluate", TASKS[task].default_bundle, "gs://bucket/data"),
    }
    done = run(*arguments[command])
    assert done.exit_code == 1
    assert SWITCHED_OFF in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("task", ["image-classification", "handwriting", "speech-recognition"])
def test_a_manifest_that_names_an_object_store_is_refused(
    run: Run, task: str, tmp_path: Path
) -> None:
    manifest = tmp_path / "labels.jsonl"
    row = {"path": "gs://bucket/a.png", "label": "espresso", "text": "a cat"}
    manifest.write_text(json.dumps(row) + "\n")
    for command in (("data", "check", manifest, "--task", task), ("evaluate", task, manifest)):
        done = run(*command)
        assert done.exit_code == 1, done.output
        assert f"gs://bucket/a.png: {SWITCHED_OFF}" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("classify", "https://example.org/a.png"),
        ("transcribe", "http://example.org/a.wav"),
        ("models", "pull", "resnet50"),
        ("data", "check", "tfds:mnist"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_what_needs_the_network_says_so(run: Run, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code != 0
    assert "network is switched off (--offline)" in done.stderr
