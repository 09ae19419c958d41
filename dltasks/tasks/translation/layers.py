"""What the translator knows of pieces: where each stands, and which are padding.

Padding is at the end of a sentence. Nothing lets a valid position see it, so that a sentence gives
the same alone and in a batch.
"""

from __future__ import annotations

from typing import Any

from keras import layers, ops


def add_positions(x: Any) -> Any:
    """Add sines of the position (Vaswani et al. 2017, section 3.5): [batch, time, width]."""
    time, width = ops.shape(x)[1], x.shape[-1]
    rate = ops.exp(-ops.arange(0, width // 2, dtype="float32") * (2 * 9.2103 / width))
    angle = ops.arange(time, dtype="float32")[:, None] * rate[None]  # [time, width/2]
    waves = ops.concatenate([ops.sin(angle), ops.cos(angle)], axis=-1)
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
