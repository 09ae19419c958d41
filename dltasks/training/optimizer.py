"""The optimizer: AdamW with warm-up and cosine, clipping, and a moving average of the weights."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from dltasks.training.config import TrainingConfig


class ClippedAdamW(keras.optimizers.AdamW):
    """AdamW that clips the gradient of the whole batch (Pascanu et al. 2013, algorithm 1).

    Keras clips each device's part of the gradient, so that the same batch would train differently
    on one device and on two.

    Args:
        clip_norm: largest global norm of the gradient; 0 is off.
    """

    def __init__(self, learning_rate: Any, *, clip_norm: float, **settings: Any) -> None:
        super().__init__(learning_rate, **settings)
        self.clip_norm = clip_norm

    def _all_reduce_sum_gradients(self, grads_and_vars: Any) -> Any:
        summed = super()._all_reduce_sum_gradients(grads_and_vars)
        if not self.clip_norm:
            return summed
        gradients, variables = zip(*summed, strict=True)
        clipped, _ = tf.clip_by_global_norm(gradients, self.clip_norm)
        return list(zip(clipped, variables, strict=True))


def make_optimizer(config: TrainingConfig, learning_rate: float, steps: int) -> ClippedAdamW:
    """Make the optimizer of a stage.

    Args:
        config: the common training settings.
        learning_rate: the highest; it rises to it evenly, then falls along a cosine to 0
            (Loshchilov & Hutter 2017).
        steps: of the whole stage.
    """
    warm_up_steps = round(steps * config.warm_up)
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0 if warm_up_steps else learning_rate,
        decay_steps=max(steps - warm_up_steps, 1),
        warmup_target=learning_rate if warm_up_steps else None,
        warmup_steps=warm_up_steps,
    )
    optimizer = ClippedAdamW(
        schedule,
        clip_norm=config.clip_norm,
        weight_decay=config.weight_decay,
        use_ema=bool(config.average),
        # Over at most a tenth of the steps: a longer memory would remember the start.
        ema_momentum=max(min(config.average, 1 - 10 / steps), 0.0),
    )
    # Decay is for weights; on biases and normalisation it harms (He et al. 2019, section 3.1).
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer
