"""Gradient accumulation: a training step that computes its batch in parts, for less memory.

To everything outside it stays one step on one batch: the learning rate, the clipping, the average
of the weights and the checkpoints know nothing of the parts.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import tensorflow as tf


def compute_in_parts(model: keras.Model, parts: int) -> None:
    """Have the model's training step add up the gradients of parts of its batch.

    Where the loss is a mean over examples, nothing draws random numbers and no batch normalisation
    learns, the sum is the gradient of the whole batch but for rounding.

    Args:
        model: is given another `train_step`, before its training function is made.
        parts: of a device's share of the batch; a share of fewer examples has fewer parts.
    """
    model.train_step = partial(_train_step, model, parts)


def _train_step(model: keras.Model, parts: int, data: Any) -> dict[str, Any]:
    variables = model.trainable_weights
    examples = tf.shape(tf.nest.flatten(data)[0])[0]
    count = tf.minimum(parts, examples)

    def add_part(number: Any, sums: list[Any]) -> tuple[Any, list[Any]]:
        begin, end = number * examples // count, (number + 1) * examples // count
        part = tf.nest.map_structure(lambda tensor: tensor[begin:end], data)
        share = tf.cast(end - begin, tf.float32) / tf.cast(examples, tf.float32)
        gradients = _gradients(model, part, share)
        return number + 1, [old + new for old, new in zip(sums, gradients, strict=True)]

    zeros = [tf.zeros(variable.shape, variable.dtype) for variable in variables]
    _, sums = tf.while_loop(
        lambda number, _: number < count,
        add_part,
        (0, zeros),
        parallel_iterations=1,  # or all parts would be in memory at once
    )
    model.optimizer.apply_gradients(zip(sums, variables, strict=True))
    return dict(model.get_metrics_result())


def _gradients(model: keras.Model, data: Any, share: Any) -> list[Any]:
    """Do what Keras' own training step does before it applies the gradients."""
    x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
    examples = tf.shape(tf.nest.flatten(x)[0])[0]
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    with tf.GradientTape() as tape:
        outputs = model(x, training=True)
        loss = model.compute_loss(x, y, outputs, weights, training=True)  # divided by the replicas
        scaled = model.optimizer.scale_loss(loss * share)
    model._loss_tracker.update_state(loss * replicas, sample_weight=examples)
    model.compute_metrics(x, y, outputs, weights)
    variables = model.trainable_weights
    return [
        tf.zeros(variable.shape, variable.dtype)
        if gradient is None  # the loss does not reach it
        else tf.convert_to_tensor(gradient)
        for gradient, variable in zip(tape.gradient(scaled, variables), variables, strict=True)
    ]
