"""Blocks of convolutional networks: convolution, batch normalisation, ReLU.

Where pictures of a batch have different widths, or recordings different lengths, what lies beyond
each one's length is set to zero after each block, so that it gives the same alone and in a batch.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from keras import layers

from dltasks.networks.fast_layers import BatchNormalization
from dltasks.networks.sequences import ClearBeyond

Sizes = int | tuple[int, int]


class Inside(NamedTuple):
    """How far each example of a batch reaches; see `ClearBeyond`.

    Attributes:
        length: int32 [batch], along the axis, after the block.
        axis: 1 for the height of [batch, height, width, maps], 2 for the width.
    """

    length: Any
    axis: int


def convolve(
    x: Any,
    channels: int,
    kernel: Sizes = 3,
    *,
    strides: Sizes = 1,
    ceiling: float | None = None,
    inside: Inside | None = None,
    name: str | None = None,
) -> Any:
    """Convolution, batch normalisation and ReLU: [batch, height/stride, width/stride, channels].

    Args:
        x: [batch, height, width, maps].
        channels: maps of the output.
        kernel: height and width of the filters.
        strides: of height and width.
        ceiling: above which ReLU cuts off, as 6.
        inside: how far each example reaches, where they differ.
        name: of the convolution, and the beginning of the other layers' names.
    """
    x = layers.Conv2D(channels, kernel, strides=strides, padding="same", use_bias=False, name=name)(
        x
    )
    return activate(normalise(x, name), ceiling=ceiling, inside=inside, name=name)


def add_residual(x: Any, channels: int, kernel: Sizes = 3, *, inside: Inside | None = None) -> Any:
    """Two convolutions whose result is added to what came in (He et al. 2015, figure 2).

    Args:
        x: [batch, height, width, channels].
        channels: maps of x, and of the output.
        kernel: height and width of the filters.
        inside: how far each example reaches, where they differ.

    Returns:
        The same shape.
    """
    y = convolve(x, channels, kernel, inside=inside)
    y = layers.Conv2D(channels, kernel, padding="same", use_bias=False)(y)
    return activate(layers.add([x, normalise(y)]), inside=inside)


def invert_residual(
    x: Any, channels: int, kernel: int = 3, *, stride: int, expansion: int, name: str | None = None
) -> Any:
    """Expand, filter each map on its own, project; and add, where the shapes allow.

    Sandler et al. 2018, "MobileNetV2: Inverted residuals and linear bottlenecks".

    Args:
        x: [batch, height, width, maps].
        channels: maps of the output.
        kernel: height and width of the filters.
        stride: of height and width.
        expansion: of the maps in between.
        name: the beginning of the layers' names.

    Returns:
        [batch, height/stride, width/stride, channels].
    """
    maps = x.shape[-1]
    y = x
    if expansion > 1:
        y = convolve(y, maps * expansion, 1, ceiling=6.0, name=_join(name, "expand"))
    depthwise = _join(name, "depthwise")
    y = layers.DepthwiseConv2D(kernel, stride, padding="same", use_bias=False, name=depthwise)(y)
    y = activate(normalise(y, depthwise), ceiling=6.0, name=depthwise)
    project = _join(name, "project")
    y = layers.Conv2D(channels, 1, use_bias=False, name=project)(y)
    y = normalise(y, project)
    return layers.Add(name=_join(name, "add"))([x, y]) if stride == 1 and maps == channels else y


def normalise(x: Any, name: str | None = None) -> Any:
    """Batch normalisation over the last axis."""
    return BatchNormalization(name=_join(name, "norm"))(x)


def activate(
    x: Any, *, ceiling: float | None = None, inside: Inside | None = None, name: str | None = None
) -> Any:
    """ReLU, and zero beyond each example's length."""
    x = layers.ReLU(ceiling, name=_join(name, "relu"))(x)
    return ClearBeyond(axis=inside.axis)(x, inside.length) if inside else x


def _join(name: str | None, part: str) -> str | None:
    return name and f"{name}_{part}"
