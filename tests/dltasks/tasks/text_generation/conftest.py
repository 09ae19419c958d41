"""The catalogue has the task; a tiny writer, trained once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dltasks.tasks.text_generation.config import SIZES, Size
from tests.writing import make_request, write_verse


@pytest.fixture(autouse=True, scope="package")
def tinier() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SIZES, "tiny", Size(2, 12, 8))
        yield


@pytest.fixture(scope="package")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a bundle that writes a verse; its run folder is beside it."""
    from dltasks.tasks.train import train

    folder = tmp_path_factory.mktemp("writer")
    data = write_verse(folder / "verse.txt")
    train(make_request(folder, str(data), epochs=16, sample=20))
    return folder / "bundle"
