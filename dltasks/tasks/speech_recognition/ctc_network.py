"""The network of the family "ctc": convolutions, bidirectional LSTMs, a distribution a frame.

As Amodei et al. 2015 ("Deep Speech 2"), small, with the CTC shortcut of Retsinas et al. 2022.

What a recording gives does not depend on those that it shares a batch with; see
`dltasks.networks.sequences`.
"""

from __future__ import annotations

import keras
from keras import layers

from dltasks.networks.convolutional import Inside, convolve
from dltasks.networks.recurrent import bidirectional_lstm
from dltasks.networks.sequences import read_symbols
from dltasks.tasks.speech_recognition.config import SIZES, CtcConfig
from pipelines.speech_recognition.ctc_features import FRAMES_A_STEP


def build_ctc(config: CtcConfig) -> keras.Model:
    """Build a network with random weights.

    Its inputs are `mel`, float32 [batch, frames, bands], frames a multiple of FRAMES_A_STEP; and
    `frames`, int32 [batch], those of each recording before padding. Its output, float32
    [batch, output frames, 2 * (symbols + 1)], is what was said, as log-probabilities, and behind
    it on the last axis the logits of the shortcut.
    """
    size = SIZES[config.size]
    mel = keras.Input((None, config.bands), name="mel")
    frames = keras.Input((), dtype="int32", name="frames")
    steps = (frames + FRAMES_A_STEP - 1) // FRAMES_A_STEP
    x = layers.Reshape((-1, config.bands, 1))(mel)  # [batch, frames, bands, 1]
    inside = Inside(steps, axis=1)
    x = convolve(x, size.channels[0], (5, 7), strides=(FRAMES_A_STEP, 2), inside=inside)
    x = convolve(x, size.channels[1], (3, 5), strides=(1, 2), inside=inside)
    x = layers.Reshape((-1, x.shape[2] * x.shape[3]))(x)  # [batch, steps, bands / 4 * channels]
    x = layers.Dropout(config.dropout)(x)
    x = layers.Dense(size.width, activation="relu")(x)
    shortcut = layers.Conv1D(config.symbols + 1, 3, padding="same", name="shortcut")(x)
    for _ in range(size.layers):
        x = layers.Dropout(config.dropout)(x)
        x = bidirectional_lstm(x, steps, size.units)  # [batch, steps, 2 * units]
    x = layers.Dropout(config.dropout)(x)
    both = read_symbols(x, shortcut, config.symbols)
    return keras.Model({"mel": mel, "frames": frames}, both)
