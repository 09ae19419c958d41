"""A checkpoint: one .npz file of arrays and plain values, written to a new file and renamed."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipelines.errors import DltasksError

if TYPE_CHECKING:
    import keras

HISTORY_FILE = "history.csv"  # beside it
CHECKPOINT_FILE = "checkpoint.npz"
VALIDATION_LOSS = "val_loss"
STATE = "state.json"


@dataclass
class Progress:
    """How far training has come; plain values only.

    Attributes:
        stage: index of the stage under way.
        epoch: epochs of that stage that are done.
        step: steps of the epoch under way that are done.
        best: best monitored value of that stage so far; negated where the highest is the best.
        epochs_without_gain: since then.
        best_epoch: the row of the history, from 1, that has the best value of all stages; 0 before
            the first epoch.
        history: one row per epoch, of all stages.
        batch_parts: parts that a batch is computed in; more since memory ran out.
    """

    stage: int = 0
    epoch: int = 0
    step: int = 0
    best: float = float("inf")
    epochs_without_gain: int = 0
    best_epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    batch_parts: int = 1

    @property
    def diverged(self) -> bool:
        """Whether the last epoch of the stage ended with a loss that is not a number."""
        return self.epoch > 0 and math.isnan(self.history[-1][VALIDATION_LOSS])


@dataclass(frozen=True)
class Checkpoint:
    """Everything that training needs to go on from where it was.

    Attributes:
        progress: counters and history.
        network: all variables of the network, random states included.
        optimizer: all variables of the stage's optimizer; empty between stages.
        metrics: running sums of the epoch under way; empty between epochs.
        best: the network's best weights in this stage; empty before its first epoch.
        carried: what the last step handed on, of stages that have such; empty between stages.
    """

    progress: Progress
    network: list[np.ndarray]
    optimizer: list[np.ndarray] = field(default_factory=list)
    metrics: list[np.ndarray] = field(default_factory=list)
    best: list[np.ndarray] = field(default_factory=list)
    carried: list[np.ndarray] = field(default_factory=list)


GROUPS = ("network", "optimizer", "metrics", "best", "carried")


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; the one that was there becomes the previous one.

    Raises:
        DltasksError: it cannot be written; what was there stands.
    """
    arrays = {
        f"{group}/{index:05d}": array
        for group in GROUPS
        for index, array in enumerate(getattr(checkpoint, group))
    }
    state = json.dumps(asdict(checkpoint.progress)).encode()
    arrays[STATE] = np.frombuffer(state, np.uint8)
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            path.replace(previous(path))
        partial.replace(path)
    except OSError as error:
        raise DltasksError(
            f"{path}: the checkpoint cannot be written: {error.strerror or error}; the previous "
            "one is kept; free some space and continue with --resume"
        ) from None
    finally:
        partial.unlink(missing_ok=True)


def load_newest(path: Path, say: Callable[[str], None]) -> Checkpoint | None:
    """Read the newest readable checkpoint; None where there is none.

    Args:
        path: where the newest one is written.
        say: told of a damaged one that is passed over.
    """
    for candidate in (path, previous(path)):
        checkpoint = load(candidate)
        if checkpoint:
            return checkpoint
        if candidate.exists():
            say(f"{candidate}: damaged, skipped")
    return None


def load(path: Path) -> Checkpoint | None:
    """Read a checkpoint; None where there is none or it is not readable."""
    try:
        # Opened here, for np.load leaves it open when it is damaged.
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            progress = Progress(**json.loads(bytes(file[STATE])))
            groups = {
                group: [file[key] for key in sorted(file.files) if key.startswith(f"{group}/")]
                for group in GROUPS
            }
    except Exception:  # zipfile and numpy raise all kinds on damaged files
        return None
    return Checkpoint(progress, **groups)


def remove(path: Path) -> None:
    """Remove the newest checkpoint and the one before it, where they are."""
    for file in (path, previous(path)):
        file.unlink(missing_ok=True)


def previous(path: Path) -> Path:
    """Name the checkpoint that was written before the newest one."""
    return path.with_name(f"previous-{path.name}")


def values(variables: Sequence[keras.Variable]) -> list[np.ndarray]:
    """Copy variables to arrays."""
    return [np.array(variable.numpy()) for variable in variables]


def assign(variables: Sequence[keras.Variable], arrays: Sequence[np.ndarray]) -> None:
    """Set variables from arrays, in order."""
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
