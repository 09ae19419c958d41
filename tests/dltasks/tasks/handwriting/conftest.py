from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import matplotlib
import pytest

from pipelines.catalogue import TASKS
from tests.line_reader import ENTRY


@pytest.fixture(autouse=True, scope="package")
def listed() -> Iterator[None]:
    """The catalogue has the task, whether or not its built-in bundle is there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, "handwriting", ENTRY)
        yield


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two fonts, as they come with Matplotlib."""
    folder = tmp_path_factory.mktemp("fonts")
    source = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in ("DejaVuSans.ttf", "DejaVuSerif.ttf"):
        (folder / name).write_bytes((source / name).read_bytes())
    return folder
