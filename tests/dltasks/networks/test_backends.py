"""Each network of ours gives the same, and learns the same, on Keras' JAX backend."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.dltasks.tiny import REPOSITORY

AGREEMENT = 1e-4  # of the value, where that is above 1


def run_on(backend: str, folder: Path) -> dict[str, np.ndarray]:
    out = folder / f"{backend}.npz"
    command = [sys.executable, "-m", "tests.dltasks.networks.backend_steps", str(out)]
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with np.load(out) as file:
        return {name: file[name] for name in file.files}


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("jax") is None,
    reason="JAX is not installed; pip install 'dltasks[jax]'",
)
def test_networks_run_and_learn_on_jax_as_on_tensorflow(tmp_path: Path) -> None:
    expected, found = (run_on(backend, tmp_path) for backend in ("tensorflow", "jax"))
    assert list(found) == list(expected)
    for name, values in expected.items():
        units = np.maximum(np.abs(values), 1.0)
        assert np.max(np.abs(found[name] - values) / units, initial=0.0) <= AGREEMENT, name
