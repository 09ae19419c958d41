from __future__ import annotations

import csv
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest

from dltasks.training import callbacks, checkpoint
from dltasks.training.callbacks import (
    KeepBest,
    ProgressLine,
    SaveProgress,
    StopRequest,
    write_history,
)
from dltasks.training.checkpoint import Progress
from pipelines.errors import ConfigurationError, DltasksError


@pytest.fixture
def network() -> keras.Model:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(keras.optimizers.SGD(), loss="mse")
    return model


def _keep_best(network: keras.Model, patience: int = 0, **options: Any) -> KeepBest:
    keep = KeepBest(network, Progress(), [], patience, **options)
    keep.set_model(network)
    network.stop_training = False
    return keep


def _run_epochs(keep: KeepBest, values: list[float], name: str = "val_loss") -> None:
    """Let epoch n end with the weight n + 1, after a validation that gave its value."""
    for epoch, value in enumerate(values):
        keep.network.set_weights([np.full((1, 1), epoch + 1.0)])
        keep.on_test_end()
        keep.network.set_weights([np.full((1, 1), -1.0)])  # the weights that were not measured
        keep.on_epoch_end(epoch, {"val_loss": 1.0, name: value})


def _weight(network: keras.Model) -> float:
    return float(network.get_weights()[0][0, 0])


def test_the_weights_of_the_lowest_loss_come_back(network: keras.Model) -> None:
    keep = _keep_best(network)
    _run_epochs(keep, [3.0, 1.0, 2.0])
    keep.restore()
    assert _weight(network) == 2.0
    assert keep.progress.best == 1.0


def test_the_row_of_the_best_epoch_counts_from_the_first_stage(network: keras.Model) -> None:
    progress = Progress(stage=1, best=2.0, best_epoch=1, history=[{}, {}])
    keep = KeepBest(network, progress, [np.zeros((1, 1))], 0)
    keep.set_model(network)
    for epoch, (loss, row) in enumerate([(3.0, 1), (1.0, 4), (1.5, 4)]):
        keep.on_epoch_begin(epoch)
        keep.on_test_end()
        keep.on_epoch_end(epoch, {"val_loss": loss})
        progress.history.append({})
        assert progress.best_epoch == row


def test_of_equal_losses_the_first_is_kept(network: keras.Model) -> None:
    keep = _keep_best(network)
    _run_epochs(keep, [1.0, 1.0])
    keep.restore()
    assert _weight(network) == 1.0


def test_a_loss_that_is_not_a_number_ends_training_with_the_best_weights_from_before(
    network: keras.Model,
) -> None:
    lines: list[str] = []
    keep = _keep_best(network, say=lines.append)
    _run_epochs(keep, [6.0, 5.0, float("nan")])
    assert network.stop_training
    assert lines == [
        "the loss is not a number in epoch 3; lower --learning-rate or check the data (the "
        "best weights so far are kept)"
    ]
    keep.restore()
    assert _weight(network) == 2.0
    assert keep.progress.best == 5.0


def test_a_loss_that_never_was_a_number_is_an_error(network: keras.Model) -> None:
    with pytest.raises(DltasksError, match="not a number in epoch 1; lower --learning-rate"):
        _run_epochs(_keep_best(network), [float("nan")])


def test_a_figure_of_ones_own_chooses_the_best_weights(network: keras.Model) -> None:
    keep = _keep_best(network, patience=2, monitor="val_bleu", highest=True)
    _run_epochs(keep, [10.0, 30.0, 20.0, 25.0], "val_bleu")
    assert network.stop_training
    keep.restore()
    assert _weight(network) == 2.0


def test_a_figure_that_is_not_a_number_is_never_the_best(network: keras.Model) -> None:
    keep = _keep_best(network, monitor="val_cer")
    _run_epochs(keep, [float("nan"), 0.5, float("nan")], "val_cer")
    keep.restore()
    assert _weight(network) == 2.0


def test_a_monitor_that_nobody_measures_is_named(network: keras.Model) -> None:
    keep = _keep_best(network, monitor="val_cer")
    with pytest.raises(ConfigurationError, match=r"'val_cer' is not measured; .* val_loss, val_x"):
        _run_epochs(keep, [1.0], "val_x")


def test_training_stops_after_as_many_epochs_without_gain_as_patience(
    network: keras.Model,
) -> None:
    keep = _keep_best(network, patience=2)
    _run_epochs(keep, [3.0, 4.0, 2.0, 2.5])
    assert not network.stop_training
    _run_epochs(keep, [2.5])
    assert network.stop_training


def test_patience_0_never_stops(network: keras.Model) -> None:
    keep = _keep_best(network, patience=0)
    _run_epochs(keep, [1.0] + [2.0] * 50)
    assert not network.stop_training


def test_a_first_epoch_that_is_worse_than_the_stage_before_keeps_its_weights(
    network: keras.Model,
) -> None:
    keep = KeepBest(network, Progress(stage=1, best=0.5), [np.full((1, 1), 9.0)], 0)
    keep.set_model(network)
    _run_epochs(keep, [0.6, 0.7])
    keep.restore()
    assert _weight(network) == 9.0


def test_without_any_epoch_restore_changes_nothing(network: keras.Model) -> None:
    network.set_weights([np.full((1, 1), 4.0)])
    _keep_best(network).restore()
    assert _weight(network) == 4.0


def test_each_epoch_is_saved_with_its_history(network: keras.Model, tmp_path: Path) -> None:
    keep = _keep_best(network)
    save = SaveProgress(
        tmp_path,
        "head",
        network,
        keep,
        started=time.monotonic(),
        every_seconds=60.0,
        stop=StopRequest(),
    )
    save.set_model(network)
    for epoch in range(2):
        _run_epochs(keep, [3.0 - epoch])
        save.on_epoch_end(epoch, {"loss": np.float32(0.5), "val_loss": 3.0 - epoch})
    found = checkpoint.load(tmp_path / checkpoint.CHECKPOINT_FILE)
    assert found is not None
    assert (found.progress.epoch, found.progress.best) == (2, 2.0)
    assert [row["val_loss"] for row in found.progress.history] == [3.0, 2.0]
    assert len(found.optimizer) == len(network.optimizer.variables)
    with (tmp_path / callbacks.HISTORY_FILE).open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["stage"], row["epoch"], row["loss"]) for row in rows] == [
        ("head", "1", "0.5"),
        ("head", "2", "0.5"),
    ]


def test_history_of_stages_with_other_columns_is_one_table(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    write_history(path, [{"stage": "a", "loss": 1.0}, {"stage": "b", "loss": 2.0, "rate": 3.0}])
    assert path.read_text() == "stage,loss,rate\na,1.0,\nb,2.0,3.0\n"
    assert list(tmp_path.glob("*.part")) == []


def test_progress_is_one_line_an_epoch_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines: list[str] = []
    progress = ProgressLine("head", 2, 5, lines.append, Progress())
    for epoch in (3, 4):
        progress.on_epoch_begin(epoch)
        progress.on_train_batch_end(0, {"loss": 1.0})
        progress.on_train_batch_end(1, {"loss": 1.0})
        progress.on_epoch_end(epoch, {"loss": 0.5, "val_loss": np.float32(0.25)})
    assert lines == [
        "head 4/5  loss 0.5000  val_loss 0.2500",
        "head 5/5  loss 0.5000  val_loss 0.2500",
    ]
    assert capsys.readouterr() == ("", "")


def test_progress_on_a_terminal_tells_step_and_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = iter([0.0, 100.0, 110.0])
    monkeypatch.setattr(callbacks, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    counters = Progress()
    progress = ProgressLine("head", 4, 2, lambda line: None, counters)
    progress.moving = True
    progress.on_epoch_begin(0)
    progress.on_train_batch_end(0, {"loss": 9.0})  # at 100 s: the graph was traced
    counters.step = 1
    progress.on_train_batch_end(1, {"loss": 0.75})  # at 110 s: 6 steps are left
    assert capsys.readouterr().err.endswith("head 1/2 step 2/4  loss 0.7500  1:00 left")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.9, "0:00"), (65, "1:05"), (3600, "1:00:00"), (36610, "10:10:10")]
)
def test_clock(seconds: float, text: str) -> None:
    assert callbacks._clock(seconds) == text
