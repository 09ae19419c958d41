"""The network: convolutions, bidirectional LSTMs, and a distribution over symbols a frame.

Shi et al. 2015 (CRNN), with the column maximum and the CTC shortcut of Retsinas et al. 2022.

What a line gives does not depend on the lines that it shares a batch with; see
`dltasks.networks.sequences`.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from dltasks.export.weights import load_weights
from dltasks.networks.convolutional import Inside, add_residual, convolve
from dltasks.networks.recurrent import bidirectional_lstm
from dltasks.networks.sequences import HideSpans, copy_symbol_weights, read_symbols
from dltasks.tasks.handwriting.config import SIZES, LineNetworkConfig
from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import Alphabet
from pipelines.handwriting.lines import WIDTH_STEP

PLAIN_LAYERS = 2  # recurrent ones; what further ones find is added to what they read
HIDDEN_FRAMES = 8  # that are hidden at once: 32 pixels, about a letter
GROUP_STRIDES = ((2, 2), (2, 1), (2, 1))  # of height and width; the stem has (2, 2)


def build_network(config: LineNetworkConfig) -> keras.Model:
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
    x = convolve(x, size.channels[0], 5, strides=2, inside=Inside(width // 2, axis=2))
    frames = width // WIDTH_STEP
    inside = Inside(frames, axis=2)
    groups = zip(size.channels[1:], GROUP_STRIDES, size.blocks, strict=True)
    for channels, strides, blocks in groups:
        x = convolve(x, channels, strides=strides, inside=inside)
        for _ in range(blocks):
            x = add_residual(x, channels, inside=inside)  # [batch, rows, frames, channels]
    x = ops.max(x, axis=1)  # [batch, frames, channels]: the strongest of each column
    shortcut = layers.Conv1D(config.symbols + 1, 3, padding="same", name="shortcut")(x)
    x = HideSpans(config.hide, HIDDEN_FRAMES)(x)
    for index in range(size.layers):
        y = bidirectional_lstm(layers.Dropout(config.dropout)(x), frames, size.units)
        x = y if index < PLAIN_LAYERS else layers.add([x, y])  # [batch, frames, 2 * units]
    x = layers.Dropout(config.dropout)(x)
    both = read_symbols(x, shortcut, config.symbols)
    return keras.Model({"image": image, "width": width}, both)


def copy_weights(base: Bundle, network: keras.Model, known: Alphabet, wanted: Alphabet) -> None:
    """Give a network the weights of a bundle; symbols that the bundle does not know start anew.

    Args:
        base: the bundle.
        network: of the bundle's size, for the wanted alphabet.
        known: the bundle's alphabet.
        wanted: the network's alphabet.
    """
    source = build_network(LineNetworkConfig.from_dict(base.config, "bundle's config"))
    load_weights(base, source)
    copy_symbol_weights(source, network, known, wanted)
