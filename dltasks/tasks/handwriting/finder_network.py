"""The network that finds lines on pages: a U-Net (Ronneberger et al. 2015) over the whole page.

It tells for each second pixel whether it is in the core of a line, which is the band between the
baseline and the top of an "x", and how the line is turned. Kiessling 2020 and Oliveira et al. 2018
(dhSegment) find lines so.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from dltasks.networks.convolutional import add_residual, convolve
from pipelines.handwriting.pages.finding import CLASSES

CHANNELS = (16, 32, 48, 64, 96)  # of the pictures that are smaller by 2, 4, 8, 16 and 32
BLOCKS = (0, 1, 2, 2, 2)
FINEST = 1  # the level, of CHANNELS, from which the classes are told


def build_finder() -> keras.Model:
    """Build the network with random weights.

    Its input is `page`, uint8 [batch, height, width], both sides multiples of `STEP`. Its output,
    float32 [batch, height / 2, width / 2, CLASSES], has the logits of each class: no core of a
    line, and a core of a line that is turned to the left by 0, 1, 2 or 3 quarters.
    """
    page = keras.Input((None, None), dtype="uint8", name="page")
    x = layers.Rescaling(1 / 127.5, offset=-1.0)(page)
    x = ops.expand_dims(x, -1)
    levels = []
    for level, (channels, blocks) in enumerate(zip(CHANNELS, BLOCKS, strict=True)):
        x = convolve(x, channels, 3 if level else 5, strides=2)
        for _ in range(blocks):
            x = add_residual(x, channels)
        levels.append(x)
    for level in range(len(CHANNELS) - 2, FINEST - 1, -1):
        x = layers.Conv2D(CHANNELS[level], 1)(x)
        x = layers.add([layers.UpSampling2D(2)(x), levels[level]])
        x = add_residual(x, CHANNELS[level])
    classes = layers.Conv2DTranspose(CLASSES, 2, strides=2, dtype="float32", name="classes")
    return keras.Model({"page": page}, classes(x))
