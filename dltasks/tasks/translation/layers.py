"""What the translator knows of pieces: where each stands, and which are padding.

Padding is at the end of a sentence. Nothing lets a valid position see it, so that a sentence gives
the same alone and in a batch.
"""

from __future__ import annotations

from typing import Any

from keras import layers, ops

from dltasks.networks.positions import sines_of


def add_positions(x: Any) -> Any:
    """Add sines of the position: [batch, time, width]."""
    waves = sines_of(ops.arange(ops.shape(x)[1]), x.shape[-1])
    return x + ops.cast(waves, x.dtype)[None]


class Positions(layers.Layer):
    """`add_positions` as a layer."""

    def call(self, x: Any) -> Any:
        """[batch, time, width] -> the same shape."""
        return add_positions(x)


def not_padding(pieces: Any) -> Any:
    """bool [batch, time]: false where a piece is padding, which is piece 0."""
    return ops.not_equal(pieces, 0)


def count_pieces(mask: Any) -> Any:
    """int32 [batch]: the pieces of each sentence that are not padding."""
    return ops.sum(ops.cast(mask, "int32"), axis=1)
