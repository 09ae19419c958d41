"""What `fast_layers` computes on TensorFlow, in its own operations.

Only imported where Keras runs on TensorFlow.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf


@tf.custom_gradient
def run_lstm(
    x: tf.Tensor,
    first_h: tf.Tensor,
    first_c: tf.Tensor,
    kernel: tf.Tensor,
    recurrent: tf.Tensor,
    bias: tf.Tensor,
) -> Any:
    """Run an LSTM: outputs float32 [time, batch, units], and the last cells [batch, units].

    Args:
        x: [time, batch, features], of the dtype in which matrices are multiplied.
        first_h: float32 [batch, units], what came out before.
        first_c: float32 [batch, units], the cells before.
        kernel: [features, 4 * units], the parts for input, forget, cell and output gates.
        recurrent: [units, 4 * units].
        bias: [4 * units].
    """
    steps, units = tf.shape(x)[0], recurrent.shape[0]
    weighted = tf.cast(_times(x, kernel), tf.float32) + tf.cast(bias, tf.float32)
    before = _unstack(weighted)

    def forward(step: Any, h: Any, c: Any, *kept: Any) -> Any:
        z = before.read(step) + _product(h, recurrent)
        i, f, g, o = tf.split(z, 4, axis=1)
        i, f, g, o = tf.sigmoid(i), tf.sigmoid(f), tf.tanh(g), tf.sigmoid(o)
        c = f * c + i * g
        h = o * tf.tanh(c)
        values = (h, c, tf.concat([i, f, g, o], axis=1))
        return (step + 1, h, c, *(a.write(step, v) for a, v in zip(kept, values, strict=True)))

    arrays = [_array(steps, units), _array(steps, units), _array(steps, 4 * units)]
    _, _, last_c, *arrays = tf.while_loop(
        lambda step, *_: step < steps, forward, (0, first_h, first_c, *arrays)
    )
    hs, cs, gates = (array.stack() for array in arrays)

    def gradient(d_hs: tf.Tensor, d_last_c: tf.Tensor) -> Any:
        i, f, g, o = tf.split(gates, 4, axis=2)
        tanh_c = tf.tanh(cs)
        c_before = tf.concat([first_c[None], cs[:-1]], axis=0)
        of_c = _unstack(o * (1 - tanh_c**2))  # d h / d c
        of_z = _unstack(  # d c / d z, and for the output gate d h / d z
            tf.concat(
                [g * i * (1 - i), c_before * f * (1 - f), i * (1 - g**2), tanh_c * o * (1 - o)],
                axis=2,
            )
        )
        forget, d_outputs = _unstack(f), _unstack(d_hs)

        def backward(step: Any, d_h: Any, d_c: Any, kept: Any) -> Any:
            d_h += d_outputs.read(step)
            d_c += d_h * of_c.read(step)
            d_z = of_z.read(step) * tf.concat([d_c, d_c, d_c, d_h], axis=1)
            d_h = _product(d_z, recurrent, transpose=True)
            return step - 1, d_h, d_c * forget.read(step), kept.write(step, d_z)

        start = (steps - 1, tf.zeros_like(first_h), d_last_c, _array(steps, 4 * units))
        _, d_h, d_c, kept = tf.while_loop(lambda step, *_: step >= 0, backward, start)
        d_z = tf.cast(kept.stack(), x.dtype)
        h_before = tf.cast(tf.concat([first_h[None], hs[:-1]], axis=0), x.dtype)
        d_bias = tf.cast(tf.reduce_sum(tf.cast(d_z, tf.float32), axis=[0, 1]), bias.dtype)
        d_x = _times(d_z, kernel, transpose=True)
        return d_x, d_h, d_c, _outer(x, d_z), _outer(h_before, d_z), d_bias

    return (hs, last_c), gradient


def _array(steps: tf.Tensor, width: int) -> tf.TensorArray:
    return tf.TensorArray(tf.float32, steps, element_shape=[None, width])


def _unstack(values: tf.Tensor) -> tf.TensorArray:
    return _array(tf.shape(values)[0], values.shape[2]).unstack(values)


def _product(values: tf.Tensor, weights: tf.Tensor, transpose: bool = False) -> tf.Tensor:
    """Multiply in the dtype of the weights, and add up in float32."""
    product = tf.matmul(tf.cast(values, weights.dtype), weights, transpose_b=transpose)
    return tf.cast(product, tf.float32)


def _times(values: tf.Tensor, weights: tf.Tensor, transpose: bool = False) -> tf.Tensor:
    """Multiply all steps at once: [time, batch, _] by a matrix."""
    flat = tf.matmul(_flat(values), weights, transpose_b=transpose)
    return tf.reshape(flat, tf.concat([tf.shape(values)[:2], tf.shape(flat)[1:]], axis=0))


def _outer(inputs: tf.Tensor, errors: tf.Tensor) -> tf.Tensor:
    """Give the gradient of a matrix that all steps were multiplied with."""
    return tf.matmul(_flat(inputs), _flat(errors), transpose_a=True)


def _flat(values: tf.Tensor) -> tf.Tensor:
    return tf.reshape(values, [-1, values.shape[2]])


def normalise_pictures(
    pictures: tf.Tensor, gamma: Any, beta: Any, mean: Any, variance: Any, epsilon: float
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Normalise a batch by its own statistics, in the pictures' dtype.

    Args:
        pictures: [batch, height, width, maps].
        gamma: [maps], what the result is multiplied by.
        beta: [maps], what is added to it.
        mean: [maps]; the kernel asks for it.
        variance: [maps]; likewise.
        epsilon: added to the variance.

    Returns:
        The same shape; and mean and variance of the batch, float32 [maps].
    """
    outputs, batch_mean, batch_variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=pictures,
        scale=tf.cast(gamma, tf.float32),
        offset=tf.cast(beta, tf.float32),
        mean=tf.cast(mean, tf.float32),
        variance=tf.cast(variance, tf.float32),
        epsilon=epsilon,
        is_training=True,
    )
    count = tf.cast(tf.reduce_prod(tf.shape(pictures)[:3]), tf.float32)
    return outputs, batch_mean, batch_variance * (count - 1) / count  # the kernel's is unbiased
