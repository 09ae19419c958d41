"""Callbacks: best weights, early stopping, checkpoints, progress."""

from __future__ import annotations

import csv
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np

from dltasks.terminal import CLEAR_LINE, send
from dltasks.training import checkpoint
from dltasks.training.checkpoint import HISTORY_FILE, VALIDATION_LOSS, Checkpoint, Progress
from pipelines.errors import ConfigurationError, DltasksError


class Measure(keras.callbacks.Callback):
    """Add the stage's own figures to those of each epoch, such as an error rate of decoded text.

    Stands before the callbacks that read them, and before SwapEMAWeights: at the end of validation
    the network still holds the averaged weights.
    """

    def __init__(self, measure: Callable[[], dict[str, float]]) -> None:
        super().__init__()
        self.measure = measure
        self._figures: dict[str, float] = {}

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self._figures = self.measure()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            logs.update(self._figures)  # all callbacks are given the same dictionary


class KeepBest(keras.callbacks.Callback):
    """Remember the weights of the best validation, stop when it stays behind.

    Stands before SwapEMAWeights in the list of callbacks: at the end of validation the network
    still holds the averaged weights, the ones that were measured.

    Args:
        network: whose weights are kept.
        progress: is kept up to date.
        best: the weights of `progress.best`; empty before the first epoch.
        patience: epochs without a better value before stopping; 0 is never.
        monitor: name of the figure that says which is best.
        highest: whether its highest value is the best, and not its lowest.
        say: shows a line to the user.
    """

    def __init__(
        self,
        network: keras.Model,
        progress: Progress,
        best: list[np.ndarray],
        patience: int,
        *,
        monitor: str = VALIDATION_LOSS,
        highest: bool = False,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        super().__init__()
        self.network = network
        self.progress = progress
        self.best = best
        self.patience = patience
        self.monitor = monitor
        self.sign = -1.0 if highest else 1.0
        self.say = say
        self._measured: list[np.ndarray] = []

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        self._measured = checkpoint.values(self.network.weights)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        figures = logs or {}
        if math.isnan(figures[VALIDATION_LOSS]):
            self._stop_at_nan(epoch)
            return
        if self.monitor not in figures:
            raise ConfigurationError(
                f"monitor {self.monitor!r} is not measured; choose one of {', '.join(figures)}"
            )
        value = self.sign * figures[self.monitor]
        if value < self.progress.best or not self.best:
            self.progress.best = min(self.progress.best, value)  # infinity where it is NaN
            self.progress.epochs_without_gain = 0
            self.progress.best_epoch = len(self.progress.history) + 1  # its row is to be added
            self.best = self._measured
            return
        self.progress.epochs_without_gain += 1
        if self.patience and self.progress.epochs_without_gain >= self.patience:
            self.model.stop_training = True

    def _stop_at_nan(self, epoch: int) -> None:
        """Weights that are not numbers never become numbers again."""
        line = (
            f"the loss is not a number in epoch {epoch + 1}; lower --learning-rate or check "
            "the data"
        )
        if not self.best:
            raise DltasksError(line)
        self.say(f"{line} (the best weights so far are kept)")
        self.model.stop_training = True

    def restore(self) -> None:
        """Give the network its best weights."""
        if self.best:
            checkpoint.assign(self.network.weights, self.best)


class FinishEpoch(keras.callbacks.Callback):
    """Give a resumed epoch only the steps that it still lacks. Stands first in the list.

    Keras counts every epoch from its first step, so the first one is ended from here.
    """

    def __init__(self, steps_left: int, metrics: list[np.ndarray]) -> None:
        super().__init__()
        self.steps_left = steps_left
        self.metrics = metrics

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.metrics:
            checkpoint.assign(self.model.metrics_variables, self.metrics)
            self.metrics = []

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.steps_left -= 1
        if self.steps_left == 0:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.steps_left = sys.maxsize
        self.model.stop_training = False


class SaveProgress(keras.callbacks.Callback):
    """Write history.csv after each epoch, and a checkpoint then, now and again, and when stopped.

    Stands last in the list. The seconds of the first epoch count from `started`, so they include
    what the stage prepared.
    """

    def __init__(
        self,
        folder: Path,
        stage: str,
        network: keras.Model,
        keep_best: KeepBest,
        *,
        carried: Sequence[keras.Variable] = (),
        started: float,
        every_seconds: float,
        stop: StopRequest,
        writes: bool = True,
        several_workers: bool = False,
    ) -> None:
        super().__init__()
        self.folder = folder
        self.stage = stage
        self.network = network
        self.keep_best = keep_best
        self.progress = keep_best.progress
        self.carried = carried
        self.every_seconds = every_seconds
        self.stop = stop
        self.writes = writes
        self.several_workers = several_workers
        self._started = started
        self._saved = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.progress.step += 1
        if self.progress.step == self.params["steps"]:
            return  # the end of the epoch, after validation, saves and stops
        # Several workers would have to add up their metrics at the same moment; they go without.
        metrics = [] if self.several_workers else self.model.metrics_variables
        if self.stop.requested:
            self._save(metrics)
            raise KeyboardInterrupt
        if time.monotonic() - self._saved >= self.every_seconds:
            self._save(metrics)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        values = {name: float(value) for name, value in (logs or {}).items()}
        seconds = time.monotonic() - self._started
        self._started = time.monotonic()
        row = {"stage": self.stage, "epoch": epoch + 1, "seconds": round(seconds, 3), **values}
        self.progress.history.append(row)
        self.progress.epoch = epoch + 1
        self.progress.step = 0
        if self.writes:
            write_history(self.folder / HISTORY_FILE, self.progress.history)
        self._save([])
        if self.stop.requested:
            raise KeyboardInterrupt

    def _save(self, metrics: Sequence[keras.Variable]) -> None:
        self._saved = time.monotonic()
        if not self.writes:
            return
        checkpoint.save(
            self.folder / checkpoint.CHECKPOINT_FILE,
            Checkpoint(
                self.progress,
                network=checkpoint.values(self.network.variables),
                optimizer=checkpoint.values(self.model.optimizer.variables),
                metrics=checkpoint.values(metrics),
                carried=checkpoint.values(self.carried),
                best=self.keep_best.best,
            ),
        )


class StopRequest:
    """Turns the first Ctrl-C or SIGTERM into a wish, granted after the step; the second is at once.

    Use it as a context manager. Signals can only be caught on the main thread; elsewhere it never
    asks for anything.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in self.SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: Any) -> None:
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True


class ProgressLine(keras.callbacks.Callback):
    """One line an epoch; on a terminal also a line that moves, with the time left."""

    def __init__(
        self, stage: str, steps: int, epochs: int, say: Callable[[str], None], progress: Progress
    ) -> None:
        super().__init__()
        self.stage, self.steps, self.epochs, self.say = stage, steps, epochs, say
        self.progress = progress
        self.moving = sys.stderr.isatty()
        self._epoch = 0
        self._done = 0
        self._started = time.monotonic()
        self._first_step: int | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        step = self.progress.step + 1  # SaveProgress counts this one after us
        done = self._epoch * self.steps + step
        if self._first_step is None:  # the first step includes the tracing of the graph
            self._first_step, self._started = done, time.monotonic()
            return
        if self.moving:
            pace = (time.monotonic() - self._started) / (done - self._first_step)
            left = pace * (self.epochs * self.steps - done)
            loss = float((logs or {}).get("loss", float("nan")))
            text = f"{self._label()} step {step}/{self.steps}  loss {loss:.4f}"
            send(sys.stderr, f"{CLEAR_LINE}{text}  {_clock(left)} left")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.moving:
            send(sys.stderr, CLEAR_LINE)
        figures = "  ".join(f"{name} {float(value):.4f}" for name, value in (logs or {}).items())
        self.say(f"{self._label()}  {figures}")

    def _label(self) -> str:
        return f"{self.stage} {self._epoch + 1}/{self.epochs}"


def write_history(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write one row per epoch; a column that a stage does not have is left empty."""
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
