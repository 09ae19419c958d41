"""The learning-rate finder: raise the rate step by step and see where the loss falls fastest.

Smith 2015, "Cyclical Learning Rates for Training Neural Networks", section 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dltasks.data.feeding.steps import as_it_is
from dltasks.training import checkpoint
from pipelines.errors import ConfigurationError

if TYPE_CHECKING:
    from dltasks.training.trainer import Stage

LOWEST, HIGHEST = 1e-6, 1.0
SMOOTHING = 0.9  # of the losses, which jump from batch to batch
GIVEN_UP = 3.0  # times the lowest loss so far: it diverges
FEWEST_POINTS = 10


class RatePoint(NamedTuple):
    """A learning rate and the smoothed loss at it."""

    learning_rate: float
    loss: float


def sweep(stage: Stage, *, steps: int = 100) -> list[RatePoint]:
    """Train for some steps while the rate rises evenly on a logarithmic scale.

    The network's weights are put back afterwards; the optimizer is a fresh one.

    Args:
        stage: what to fit, on what.
        steps: from the lowest rate to the highest.
    """
    import keras

    before = checkpoint.values(stage.model.variables)
    optimizer = keras.optimizers.AdamW(LOWEST)
    stage.model.compile(optimizer, loss=stage.loss, jit_compile=False)
    points: list[RatePoint] = []
    average = 0.0
    rates = np.geomspace(LOWEST, HIGHEST, steps)
    batches = as_it_is(stage.train)
    for number, (rate, (inputs, targets)) in enumerate(zip(rates, batches, strict=False), 1):
        optimizer.learning_rate.assign(rate)
        stage.model.reset_metrics()
        loss = float(stage.model.train_on_batch(inputs, targets))
        average = SMOOTHING * average + (1 - SMOOTHING) * loss
        points.append(RatePoint(float(rate), average / (1 - SMOOTHING**number)))
        lowest = min(point.loss for point in points)
        if not np.isfinite(loss) or points[-1].loss > GIVEN_UP * lowest:
            break
    checkpoint.assign(stage.model.variables, before)
    return points


def suggest(points: Sequence[RatePoint]) -> float:
    """Give the rate at which the loss falls fastest, per factor of the rate.

    Raises:
        ConfigurationError: there are too few points, or the loss never falls.
    """
    finite = [point for point in points if np.isfinite(point.loss)]
    if len(finite) < FEWEST_POINTS:
        raise ConfigurationError(
            f"the loss diverged after {len(finite)} steps of the learning-rate finder; "
            "check the data, or lower --batch-size"
        )
    losses = np.array([point.loss for point in finite])
    slopes = np.gradient(losses, np.log([point.learning_rate for point in finite]))
    slopes[:FEWEST_POINTS] = 0.0  # the average of so few batches says more of them than of rates
    steepest = int(np.argmin(slopes))
    if slopes[steepest] >= 0:
        raise ConfigurationError("no learning rate lowers the loss; check the data")
    return finite[steepest].learning_rate


def plot(points: Sequence[RatePoint], suggestion: float, path: Path) -> Path:
    """Draw the loss over the learning rate."""
    from dltasks.evaluation.plots import new_figure, save

    figure, axis = new_figure(1, 1, size=(6, 4))
    axis.plot([point.learning_rate for point in points], [point.loss for point in points])
    axis.axvline(suggestion, color="grey", linestyle=":", label=f"{suggestion:.1e}")
    axis.set(xscale="log", xlabel="learning rate", ylabel="training loss")
    axis.grid(alpha=0.3)
    axis.legend()
    return save(figure, path)
