"""Where tokens stand: counted, as sines, learned, and which of them a decoder may attend to."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

LONGEST_WAVE = 10_000  # Vaswani et al. 2017, section 3.5


def sines_of(places: Any, width: int, *, to_longest: bool = False) -> Any:
    """Give the sines of positions (Vaswani et al. 2017, section 3.5), then their cosines.

    Args:
        places: whole numbers [...].
        width: of the result; even.
        to_longest: whether the last wave is as long as LONGEST_WAVE, as tensor2tensor and fairseq
            have it; otherwise it is one step shorter, as in the paper.

    Returns:
        float32 [..., width].
    """
    steps = max(width // 2 - 1, 1) if to_longest else width / 2
    rate = LONGEST_WAVE ** (-np.arange(width // 2) / steps)  # [width/2]
    angle = ops.cast(places, "float32")[..., None] * ops.convert_to_tensor(rate.astype(np.float32))
    return ops.concatenate([ops.sin(angle), ops.cos(angle)], axis=-1)


@keras.saving.register_keras_serializable("dltasks")
class SinePositions(layers.Layer):
    """`sines_of` as a layer: places [batch or 1, time] -> [batch or 1, time, width]."""

    def __init__(self, width: int, *, to_longest: bool = False, **settings: Any) -> None:
        super().__init__(**settings)
        self.width, self.to_longest = width, to_longest

    def call(self, places: Any) -> Any:
        sines = sines_of(places, self.width, to_longest=self.to_longest)
        return ops.cast(sines, self.compute_dtype)

    def compute_output_shape(self, places_shape: Any) -> Any:
        return (*places_shape, self.width)


@keras.saving.register_keras_serializable("dltasks")
class AddPositions(layers.Layer):
    """Add a vector to each position."""

    def __init__(self, positions: int, width: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.table = self.add_weight((positions, width), name="table")

    def call(self, inputs: Any) -> Any:
        return inputs + self.table


@keras.saving.register_keras_serializable("dltasks")
class PutBefore(layers.Layer):
    """Put learned vectors before those of each row.

    [batch, time, width] -> [batch, count + time, width].
    """

    def __init__(self, count: int, width: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.count = count
        self.table = self.add_weight((count, width), name="table")

    def call(self, inputs: Any) -> Any:
        own = ops.zeros_like(inputs[:, :1]) + self.table  # [batch, count, width]
        return ops.concatenate([own, inputs], axis=1)

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], None if shape[1] is None else shape[1] + self.count, shape[2])


@keras.saving.register_keras_serializable("dltasks")
class Places(layers.Layer):
    """Count the positions of new tokens, and say which tokens each may attend to."""

    def call(self, tokens: Any, past: Any = None) -> Any:
        before = 0 if past is None else ops.shape(past)[1]
        new = ops.shape(tokens)[1]
        positions = before + ops.arange(new)
        seen = ops.expand_dims(ops.arange(before + new), 0) <= ops.expand_dims(positions, 1)
        visible = ops.expand_dims(ops.expand_dims(seen, 0), 0)  # [1, 1, new, before + new]
        return ops.expand_dims(positions, 0), visible

    def compute_output_shape(self, tokens_shape: Any, **other_shapes: Any) -> Any:
        return (1, tokens_shape[1]), (1, 1, tokens_shape[1], None)


@keras.saving.register_keras_serializable("dltasks")
class VisibleSource(layers.Layer):
    """Hide padding from attention: tokens [batch, from] -> bool [batch, 1, 1, from].

    Args:
        padding: the number of the token that fills rows.
    """

    def __init__(self, padding: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.padding = padding

    def call(self, tokens: Any) -> Any:
        return ops.not_equal(tokens, self.padding)[:, None, None, :]

    def compute_output_shape(self, tokens_shape: Any) -> Any:
        return (tokens_shape[0], 1, 1, tokens_shape[1])
