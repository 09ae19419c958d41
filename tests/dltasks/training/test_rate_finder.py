from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltasks.training.rate_finder import RatePoint, plot, suggest, sweep
from dltasks.training.trainer import Stage
from pipelines.errors import ConfigurationError


@pytest.fixture
def stage() -> Stage:
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    points = np.random.default_rng(0).normal(size=(64, 4)).astype(np.float32)
    targets = np.eye(2, dtype=np.float32)[(points[:, 0] > 0).astype(int)]
    batches = tf.data.Dataset.from_tensor_slices((points, targets)).batch(16)
    loss = keras.losses.CategoricalCrossentropy()
    return Stage(model, batches.repeat(), batches, 4, loss, ["accuracy"])


def test_the_rate_rises_and_the_weights_are_put_back(stage: Stage) -> None:
    before = stage.model.get_weights()
    points = sweep(stage, steps=60)
    rates = [point.learning_rate for point in points]
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(1e-6)
    for now, then in zip(stage.model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert 1e-3 < suggest(points) <= 1.0


def test_the_suggestion_is_where_the_loss_falls_fastest() -> None:
    rates = np.geomspace(1e-6, 1.0, 61)
    losses = 2.0 - 1.0 / (1.0 + np.exp(-4.0 * (np.log10(rates) + 3.0)))  # steepest at 1e-3
    points = [RatePoint(float(rate), float(loss)) for rate, loss in zip(rates, losses, strict=True)]
    assert suggest(points) == pytest.approx(1e-3, rel=0.3)


def test_a_loss_that_only_rises_has_no_suggestion() -> None:
    points = [RatePoint(10.0**-number, float(20 - number)) for number in range(20, 0, -1)]
    with pytest.raises(ConfigurationError, match="no learning rate lowers the loss"):
        suggest(points)


def test_a_loss_that_diverges_at_once_is_told() -> None:
    with pytest.raises(ConfigurationError, match="diverged after 2 steps"):
        suggest([RatePoint(1e-6, 1.0), RatePoint(1e-5, 2.0), RatePoint(1e-4, float("nan"))])


def test_the_plot_is_a_picture(tmp_path: Path) -> None:
    points = [RatePoint(10.0**-number, 1.0) for number in range(6, 0, -1)]
    assert plot(points, 1e-3, tmp_path / "rate.png").read_bytes().startswith(b"\x89PNG")
