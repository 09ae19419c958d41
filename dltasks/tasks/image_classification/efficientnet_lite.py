"""EfficientNet-Lite0, the mobile variant of EfficientNet-B0.

Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", without
squeeze-and-excitation, with ReLU6 in place of swish, and with stem and head left unscaled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import keras

BATCH_NORM_EPSILON = 1e-3
STEM_CHANNELS = 32
FEATURES = 1280


class BlockGroup(NamedTuple):
    """Inverted-residual blocks that share a width; the first of them carries the stride."""

    repeats: int
    kernel_size: int
    stride: int
    expansion: int
    channels: int


# Tan & Le 2019, table 1.
BLOCK_GROUPS = (
    BlockGroup(repeats=1, kernel_size=3, stride=1, expansion=1, channels=16),
    BlockGroup(repeats=2, kernel_size=3, stride=2, expansion=6, channels=24),
    BlockGroup(repeats=2, kernel_size=5, stride=2, expansion=6, channels=40),
    BlockGroup(repeats=3, kernel_size=3, stride=2, expansion=6, channels=80),
    BlockGroup(repeats=3, kernel_size=5, stride=1, expansion=6, channels=112),
    BlockGroup(repeats=4, kernel_size=5, stride=2, expansion=6, channels=192),
    BlockGroup(repeats=1, kernel_size=3, stride=1, expansion=6, channels=320),
)


def efficientnet_lite0() -> keras.Model:
    """Build the convolutional part of EfficientNet-Lite0, with random weights.

    Returns:
        A model from float32 [batch, height, width, 3], normalised as (pixel - 127) / 128, to
        float32 [batch, height/32, width/32, 1280].
    """
    import keras

    inputs = keras.Input((None, None, 3))
    x = _convolution(inputs, STEM_CHANNELS, kernel_size=3, stride=2, name="stem")
    number = 0
    for group in BLOCK_GROUPS:
        for repeat in range(group.repeats):
            stride = group.stride if repeat == 0 else 1
            x = _block(x, group, stride, name=f"block{number}")
            number += 1
    x = _convolution(x, FEATURES, kernel_size=1, stride=1, name="head")
    return keras.Model(inputs, x, name="efficientnet_lite0")


def _block(inputs, group: BlockGroup, stride: int, name: str):
    """Expand, filter depthwise, project; add the input back where the shapes allow."""
    from keras import layers

    channels_in = inputs.shape[-1]
    x = inputs
    if group.expansion > 1:
        x = _convolution(x, channels_in * group.expansion, 1, 1, name=f"{name}_expand")
    x = layers.DepthwiseConv2D(
        group.kernel_size, stride, padding="same", use_bias=False, name=f"{name}_depthwise"
    )(x)
    x = _normalise(x, name=f"{name}_depthwise")
    x = layers.ReLU(6.0, name=f"{name}_depthwise_relu6")(x)
    x = layers.Conv2D(group.channels, 1, use_bias=False, name=f"{name}_project")(x)
    x = _normalise(x, name=f"{name}_project")
    if stride == 1 and channels_in == group.channels:
        x = layers.Add(name=f"{name}_add")([inputs, x])
    return x


def _convolution(inputs, channels: int, kernel_size: int, stride: int, name: str):
    from keras import layers

    x = layers.Conv2D(channels, kernel_size, stride, padding="same", use_bias=False, name=name)(
        inputs
    )
    x = _normalise(x, name=name)
    return layers.ReLU(6.0, name=f"{name}_relu6")(x)


def _normalise(inputs, name: str):
    from keras import layers

    return layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON, name=f"{name}_norm")(inputs)
