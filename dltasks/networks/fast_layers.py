"""Layers of Keras that train faster on a processor; built, saved and exported as Keras' are.

The same numbers come out, with other orders of addition. On a GPU, on another backend than
TensorFlow, and where nothing is trained, Keras' own code runs.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

ON_TENSORFLOW = keras.backend.backend() == "tensorflow"


@keras.saving.register_keras_serializable("dltasks")
class LSTM(layers.LSTM):
    """An LSTM whose loops over time hold only what depends on the step before.

    Keras multiplies the inputs with their weights, and adds to the gradients of all weights, step
    by step. Here these are one product each, before and after the loop.
    """

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> tuple[Any, Any, list[Any]]:
        if not training or mask is not None or not _on_processor():
            last, outputs, state = super().inner_loop(sequences, initial_state, mask, training)
            return last, outputs, state
        from dltasks.networks.tensorflow_kernels import run_lstm

        dtype = self.compute_dtype
        weights = (self.cell.kernel, self.cell.recurrent_kernel, self.cell.bias)
        x = ops.transpose(ops.cast(sequences, dtype), (1, 0, 2))  # [time, batch, features]
        state = [ops.cast(value, "float32") for value in initial_state]
        h, c = run_lstm(x, *state, *(ops.cast(weight, dtype) for weight in weights))
        outputs = ops.transpose(ops.cast(h, dtype), (1, 0, 2))  # [batch, time, units]
        return outputs[:, -1], outputs, [ops.cast(h[-1], dtype), ops.cast(c, dtype)]


def _on_processor() -> bool:
    """Tell whether TensorFlow computes, and on a processor."""
    if not ON_TENSORFLOW:
        return False
    import tensorflow as tf

    return not tf.config.list_logical_devices("GPU")


@keras.saving.register_keras_serializable("dltasks")
class BatchNormalization(layers.BatchNormalization):
    """Batch normalisation of pictures by TensorFlow's fused kernel, in the pictures' own dtype."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        pictures = len(inputs.shape) == 4 and self.axis in (-1, 3) and mask is None
        learns = training and self.trainable and not (self.renorm or self.synchronized)
        if not (ON_TENSORFLOW and pictures and learns):
            return super().call(inputs, training=training, mask=mask)
        from dltasks.networks.tensorflow_kernels import normalise_pictures

        averages = (self.moving_mean, self.moving_variance)
        outputs, *found = normalise_pictures(inputs, self.gamma, self.beta, *averages, self.epsilon)
        for average, value in zip(averages, found, strict=True):
            self._move(average, value)
        return outputs

    def _move(self, average: Any, value: Any) -> None:
        kept = ops.cast(average, "float32") * self.momentum
        average.assign(kept + value * (1 - self.momentum))
