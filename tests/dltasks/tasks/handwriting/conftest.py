from __future__ import annotations

from pathlib import Path

import matplotlib
import pytest


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two fonts, as they come with Matplotlib."""
    folder = tmp_path_factory.mktemp("fonts")
    source = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in ("DejaVuSans.ttf", "DejaVuSerif.ttf"):
        (folder / name).write_bytes((source / name).read_bytes())
    return folder
