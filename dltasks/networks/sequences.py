"""Layers over sequences of different lengths, and a layer of symbols on top.

What an example gives does not depend on those that it shares a batch with: whatever lies beyond
its length is set to zero after each convolution, and a backward LSTM starts at its last frame.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from pipelines.ctc.alphabet import Alphabet

OUTPUT_LAYERS = ("symbols/", "shortcut/")
READING = "log_probabilities"  # the layer whose output reads; the rest of the network only trains


@keras.saving.register_keras_serializable("dltasks")
class ClearBeyond(layers.Layer):
    """Set what lies beyond each example's length to zero, along axis 2 or 1."""

    def __init__(self, axis: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.axis = axis

    def call(self, inputs: Any, length: Any) -> Any:
        inside = ops.arange(ops.shape(inputs)[self.axis]) < ops.expand_dims(length, 1)
        shape = [-1] + [1] * (len(inputs.shape) - 1)
        shape[self.axis] = ops.shape(inputs)[self.axis]
        return inputs * ops.cast(ops.reshape(inside, shape), inputs.dtype)

    def compute_output_shape(self, inputs_shape: Any, length_shape: Any = None) -> Any:
        return inputs_shape


def reverse_within(x: Any, length: Any) -> Any:
    """Turn each sequence round within its own length, and leave its padding at the end.

    Args:
        x: [batch, time, features].
        length: int32 [batch].
    """
    length = ops.expand_dims(length, 1)  # [batch, 1]
    place = ops.expand_dims(ops.arange(ops.shape(x)[1], dtype="int32"), 0)  # [1, time]
    mirrored = ops.where(place < length, length - 1 - place, place)  # [batch, time]
    return ops.take_along_axis(x, ops.expand_dims(mirrored, 2), axis=1)


@keras.saving.register_keras_serializable("dltasks")
class ReverseWithin(layers.Layer):
    """Turn each sequence [batch, frames, features] around within its own length."""

    def call(self, inputs: Any, length: Any) -> Any:
        if keras.backend.backend() != "tensorflow":
            return reverse_within(inputs, length)
        import tensorflow as tf

        # ONNX has this operation, and tf2onnx sees by it which way an LSTM reads.
        return tf.reverse_sequence(inputs, length, seq_axis=1, batch_axis=0)

    def compute_output_shape(self, inputs_shape: Any, length_shape: Any = None) -> Any:
        return inputs_shape


@keras.saving.register_keras_serializable("dltasks")
class HideSpans(layers.Layer):
    """Set spans of the frames of [batch, frames, features] to zero, while training.

    What was there has to be told from what lies around it, as a language model would (Li et al.
    2024, "HTR-VT: Handwritten text recognition with vision transformer").

    Args:
        part: of the frames, that are hidden on average.
        length: frames of a span; spans may overlap.
    """

    def __init__(self, part: float, length: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.part = part
        self.length = length
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or not self.part:
            return inputs
        begin = 1 - (1 - self.part) ** (1 / self.length)  # probability; `length` of them hide one
        shape = (*ops.shape(inputs)[:2], 1)
        begins = keras.random.uniform(shape, seed=self.seeds) < begin
        hidden = ops.max_pool(ops.cast(begins, inputs.dtype), self.length, 1, padding="same")
        return inputs * (1 - hidden)

    def compute_output_shape(self, inputs_shape: Any) -> Any:
        return inputs_shape


def read_symbols(x: Any, shortcut: Any, symbols: int) -> Any:
    """Give a distribution over symbols and the blank for each frame, and behind it the shortcut.

    Args:
        x: [batch, frames, features].
        shortcut: logits [batch, frames, symbols + 1] straight on the convolutions, for training
            (Retsinas et al. 2022, section 3.3).
        symbols: of the alphabet.

    Returns:
        float32 [batch, frames, 2 * (symbols + 1)]: log-probabilities, then logits.
    """
    logits = layers.Dense(symbols + 1, dtype="float32", name="symbols")(x)
    reading = layers.Activation("log_softmax", dtype="float32", name=READING)(logits)
    return layers.Concatenate(dtype="float32")([reading, shortcut])


def without_shortcut(network: keras.Model) -> keras.Model:
    """Give the part that reads: log-probabilities, float32 [batch, frames, symbols + 1]."""
    return keras.Model(network.input, network.get_layer(READING).output)


def copy_symbol_weights(
    source: keras.Model, network: keras.Model, known: Alphabet, wanted: Alphabet
) -> None:
    """Give a network the weights of another; symbols that the other does not know start anew.

    Args:
        source: a network for the known alphabet.
        network: of the same size, for the wanted alphabet.
        known: the source's alphabet.
        wanted: the network's alphabet.
    """
    kept = [symbol for symbol in known.symbols if symbol in wanted.index_of]
    taken = [*(known.index_of[symbol] for symbol in kept), known.blank]
    places = [*(wanted.index_of[symbol] for symbol in kept), wanted.blank]
    for old, new in zip(source.weights, network.weights, strict=True):
        values = old.numpy()
        if old.path.startswith(OUTPUT_LAYERS):  # a column a symbol
            values = new.numpy()
            values[..., places] = old.numpy()[..., taken]
        new.assign(values)
