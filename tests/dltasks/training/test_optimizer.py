from __future__ import annotations

import keras
import numpy as np
import pytest

from dltasks.training.config import TrainingConfig
from dltasks.training.optimizer import ClippedAdamW, make_optimizer


def _step(clip_norm: float, gradient: list[float]) -> np.ndarray:
    """Take one step from 0 and give the first moment, which is a tenth of the clipped gradient."""
    optimizer = ClippedAdamW(0.1, clip_norm=clip_norm)
    variable = keras.Variable(np.zeros(len(gradient), np.float32))
    optimizer.build([variable])
    optimizer.apply([keras.ops.convert_to_tensor(gradient)], [variable])
    return np.asarray(optimizer._momentums[0].numpy()) * 10


@pytest.mark.parametrize(
    ("clip_norm", "expected"), [(0.0, [3.0, 4.0]), (1.0, [0.6, 0.8]), (10.0, [3.0, 4.0])]
)
def test_the_gradient_is_clipped_to_its_largest_norm(
    clip_norm: float, expected: list[float]
) -> None:
    np.testing.assert_allclose(_step(clip_norm, [3.0, 4.0]), expected, rtol=1e-5)


def test_short_trainings_average_over_a_tenth_of_their_steps() -> None:
    config = TrainingConfig(average=0.99)
    assert make_optimizer(config, 0.1, steps=5000).ema_momentum == 0.99
    assert make_optimizer(config, 0.1, steps=100).ema_momentum == pytest.approx(0.9)
    assert make_optimizer(config, 0.1, steps=5).ema_momentum == 0.0
