"""Layers that train faster: the same numbers as Keras' own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from dltasks.networks import fast_layers

RANDOM = np.random.default_rng(0)


def _values(*shape: int) -> tf.Tensor:
    return tf.constant(RANDOM.normal(size=shape).astype(np.float32))


def _train(layer: layers.Layer, x: tf.Tensor, call: Callable) -> list[np.ndarray]:
    """Give what comes out, and the gradients of all that went in."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = tf.nest.flatten(call(layer))
        loss = sum(tf.reduce_sum(tf.sin(2 * tf.cast(out, tf.float32))) for out in outputs)
    gradients = tape.gradient(loss, [x, *(weight.value for weight in layer.trainable_weights)])
    return [np.asarray(tf.cast(value, tf.float32)) for value in [*outputs, *gradients]]


def _pair(name: str, shape: tuple[int, ...], **settings) -> tuple[layers.Layer, layers.Layer]:
    """Make Keras' layer and ours with the same random weights."""
    pair = [getattr(module, name)(**settings) for module in (layers, fast_layers)]
    for layer in pair:
        layer.build(shape)
    weights = [RANDOM.uniform(0.1, 0.9, value.shape) - 0.4 for value in pair[0].get_weights()]
    if name == "BatchNormalization":
        weights = [values + 0.5 for values in weights]  # a variance is positive
    for layer in pair:
        layer.set_weights(weights)
    return pair[0], pair[1]


@pytest.mark.parametrize("steps", [1, 7])
def test_lstm_gives_what_keras_gives(steps: int) -> None:
    theirs, ours = _pair("LSTM", (2, steps, 3), units=4, return_sequences=True, return_state=True)
    x, state = _values(2, steps, 3), [_values(2, 4), _values(2, 4)]
    expected, found = (
        _train(layer, x, lambda layer: layer(x, initial_state=state, training=True))
        for layer in (theirs, ours)
    )
    for theirs_value, our_value in zip(expected, found, strict=True):
        np.testing.assert_allclose(our_value, theirs_value, rtol=1e-4, atol=1e-5)


def test_lstm_gives_the_last_output_alone() -> None:
    theirs, ours = _pair("LSTM", (2, 5, 3), units=4)
    x = _values(2, 5, 3)
    expected, found = (layer(x, training=True).numpy() for layer in (theirs, ours))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_state_that_came_in_gets_its_gradient() -> None:
    layer = _pair("LSTM", (2, 5, 3), units=4)
    x, state = _values(2, 5, 3), [_values(2, 4), _values(2, 4)]
    gradients = []
    for each in layer:
        with tf.GradientTape() as tape:
            tape.watch(state)
            loss = tf.reduce_sum(tf.sin(each(x, initial_state=state, training=True)))
        gradients.append(tape.gradient(loss, state))
    for theirs, ours in zip(*gradients, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_lstm_trains_in_bfloat16() -> None:
    _, exact = _pair("LSTM", (4, 9, 8), units=8, return_sequences=True)
    rough = fast_layers.LSTM(8, return_sequences=True, dtype="mixed_bfloat16")
    rough.build((4, 9, 8))
    rough.set_weights(exact.get_weights())
    x = _values(4, 9, 8)
    expected, found = (
        _train(layer, x, lambda layer: layer(x, training=True)) for layer in (exact, rough)
    )
    for exact_value, rough_value in zip(expected, found, strict=True):
        assert np.abs(rough_value - exact_value).max() < 0.05 * np.abs(exact_value).max()


def test_batch_normalisation_gives_what_keras_gives() -> None:
    theirs, ours = _pair("BatchNormalization", (2, 3, 4, 5))
    x = _values(2, 3, 4, 5) * 3 + 1
    expected, found = (
        _train(layer, x, lambda layer: layer(x, training=True)) for layer in (theirs, ours)
    )
    for theirs_value, our_value in zip(expected, found, strict=True):
        np.testing.assert_allclose(our_value, theirs_value, rtol=1e-3, atol=1e-5)
    for theirs_value, our_value in zip(theirs.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_allclose(our_value, theirs_value, rtol=1e-5)


def test_batch_normalisation_that_is_held_uses_its_averages() -> None:
    theirs, ours = _pair("BatchNormalization", (2, 3, 4, 5))
    ours.trainable = False
    x = _values(2, 3, 4, 5)
    np.testing.assert_allclose(ours(x, training=True), theirs(x, training=False), atol=1e-6)


def test_a_written_layer_is_read_as_ours() -> None:
    again = layers.deserialize(layers.serialize(fast_layers.LSTM(3)))
    assert type(again) is fast_layers.LSTM
    assert again.units == 3
