"""Two real worker processes on the loopback interface train one network."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ..tiny import REPOSITORY, write_images

WORK = """
import sys
from pathlib import Path
import numpy as np
from dltasks.tasks import train
from dltasks.training.distribution import is_chief
from pipelines.errors import DltasksError
from tests.dltasks.tiny import make_request, tiny_backbone

folder, data, base, resume = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4] == "resume"
fit = train._fit

def fit_and_keep(*arguments):
    built = fit(*arguments)
    name = "chief" if is_chief() else "worker"
    np.savez(folder / f"{name}.npz", *built.network.get_weights())
    return built

train._fit = fit_and_keep
folder.mkdir(exist_ok=True)
with tiny_backbone():
    request = make_request(
        folder, data, base=base, pretrained=True, epochs=4, batch_size=4, learning_rate=0.001,
        dropout=0.0, patience=0, checkpoint_minutes=0.0, resume=resume,
    )
    try:
        train.train(request, lambda line: print(line, flush=True))
    except DltasksError as error:
        sys.exit(str(error))
"""
DEADLINE_SECONDS = 150


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for item in sockets:
        item.bind(("127.0.0.1", 0))
    ports = [item.getsockname()[1] for item in sockets]
    for item in sockets:
        item.close()
    return ports


def _start(
    folder: Path, given: tuple[str, str], *, workers: int = 2, resume: bool = False
) -> list[subprocess.Popen[str]]:
    """Start the workers, the chief first, on data and base."""
    addresses = [f"127.0.0.1:{port}" for port in _free_ports(workers)]
    processes = []
    for index in range(workers):
        task = {"type": "worker", "index": index}
        config = json.dumps({"cluster": {"worker": addresses}, "task": task})
        environment = {**os.environ, "TF_CONFIG": config if workers > 1 else ""}
        command = [sys.executable, "-c", WORK, str(folder), *given, "resume" if resume else "new"]
        processes.append(
            subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    return processes


def _finish(processes: list[subprocess.Popen[str]]) -> list[str]:
    outputs = []
    for process in processes:
        output, errors = process.communicate(timeout=DEADLINE_SECONDS)
        assert process.returncode == 0, errors[-3000:]
        outputs.append(output)
    return outputs


def _weights(path: Path) -> list[np.ndarray]:
    with np.load(path) as file:
        return [file[name] for name in file.files]


def _history(folder: Path) -> list[list[float]]:
    lines = (folder / "run" / "history.csv").read_text().splitlines()
    seconds = lines[0].split(",").index("seconds")
    rows = [line.split(",")[seconds + 1 :] for line in lines[1:]]
    return [[float(value) for value in row] for row in rows]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory, trained_bundle: Path) -> tuple[str, str]:
    """Data, and a base whose batch normalisation holds still: statistics of half a batch differ."""
    return write_images(tmp_path_factory.mktemp("data"), count=20), str(trained_bundle)


@pytest.fixture(scope="module")
def joined(given: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two workers that nobody disturbed."""
    folder = tmp_path_factory.mktemp("joined")
    outputs = _finish(_start(folder, given))
    assert outputs[0]
    assert not outputs[1], "only the chief speaks"
    return folder


def test_both_workers_end_with_the_same_weights(joined: Path) -> None:
    for chief, worker in zip(
        _weights(joined / "chief.npz"), _weights(joined / "worker.npz"), strict=True
    ):
        np.testing.assert_array_equal(chief, worker)


def test_two_workers_train_what_one_process_trains(
    joined: Path, given: tuple[str, str], tmp_path: Path
) -> None:
    _finish(_start(tmp_path, given, workers=1))
    np.testing.assert_allclose(_history(joined), _history(tmp_path), atol=1e-4)
    for two, one in zip(
        _weights(joined / "chief.npz"), _weights(tmp_path / "chief.npz"), strict=True
    ):
        np.testing.assert_allclose(two, one, atol=1e-4)


def test_a_killed_worker_ends_the_run_and_all_go_on_from_the_checkpoint(
    joined: Path, given: tuple[str, str], tmp_path: Path
) -> None:
    chief, worker = _start(tmp_path, given)
    checkpoint = tmp_path / "run" / "checkpoint.npz"
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    worker.kill()
    worker.communicate()
    _, errors = chief.communicate(timeout=DEADLINE_SECONDS)
    assert chief.returncode != 0
    assert "another worker" in errors
    outputs = _finish(_start(tmp_path, given, resume=True))
    assert "resumed after" in outputs[0]
    for disturbed, wanted in zip(
        _weights(tmp_path / "chief.npz"), _weights(joined / "chief.npz"), strict=True
    ):
        np.testing.assert_allclose(disturbed, wanted, atol=1e-5)
