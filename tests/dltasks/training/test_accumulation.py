"""Batches computed in parts: the same training, with less memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltasks.data.feeding import steps
from dltasks.training.accumulation import compute_in_parts
from dltasks.training.checkpoint import CHECKPOINT_FILE, load
from dltasks.training.config import TrainingConfig
from dltasks.training.distribution import choose_strategy
from dltasks.training.trainer import Stage, StagePlan, Trainer
from pipelines.errors import DltasksError

CONFIG = TrainingConfig(batch_size=8, patience=0, device="cpu", clip_norm=0.1)
PLANS = (("first", 2, 0.02), ("second", 1, 0.01))


class SmallMemory(keras.layers.Layer):
    """Runs out of memory, from some call on, where it is given too many examples in training."""

    def __init__(self, most: int, calls_before: int = 0) -> None:
        super().__init__()
        self.most = most
        self.calls_left = calls_before

    def call(self, x: Any, training: bool = False) -> Any:
        if not training:
            return x

        def check(values: np.ndarray) -> np.ndarray:
            self.calls_left -= 1
            if self.calls_left < 0 and len(values) > self.most:
                raise MemoryError("as a device says it")
            return np.zeros([], np.float32)

        return x + tf.ensure_shape(tf.numpy_function(check, [x], tf.float32), [])


class Run:
    """A network without dropout or batch normalisation, on random points."""

    def __init__(self, folder: Path, most: int = 99, *, calls_before: int = 0) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        keras.utils.set_random_seed(1)
        self.lines: list[str] = []
        self.strategy = choose_strategy("cpu")
        with self.strategy.scope():
            self.network = keras.Sequential(
                [
                    keras.Input((4,)),
                    SmallMemory(most, calls_before),
                    keras.layers.Dense(16, activation="relu", kernel_regularizer="l2"),
                    keras.layers.Dense(2, activation="softmax"),
                ]
            )

    def fit(self, config: TrainingConfig = CONFIG, **options: Any) -> list[dict[str, Any]]:
        trainer = Trainer(self.network, self.strategy, config, self.folder, self.lines.append)
        return trainer.fit([StagePlan(*plan, self.build) for plan in PLANS], **options)

    def build(self, epochs_done: int, steps_done: int) -> Stage:
        random = np.random.default_rng(1)
        points = tf.constant(random.normal(size=(48, 4)), tf.float32)
        targets = tf.one_hot(tf.cast(points[:, 0] > points[:, 1], tf.int32), 2)
        start = epochs_done * 6 + steps_done
        order = steps.shuffled_order(48, batch_size=8, seed=1, start_step=start)
        train = order.map(lambda index, _: (points[index], targets[index]))
        valid = tf.data.Dataset.from_tensor_slices((points[:9], targets[:9]))
        return Stage(
            model=self.network,
            train=steps.batch(train, 8),
            valid=steps.batch(valid, 8),
            steps_per_epoch=6,
            loss=keras.losses.CategoricalCrossentropy(),
            metrics=["accuracy"],
            class_weights={0: 1.0, 1: 3.0},
        )


def _figures(history: list[dict[str, Any]]) -> list[list[float]]:
    return [
        [value for name, value in row.items() if name not in ("stage", "seconds")]
        for row in history
    ]


def _assert_like(found: Run, wanted: Run) -> None:
    for array, expected in zip(
        found.network.get_weights(), wanted.network.get_weights(), strict=True
    ):
        np.testing.assert_allclose(array, expected, atol=2e-6)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[list[float]]]:
    """A run that computes whole batches, and its figures."""
    run = Run(tmp_path_factory.mktemp("whole"))
    return run, _figures(run.fit())


@pytest.mark.parametrize("parts", [2, 3, 8, 20])
def test_batches_in_parts_train_what_whole_batches_train(
    parts: int, whole: tuple[Run, list[list[float]]], tmp_path: Path
) -> None:
    run = Run(tmp_path)
    history = run.fit(replace(CONFIG, batch_parts=parts))
    np.testing.assert_allclose(_figures(history), whole[1], atol=1e-5)
    _assert_like(run, whole[0])


@pytest.mark.parametrize("calls_before", [0, 9])
def test_out_of_memory_halves_what_is_computed_at_a_time_and_changes_nothing_else(
    calls_before: int, whole: tuple[Run, list[list[float]]], tmp_path: Path
) -> None:
    run = Run(tmp_path, most=2, calls_before=calls_before)
    history = run.fit()
    np.testing.assert_allclose(_figures(history), whole[1], atol=1e-5)
    _assert_like(run, whole[0])
    said = [line for line in run.lines if "memory" in line]
    assert said == [
        "out of memory with 8 examples at a time; from now on each batch is computed in 2 parts, "
        "with the same batch size and learning rate",
        "out of memory with 4 examples at a time; from now on each batch is computed in 4 parts, "
        "with the same batch size and learning rate",
    ]


def test_the_parts_are_remembered_by_the_checkpoint(tmp_path: Path) -> None:
    Run(tmp_path, most=4).fit()
    saved = load(tmp_path / CHECKPOINT_FILE)
    assert saved is not None
    assert saved.progress.batch_parts == 2


def test_a_run_that_ran_out_of_memory_and_was_killed_ends_like_one_never_killed(
    tmp_path: Path,
) -> None:
    never_killed = Run(tmp_path / "whole", most=4)
    never_killed.fit()
    killed = Run(tmp_path / "killed", most=4)
    killed.lines = DiesAt("second 1/1")
    with pytest.raises(KeyboardInterrupt):
        killed.fit()
    resumed = Run(tmp_path / "killed", most=4)
    resumed.fit()
    assert not any("out of memory" in line for line in resumed.lines)
    for found, wanted in zip(
        resumed.network.get_weights(), never_killed.network.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(found, wanted)


class DiesAt(list):
    """Lines; at one that starts so, training ends."""

    def __init__(self, line: str) -> None:
        super().__init__()
        self.line = line

    def append(self, line: str) -> None:
        if line.startswith(self.line):
            raise KeyboardInterrupt


def test_too_little_memory_for_one_example_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DltasksError, match="out of memory with a single example at a time; make"):
        Run(tmp_path, most=0).fit()


def test_a_part_of_the_network_that_the_loss_does_not_reach_gets_no_gradient() -> None:
    inputs = keras.Input((2,))
    used, unused = keras.layers.Dense(1), keras.layers.Dense(1)
    model = keras.Model(inputs, [used(inputs), unused(inputs)])
    model.compile(keras.optimizers.SGD(), loss=["mse", None])
    before = unused.get_weights()[0]
    compute_in_parts(model, 2)
    model.fit(np.ones((4, 2)), [np.ones((4, 1)), np.ones((4, 1))], shuffle=False, verbose=0)
    np.testing.assert_array_equal(unused.get_weights()[0], before)


@pytest.mark.parametrize("structure", [dict, tuple])
def test_inputs_of_several_parts_are_cut_alike(structure: Callable[..., Any]) -> None:
    names = ("left", "right")
    inputs = {name: keras.Input((1,), name=name) for name in names}
    rows = {name: np.arange(5.0)[:, None] for name in names}
    outputs = keras.layers.Subtract()([inputs["left"], inputs["right"]])
    given = inputs if structure is dict else list(inputs.values())
    model = keras.Model(given, keras.layers.Dense(1)(outputs))
    model.compile(keras.optimizers.SGD(), loss="mse")
    compute_in_parts(model, 2)
    data = rows if structure is dict else tuple(rows.values())
    dataset = tf.data.Dataset.from_tensors((data, np.ones((5, 1), np.float32)))
    loss = model.fit(dataset, shuffle=False, verbose=0).history["loss"]
    assert loss == [1.0]  # the two sides are equal, and so their difference is 0
