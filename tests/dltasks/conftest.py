"""Fixtures of the training tests: tiny data, the tiny backbone, and a bundle trained with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .tiny import make_request, tiny_backbone, write_images


@pytest.fixture
def tiny() -> Iterator[None]:
    """The backbone "tiny" is known."""
    with tiny_backbone():
        yield


@pytest.fixture(scope="session")
def colours(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A data set: blue and red images, ten each, a folder a class."""
    return write_images(tmp_path_factory.mktemp("colours"))


@pytest.fixture(scope="session")
def trained_bundle(colours: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that tells the colours apart; not to be changed."""
    from dltasks.tasks.train import train

    folder = tmp_path_factory.mktemp("trained")
    with tiny_backbone():
        bundle, report = train(make_request(folder, colours, epochs=12, learning_rate=0.05))
    assert report.metrics["top_1"] == 1.0
    return bundle.path
