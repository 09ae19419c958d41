"""EfficientNet-Lite0, the mobile variant of EfficientNet-B0.

Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", without
squeeze-and-excitation, with ReLU6 in place of swish, and with stem and head left unscaled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import keras

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

    from dltasks.networks.convolutional import convolve, invert_residual

    inputs = keras.Input((None, None, 3))
    x = convolve(
        inputs, STEM_CHANNELS, strides=2, ceiling=6.0, name="stem"
    )  # [batch, h/2, w/2, 32]
    number = 0
    for group in BLOCK_GROUPS:
        for repeat in range(group.repeats):
            stride = group.stride if repeat == 0 else 1
            x = invert_residual(
                x,
                group.channels,
                group.kernel_size,
                stride=stride,
                expansion=group.expansion,
                name=f"block{number}",
            )
            number += 1
    x = convolve(x, FEATURES, 1, ceiling=6.0, name="head")  # [batch, h/32, w/32, 1280]
    return keras.Model(inputs, x, name="efficientnet_lite0")
