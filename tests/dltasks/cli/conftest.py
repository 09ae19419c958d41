"""The command `read` with a model that reads bars."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dltasks.cli.group import CommandGroup
from dltasks.cli.read import read_command
from pipelines.handwriting.pipeline import HandwritingRecognition
from tests.line_reader import BarGraph, draw_bars, write_bundle

Run = Callable[..., Result]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on the model that reads bars."""
    monkeypatch.setattr(HandwritingRecognition, "load_graphs", lambda self, threads: BarGraph())
    group = CommandGroup(commands={"read": read_command})
    model = ["--model", str(write_bundle(tmp_path / "bars"))]

    def run(*words: str | Path, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(group, ["read", *model, *map(str, words)], input=stdin)

    return run


@pytest.fixture
def lines(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{text}.png" for text in ("ab", "ba")]
    for path in paths:
        draw_bars(path.stem).save(path)
    return paths
