"""Real processes, really killed: they end with the weights of the run that nobody disturbed."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from dltasks.export.weights import read_weights
from pipelines.bundle.folder import open_bundle

from ..tiny import REPOSITORY, write_images

TRAIN = """
import sys
from pathlib import Path
from dltasks.tasks.train import train
from tests.dltasks.tiny import make_request, tiny_backbone

folder, data, resume = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "resume"
with tiny_backbone():
    request = make_request(
        folder, data, epochs=6, batch_size=2, checkpoint_minutes=0.0, resume=resume, patience=0
    )
    train(request, lambda line: print(line, flush=True))
"""
DEADLINE_SECONDS = 120


def _start(folder: Path, data: str, *, resume: bool) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", TRAIN, str(folder), data, "resume" if resume else "new"]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def _finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 0
    return output


def _weights(folder: Path) -> list[np.ndarray]:
    return list(read_weights(open_bundle(folder / "bundle")).values())


def _steps_written(folder: Path) -> float:
    """Tell when the checkpoint was last written, 0 before the first time."""
    path = folder / "run" / "checkpoint.npz"
    return path.stat().st_mtime_ns if path.exists() else 0


def _kill_within_training(folder: Path, data: str, *, resume: bool, draw: random.Random) -> None:
    """Start, wait until checkpoints are written, wait a little longer, kill."""
    process = _start(folder, data, resume=resume)
    before, deadline = _steps_written(folder), time.monotonic() + DEADLINE_SECONDS
    while _steps_written(folder) == before and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(draw.uniform(0.0, 0.25))
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL, "the run ended before it was killed"


def test_three_kills_at_random_moments_change_no_weight(tmp_path: Path) -> None:
    data = write_images(tmp_path / "data", count=20)
    _finish(_start(tmp_path / "whole", data, resume=False))
    draw = random.Random()
    for number in range(3):
        _kill_within_training(tmp_path / "killed", data, resume=number > 0, draw=draw)
    assert "resumed after" in _finish(_start(tmp_path / "killed", data, resume=True))
    for whole, killed in zip(
        _weights(tmp_path / "whole"), _weights(tmp_path / "killed"), strict=True
    ):
        np.testing.assert_array_equal(whole, killed)
    whole_history, killed_history = (
        [
            [value for name, value in row.items() if name != "seconds"]
            for row in _history(tmp_path / name)
        ]
        for name in ("whole", "killed")
    )
    assert whole_history == killed_history


def _history(folder: Path) -> list[dict[str, str]]:
    import csv

    with (folder / "run" / "history.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_polite_signal_saves_first_and_changes_no_weight(
    number: signal.Signals, tmp_path: Path
) -> None:
    data = write_images(tmp_path / "data", count=20)
    process = _start(tmp_path / "run", data, resume=False)
    while _steps_written(tmp_path / "run") == 0 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(number)
    process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode != 0
    assert "resumed after" in _finish(_start(tmp_path / "run", data, resume=True))
