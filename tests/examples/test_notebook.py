"""The notebook runs from top to bottom, offline, and its model is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import EXAMPLES

NOTEBOOK = json.loads((EXAMPLES / "python.ipynb").read_text(encoding="utf-8"))
CODE = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]


def test_no_outputs_are_stored() -> None:
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in CODE)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names: dict[str, Any] = {}
    for number, cell in enumerate(CODE):
        exec(compile("".join(cell["source"]), f"python.ipynb cell {number}", "exec"), names)
    names["plt"].close("all")

    assert names["report"].metrics["top_1"] == 1.0
    assert names["report"].metrics == names["trained"].report.metrics
    assert (tmp_path / "flowers.keras").exists()
    right = [
        result.labels[0].name == path.parent.name
        for path, result in zip(
            names["paths"], names["classify"].stream(names["paths"]), strict=True
        )
    ]
    assert sum(right) >= 22  # of 24
