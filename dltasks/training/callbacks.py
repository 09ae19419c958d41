"""What happens beside the steps: best weights, early stopping, checkpoints, progress."""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from dltasks.training import checkpoint
from dltasks.training.checkpoint import Checkpoint, Progress

MONITOR = "val_loss"
HISTORY_FILE = "history.csv"


class KeepBest(keras.callbacks.Callback):
    """Remember the weights of the lowest validation loss, stop when it stays behind.

    Stands before SwapEMAWeights in the list of callbacks: at the end of validation the network
    still holds the averaged weights, the ones that were measured.
    """

    def __init__(self, network: keras.Model, progress: Progress, best, patience: int) -> None:
        super().__init__()
        self.network = network
        self.progress = progress
        self.best = best
        self.patience = patience
        self._measured: list = []

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self._measured = checkpoint.values(self.network.weights)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        loss = (logs or {})[MONITOR]
        if loss < self.progress.best or not self.best:
            self.progress.best = min(self.progress.best, loss)  # infinity where loss is NaN
            self.progress.epochs_without_gain = 0
            self.best = self._measured
            return
        self.progress.epochs_without_gain += 1
        if self.patience and self.progress.epochs_without_gain >= self.patience:
            self.model.stop_training = True

    def restore(self) -> None:
        """Give the network its best weights."""
        if self.best:
            checkpoint.assign(self.network.weights, self.best)


class SaveProgress(keras.callbacks.Callback):
    """After each epoch, write history.csv and a checkpoint. Stands last in the list.

    The seconds of the first epoch count from `started`, so they include what the stage prepared.
    """

    def __init__(
        self,
        folder: Path,
        stage: str,
        network: keras.Model,
        keep_best: KeepBest,
        started: float,
    ) -> None:
        super().__init__()
        self.folder = folder
        self.stage = stage
        self.network = network
        self.keep_best = keep_best
        self.progress = keep_best.progress
        self._started = started

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        seconds = time.monotonic() - self._started
        self._started = time.monotonic()
        row = {"stage": self.stage, "epoch": epoch + 1, "seconds": round(seconds, 3), **values}
        self.progress.history.append(row)
        self.progress.epoch = epoch + 1
        write_history(self.folder / HISTORY_FILE, self.progress.history)
        checkpoint.save(
            self.folder / checkpoint.CHECKPOINT_FILE,
            Checkpoint(
                self.progress,
                network=checkpoint.values(self.network.variables),
                optimizer=checkpoint.values(self.model.optimizer.variables),
                best=self.keep_best.best,
            ),
        )


class ProgressLine(keras.callbacks.Callback):
    """One line an epoch; on a terminal also a line that moves, with the time left."""

    def __init__(self, stage: str, steps: int, epochs: int, say: Callable[[str], None]) -> None:
        super().__init__()
        self.stage, self.steps, self.epochs, self.say = stage, steps, epochs, say
        self.moving = sys.stderr.isatty()
        self._epoch = 0
        self._done = 0
        self._started = time.monotonic()
        self._first_step: int | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        done = self._epoch * self.steps + batch + 1
        if self._first_step is None:  # the first step includes the tracing of the graph
            self._first_step, self._started = done, time.monotonic()
            return
        if self.moving:
            pace = (time.monotonic() - self._started) / (done - self._first_step)
            left = pace * (self.epochs * self.steps - done)
            loss = float((logs or {}).get("loss", float("nan")))
            text = f"{self._label()} step {batch + 1}/{self.steps}  loss {loss:.4f}"
            sys.stderr.write(f"\r\033[K{text}  {_clock(left)} left")
            sys.stderr.flush()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.moving:
            sys.stderr.write("\r\033[K")
        figures = "  ".join(f"{name} {float(value):.4f}" for name, value in (logs or {}).items())
        self.say(f"{self._label()}  {figures}")

    def _label(self) -> str:
        return f"{self.stage} {self._epoch + 1}/{self.epochs}"


def write_history(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write one row an epoch; a column that a stage does not have is left empty."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    partial = path.with_name(path.name + ".part")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    partial.replace(path)


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
