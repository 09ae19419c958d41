from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltasks.data.feeding import steps
from dltasks.training import callbacks
from dltasks.training.checkpoint import CHECKPOINT_FILE, load
from dltasks.training.config import TrainingConfig
from dltasks.training.distribution import choose_strategy
from dltasks.training.trainer import Stage, StagePlan, Trainer
from pipelines.errors import ConfigurationError

CONFIG = TrainingConfig(batch_size=8, learning_rate=0.02, patience=0, device="cpu")
PLANS = (("first", 2, 0.02), ("second", 2, 0.01))


class Killed(BaseException):
    """Stands for the end of the process."""


@dataclass
class Run:
    """A network on random points; whether a point's class can be learnt is the run's choice."""

    folder: Path
    config: TrainingConfig = CONFIG
    learnable: bool = True
    units: int = 16
    stage: dict[str, Any] = field(default_factory=dict)  # further fields of every stage

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        keras.utils.set_random_seed(1)
        self.strategy = choose_strategy("cpu")
        with self.strategy.scope():
            self.network = keras.Sequential(
                [
                    keras.Input((4,)),
                    keras.layers.Dense(self.units, activation="relu"),
                    keras.layers.BatchNormalization(),
                    keras.layers.Dropout(0.3),
                    keras.layers.Dense(2, activation="softmax", dtype="float32"),
                ]
            )
        self.lines: list[str] = []

    def fit(
        self, plans: tuple[tuple[str, int, float], ...] = PLANS, kill_at: str | None = None
    ) -> list[dict[str, Any]]:
        """Train; at the line that starts with `kill_at`, before it is saved, it is killed."""

        def say(line: str) -> None:
            self.lines.append(line)
            if kill_at and line.startswith(kill_at):
                raise Killed

        trainer = Trainer(self.network, self.strategy, self.config, self.folder, say)
        return trainer.fit([StagePlan(*plan, self._builder(plan[0])) for plan in plans])

    def points(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        random = np.random.default_rng(["train", "valid"].index(split))
        points = random.normal(size=(48, 4)).astype(np.float32)
        rule = points[:, 0] > points[:, 1] if self.learnable else random.random(48) > 0.5
        return points, np.eye(2, dtype=np.float32)[rule.astype(int)]

    def measured_loss(self) -> float:
        """The validation loss of the network as it is."""
        points, targets = self.points("valid")
        loss = keras.losses.CategoricalCrossentropy()
        return float(loss(targets, self.network(points, training=False)))

    def history(self) -> list[dict[str, Any]]:
        saved = load(self.folder / CHECKPOINT_FILE)
        return saved.progress.history if saved else []

    def weights(self) -> list[np.ndarray]:
        return self.network.get_weights()

    def _builder(self, name: str) -> Callable[[int, int], Stage]:
        def build(epochs_done: int, steps_done: int) -> Stage:
            batch_size = self.config.batch_size
            points, targets = (tf.constant(array) for array in self.points("train"))
            per_epoch = steps.steps_per_epoch(len(points), batch_size)
            order = steps.shuffled_order(
                len(points),
                batch_size=batch_size,
                seed=1,
                start_step=epochs_done * per_epoch + steps_done,
            )
            valid = tf.data.Dataset.from_tensor_slices(self.points("valid"))
            return Stage(
                model=self.network,
                train=steps.batch(
                    order.map(lambda index, _: (points[index], targets[index])), batch_size
                ),
                valid=steps.batch(valid, batch_size),
                steps_per_epoch=per_epoch,
                loss=keras.losses.CategoricalCrossentropy(),
                metrics=["accuracy"],
                **self.stage,
            )

        return build


def _without_seconds(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: row[key] for key in row if key != "seconds"} for row in history]


@pytest.fixture(autouse=True)
def float32_afterwards() -> Iterator[None]:
    yield
    keras.mixed_precision.set_global_policy("float32")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that was never killed."""
    run = Run(tmp_path_factory.mktemp("whole"))
    run.fit()
    return run


def test_the_epoch_whose_weights_were_kept_is_known(whole: Run) -> None:
    losses = [row["val_loss"] for row in whole.history()]
    saved = load(whole.folder / CHECKPOINT_FILE)
    assert saved
    assert saved.progress.best_epoch == 1 + losses.index(min(losses))


def _assert_same_weights(found: Run, wanted: Run) -> None:
    for array, expected in zip(found.weights(), wanted.weights(), strict=True):
        np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize("kill_at", ["first 2/2", "second 1/2", "second 2/2"])
def test_a_killed_run_resumed_ends_like_one_never_killed(
    kill_at: str, whole: Run, tmp_path: Path
) -> None:
    with pytest.raises(Killed):
        Run(tmp_path / "killed").fit(kill_at=kill_at)
    resumed = Run(tmp_path / "killed")
    history = resumed.fit()
    assert resumed.lines[0].startswith("resumed after")
    _assert_same_weights(resumed, whole)
    assert _without_seconds(history) == _without_seconds(whole.history())
    assert len(history) == 4


@pytest.mark.parametrize(("at", "stop_step"), [(1, 1), (5, 5), (6, 0), (7, 1), (23, 5)])
def test_a_run_stopped_within_an_epoch_ends_like_one_never_stopped(
    at: int, stop_step: int, whole: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StopAtStep(callbacks.StopRequest):
        """Asks for an end after some steps, 6 of which make an epoch."""

        asked = 0

        @property
        def requested(self) -> bool:
            StopAtStep.asked += 1
            return StopAtStep.asked == at

        @requested.setter
        def requested(self, value: bool) -> None:
            pass

    stopped = Run(tmp_path / "stopped")
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "StopRequest", StopAtStep)
        with pytest.raises(KeyboardInterrupt):
            stopped.fit()
    saved = load(tmp_path / "stopped" / CHECKPOINT_FILE)
    assert saved is not None
    assert saved.progress.step == stop_step
    resumed = Run(tmp_path / "stopped")
    history = resumed.fit()
    _assert_same_weights(resumed, whole)
    assert _without_seconds(history) == _without_seconds(whole.history())


def test_without_averages_and_in_mixed_precision_a_killed_run_ends_like_one_never_killed(
    tmp_path: Path,
) -> None:
    keras.mixed_precision.set_global_policy("mixed_float16")
    config = replace(CONFIG, average=0.0)
    plans = PLANS[:1]
    never_killed = Run(tmp_path / "whole", config)
    never_killed.fit(plans)
    with pytest.raises(Killed):
        Run(tmp_path / "killed", config).fit(plans, kill_at="first 2/2")
    resumed = Run(tmp_path / "killed", config)
    resumed.fit(plans)
    _assert_same_weights(resumed, never_killed)


def test_resuming_a_finished_run_trains_no_further(whole: Run) -> None:
    again = Run(whole.folder)
    assert again.fit() == whole.history()
    assert again.lines == ["resumed after 4 epochs"]
    _assert_same_weights(again, whole)


def test_a_stage_that_had_stopped_early_is_not_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = replace(CONFIG, patience=1)
    plans = (("first", 40, 0.3),)
    never_killed = Run(tmp_path / "whole", config, learnable=False)
    history = never_killed.fit(plans)
    assert len(history) < 40

    def die(*args: Any) -> None:
        raise Killed

    killed = Run(tmp_path / "killed", config, learnable=False)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_save_between_stages", die)
        with pytest.raises(Killed):
            killed.fit(plans)
    resumed = Run(tmp_path / "killed", config, learnable=False)
    assert len(resumed.fit(plans)) == len(history)
    _assert_same_weights(resumed, never_killed)


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_the_best_weights_are_kept_and_not_the_last(average: float, tmp_path: Path) -> None:
    run = Run(tmp_path / "run", replace(CONFIG, average=average), learnable=False)
    history = run.fit((("only", 12, 0.3),))
    losses = [row["val_loss"] for row in history]
    assert losses[-1] - min(losses) > 1e-3
    assert run.measured_loss() == pytest.approx(min(losses), abs=1e-5)


class Measured(Run):
    """A run with a figure of its own: minus the size of the weights, which grow."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.stage = {
            "measure": lambda: {"val_small": -self.size()},
            "monitor": "val_small",
            "monitor_best": "highest",
        }

    def size(self) -> float:
        """The sum of the absolute weights of the network as it is."""
        return float(sum(np.abs(array).sum() for array in self.weights()))


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_a_figure_of_ones_own_is_measured_on_the_averaged_weights_and_chooses(
    average: float, tmp_path: Path
) -> None:
    run = Measured(tmp_path / "run", replace(CONFIG, average=average), learnable=False)
    history = run.fit((("only", 4, 0.3),))
    figures = [row["val_small"] for row in history]
    losses = [row["val_loss"] for row in history]
    assert figures.index(max(figures)) != losses.index(min(losses))
    assert -run.size() == pytest.approx(max(figures), rel=1e-6)
    assert f"val_small {figures[0]:.4f}" in run.lines[0]
    with (run.folder / "history.csv").open() as file:
        assert [float(row["val_small"]) for row in csv.DictReader(file)] == figures


def test_a_killed_run_with_a_figure_of_its_own_ends_like_one_never_killed(tmp_path: Path) -> None:
    never_killed = Measured(tmp_path / "whole")
    wanted = never_killed.fit()
    with pytest.raises(Killed):
        Measured(tmp_path / "killed").fit(kill_at="second 2/2")
    resumed = Measured(tmp_path / "killed")
    assert _without_seconds(resumed.fit()) == _without_seconds(wanted)
    _assert_same_weights(resumed, never_killed)


def test_a_run_that_diverged_is_not_taken_up_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    diverging = replace(CONFIG, clip_norm=0.0, average=0.0)
    good, bad = ("good", 1, 0.02), ("bad", 5, 1e30)
    Run(tmp_path / "run", diverging).fit((good,))

    def die(*args: Any) -> None:
        raise Killed

    killed = Run(tmp_path / "run", diverging)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_save_between_stages", die)
        with pytest.raises(Killed):
            killed.fit((good, bad))
    assert "not a number in epoch 1" in killed.lines[1]
    resumed = Run(tmp_path / "run", diverging)
    assert [row["stage"] for row in resumed.fit((good, bad))] == ["good", "bad"]
    assert resumed.measured_loss() == pytest.approx(resumed.history()[0]["val_loss"], abs=1e-5)


def test_training_stops_when_validation_stays_behind(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", replace(CONFIG, patience=2), learnable=False)
    losses = [row["val_loss"] for row in run.fit((("only", 60, 0.3),))]
    assert len(losses) < 60
    assert len(losses) == losses.index(min(losses)) + 1 + 2


def test_a_later_stage_that_is_worse_keeps_the_earlier_weights(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    history = run.fit((("good", 5, 0.05), ("bad", 2, 50.0)))
    good = [row["val_loss"] for row in history if row["stage"] == "good"]
    bad = [row["val_loss"] for row in history if row["stage"] == "bad"]
    assert min(good) < min(bad)
    assert run.measured_loss() == pytest.approx(min(good), abs=1e-5)


def test_a_later_stage_that_is_better_replaces_them(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    history = run.fit((("short", 1, 0.001), ("long", 10, 0.05)))
    losses = [row["val_loss"] for row in history]
    assert min(losses[1:]) < losses[0]
    assert run.measured_loss() == pytest.approx(min(losses), abs=1e-5)


def test_a_stage_of_no_epochs_is_left_out(tmp_path: Path) -> None:
    history = Run(tmp_path / "run").fit((("none", 0, 0.1), ("some", 1, 0.1)))
    assert [row["stage"] for row in history] == ["some"]


def test_no_stage_at_all_trains_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    before = run.weights()
    assert run.fit((("none", 0, 0.1),)) == []
    for found, wanted in zip(run.weights(), before, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_history_file_has_a_row_an_epoch(whole: Run) -> None:
    with (whole.folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["stage"], row["epoch"]) for row in rows] == [
        (name, str(epoch)) for name, epochs, _ in PLANS for epoch in range(1, epochs + 1)
    ]
    losses = [row["val_loss"] for row in whole.history()]
    assert [float(row["val_loss"]) for row in rows] == losses


def test_learning_rate_rises_to_the_highest_and_falls_to_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path / "run", replace(CONFIG, warm_up=0.5))
    run.fit((("only", 2, 0.1),))  # 12 steps
    rate = run.network.optimizer._learning_rate
    rates = [float(rate(step)) for step in (0, 3, 6, 9, 12)]
    np.testing.assert_allclose(rates, [0.0, 0.05, 0.1, 0.05, 0.0], atol=1e-6)


def test_weight_decay_is_for_weights_alone(whole: Run) -> None:
    optimizer = whole.network.optimizer
    decayed = {
        variable.path.rpartition("/")[2]
        for variable in whole.network.trainable_variables
        if optimizer._use_weight_decay(variable)
    }
    assert decayed == {"kernel"}


def test_a_checkpoint_of_another_network_is_refused(whole: Run) -> None:
    other = Run(whole.folder, units=9)
    with pytest.raises(
        ConfigurationError, match=r"checkpoint\.npz: belongs to another .*--overwrite"
    ):
        other.fit()


def test_checkpoint_between_stages_holds_the_best_and_no_optimizer(whole: Run) -> None:
    saved = load(whole.folder / CHECKPOINT_FILE)
    assert saved is not None
    assert saved.progress.stage == 2
    assert saved.optimizer == []
    for found, wanted in zip(saved.best, whole.weights(), strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_without_resume_a_checkpoint_of_before_is_not_taken_up(tmp_path: Path) -> None:
    Run(tmp_path / "run").fit(PLANS[:1])
    again = Run(tmp_path / "run")
    trainer = Trainer(again.network, again.strategy, CONFIG, again.folder, again.lines.append)
    plan = StagePlan(*PLANS[0], again._builder("first"))
    assert len(trainer.fit([plan], resume=False)) == 2
    assert not any(line.startswith("resumed") for line in again.lines)
