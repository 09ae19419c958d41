"""What all tests share: a home of their own, no network, a photograph and a tiny model."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from pipelines.session import available_cores
from tests.bundles import write_bundle_files, write_calibrated, write_classifier
from tests.graphs import make_classifier_graph, make_hidden_layer_graph, make_tiny_graph

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
TINY_LABELS = ("red", "green", "blue")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run one process more than there are cores: one that trains waits a quarter of its time."""
    return available_cores() + 1


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty $DLTASKS_HOME, and a network switch that goes back after the test."""
    folder = tmp_path / "dltasks-home"
    monkeypatch.setenv("DLTASKS_HOME", str(folder))
    monkeypatch.setenv("DLTASKS_OFFLINE", "0")
    monkeypatch.setenv("no_proxy", "*")  # or local servers are asked for through a proxy
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests talk to this machine only."""
    connect = socket.socket.connect

    def local_connect(self: socket.socket, address: Any) -> None:
        is_local = not isinstance(address, tuple) or address[0] in ("127.0.0.1", "::1", "localhost")
        assert is_local, f"a test connects to {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_connect)


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening any socket fails, also one to this machine."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture(scope="session")
def photograph() -> Path:
    """A JPEG of a cup of espresso, 600 x 400."""
    return EXAMPLES / "espresso.jpg"


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run the command line in this process, with standard output and standard error apart."""

    def run(*arguments: str | Path, stdin: bytes | None = None) -> Result:
        from dltasks.cli import cli

        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(cli, words, input=stdin, prog_name="dltasks")

    return run


@pytest.fixture
def make_image(tmp_path: Path) -> Callable[..., Path]:
    """Write a small image of one colour."""

    def make(name: str, colour: str = "red", size: tuple[int, int] = (16, 16)) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, colour).save(path)
        return path

    return make


@pytest.fixture(scope="session")
def tiny_graph() -> bytes:
    """See `tests.graphs.make_tiny_graph`."""
    return make_tiny_graph()


@pytest.fixture
def make_bundle(tmp_path: Path, tiny_graph: bytes) -> Callable[..., Path]:
    """Write a bundle that tells red, green and blue images apart.

    It may have further files; keywords change its manifest.
    """

    def make(
        folder: Path = tmp_path / "tiny", further: Mapping[str, bytes] = {}, **changes: Any
    ) -> Path:
        contents = {
            **further,
            "README.md": b"# tiny\n",
            "labels.txt": "".join(f"{label}\tid-{label}\n" for label in TINY_LABELS).encode(),
            "model.onnx": tiny_graph,
            "example/input.png": _red_png(),
            "example/output.json": json.dumps(_red_result()).encode(),
        }
        return write_bundle_files(
            folder,
            "image-classification",
            contents,
            **{"preprocessing": {"height": 8, "width": 8}, **changes},
        )

    return make


@pytest.fixture
def tiny_bundle(make_bundle: Callable[..., Path]) -> Path:
    """The bundle of `make_bundle` as it is."""
    return make_bundle()


@pytest.fixture
def pooled_bundle(tmp_path: Path) -> Path:
    """A bundle whose network has a map of 2 x 2 places, pooling and a dense layer."""
    weights = [[0.02, 0.0, 0.0], [0.0, 0.02, 0.0], [0.0, 0.0, 0.02]]
    return write_classifier(tmp_path / "pooled", make_classifier_graph(weights))


@pytest.fixture
def calibrated_bundle(tmp_path: Path) -> Path:
    """See `tests.bundles.write_calibrated`."""
    return write_calibrated(tmp_path / "calibrated")


@pytest.fixture
def hidden_bundle(tmp_path: Path) -> Path:
    """A bundle whose network has a hidden layer, and so no class activation map."""
    return write_classifier(tmp_path / "hidden", make_hidden_layer_graph())


def _red_png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return file.getvalue()


def _red_result() -> dict[str, Any]:
    raised = np.exp(np.array([255, 0, 0]) * 0.02)
    scores = raised / raised.sum()
    return {
        "labels": [
            {"name": label, "score": float(score), "identifier": f"id-{label}"}
            for label, score in zip(TINY_LABELS, scores, strict=True)
        ]
    }
