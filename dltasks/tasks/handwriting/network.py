"""The network: convolutions, bidirectional LSTMs, and a distribution over symbols a frame.

Shi et al. 2015 (CRNN), with the column maximum and the CTC shortcut of Retsinas et al. 2022.

What a line gives does not depend on the lines that it shares a batch with: whatever lies beyond
its width is set to zero after each convolution, and the backward LSTM starts at its last frame.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from dltasks.export import load_weights
from dltasks.tasks.handwriting.config import SIZES, NetworkConfig
from pipelines.alphabet import Alphabet
from pipelines.bundle import Bundle
from pipelines.text_lines import WIDTH_STEP

GROUP_STRIDES = ((2, 2), (2, 1), (2, 1))  # of height and width; the stem has (2, 2)
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


@keras.saving.register_keras_serializable("dltasks")
class ReverseWithin(layers.Layer):
    """Turn each sequence [batch, frames, features] around within its own length."""

    def call(self, inputs: Any, length: Any) -> Any:
        frame = ops.expand_dims(ops.arange(ops.shape(inputs)[1]), 0)  # [1, frames]
        length = ops.expand_dims(length, 1)
        source = ops.where(frame < length, length - 1 - frame, frame)  # [batch, frames]
        return ops.take_along_axis(inputs, ops.expand_dims(source, 2), axis=1)

    def compute_output_shape(self, inputs_shape: Any, length_shape: Any = None) -> Any:
        return inputs_shape


def build_network(config: NetworkConfig) -> keras.Model:
    """Build a network with random weights.

    Its inputs are `image`, uint8 [batch, height, width], 0 paper and 255 ink, the width a multiple
    of WIDTH_STEP; and `width`, int32 [batch], the pixels of each line before padding. Its output,
    float32 [batch, frames, 2 * (symbols + 1)], is what the line reads, as log-probabilities, and
    behind it on the last axis the logits of the shortcut.
    """
    size = SIZES[config.size]
    image = keras.Input((config.height, None), dtype="uint8", name="image")
    width = keras.Input((), dtype="int32", name="width")
    x = layers.Rescaling(1 / 255)(image)
    x = layers.Reshape((config.height, -1, 1))(x)  # [batch, height, width, 1]
    x = _convolve(x, width // 2, size.channels[0], kernel=5, strides=(2, 2))
    frames = width // WIDTH_STEP
    for channels, strides in zip(size.channels[1:], GROUP_STRIDES, strict=True):
        x = _convolve(x, frames, channels, strides=strides)
        x = _residual_block(x, frames, channels)
    x = ops.max(x, axis=1)  # [batch, frames, channels]: the strongest of each column
    shortcut = layers.Conv1D(config.symbols + 1, 3, padding="same", name="shortcut")(x)
    for _ in range(size.layers):
        x = layers.Dropout(config.dropout)(x)
        x = _bidirectional(x, frames, size.units)  # [batch, frames, 2 * units]
    x = layers.Dropout(config.dropout)(x)
    logits = layers.Dense(config.symbols + 1, dtype="float32", name="symbols")(x)
    reading = layers.Activation("log_softmax", dtype="float32", name=READING)(logits)
    both = layers.Concatenate(dtype="float32")([reading, shortcut])
    return keras.Model({"image": image, "width": width}, both)


def without_shortcut(network: keras.Model) -> keras.Model:
    """Give the part that reads: log-probabilities, float32 [batch, frames, symbols + 1]."""
    return keras.Model(network.input, network.get_layer(READING).output)


def _convolve(
    x: Any, length: Any, channels: int, *, kernel: int = 3, strides: tuple[int, int] = (1, 1)
) -> Any:
    x = layers.Conv2D(channels, kernel, strides=strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return ClearBeyond(axis=2)(layers.ReLU()(x), length)


def _residual_block(x: Any, length: Any, channels: int) -> Any:
    y = _convolve(x, length, channels)
    y = layers.Conv2D(channels, 3, padding="same", use_bias=False)(y)
    y = layers.BatchNormalization()(y)
    return ClearBeyond(axis=2)(layers.ReLU()(layers.add([x, y])), length)


def _bidirectional(x: Any, frames: Any, units: int) -> Any:
    forward = layers.LSTM(units, return_sequences=True)(x)
    reversed_x = ReverseWithin()(x, frames)
    backward = layers.LSTM(units, return_sequences=True)(reversed_x)
    return layers.Concatenate()([forward, ReverseWithin()(backward, frames)])


def copy_weights(base: Bundle, network: keras.Model, known: Alphabet, wanted: Alphabet) -> None:
    """Give a network the weights of a bundle; symbols that the bundle does not know start anew.

    Args:
        base: the bundle.
        network: of the bundle's size, for the wanted alphabet.
        known: the bundle's alphabet.
        wanted: the network's alphabet.
    """
    source = build_network(NetworkConfig.from_dict(base.config, "bundle's config"))
    load_weights(base, source)
    kept = [symbol for symbol in known.symbols if symbol in wanted.index_of]
    taken = [*(known.index_of[symbol] for symbol in kept), known.blank]
    places = [*(wanted.index_of[symbol] for symbol in kept), wanted.blank]
    for old, new in zip(source.weights, network.weights, strict=True):
        values = old.numpy()
        if old.path.startswith(OUTPUT_LAYERS):  # a column a symbol
            values = new.numpy()
            values[..., places] = old.numpy()[..., taken]
        new.assign(values)
