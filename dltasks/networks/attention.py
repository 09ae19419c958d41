"""Attention of several heads, for encoders and for decoders that keep keys and values."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

# Added to the score of what must not be attended to: exp of it is 0, and float16 holds it.
HIDDEN = -6e4


def split_heads(x: Any, heads: int) -> Any:
    """[batch, time, width] -> [batch, heads, time, width/heads]."""
    shape = (-1, ops.shape(x)[1], heads, x.shape[2] // heads)
    return ops.swapaxes(ops.reshape(x, shape), 1, 2)


def by_head(keys: Any, values: Any, heads: int) -> tuple[Any, Any]:
    """Lay keys and values out for the products, once for many steps.

    Args:
        keys: [batch, from, width].
        values: [batch, from, width].
        heads: parts of the width that attend on their own.

    Returns:
        Keys [batch, heads, width/heads, from] and values [batch, heads, from, width/heads].
    """
    return ops.swapaxes(split_heads(keys, heads), 2, 3), split_heads(values, heads)


@keras.saving.register_keras_serializable("dltasks")
class ByHead(layers.Layer):
    """`by_head` as a layer."""

    def __init__(self, heads: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.heads = heads

    def call(self, keys: Any, values: Any) -> tuple[Any, Any]:
        return by_head(keys, values, self.heads)

    def compute_output_shape(self, keys_shape: Any, values_shape: Any) -> Any:
        batch, length, width = keys_shape
        head = width // self.heads
        return (batch, self.heads, head, length), (batch, self.heads, length, head)


@keras.saving.register_keras_serializable("dltasks")
class Mixing(layers.Layer):
    """Scaled dot-product attention (Vaswani et al. 2017, eq. 1): what is left without weights.

    Args:
        heads: parts of the width that attend on their own.
    """

    def __init__(self, heads: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.heads = heads
        self._lay_out = ByHead(heads, name=f"{self.name}_by_head")

    def build(self, *shapes: Any) -> None:
        self._lay_out.built = self.built = True  # there are no weights

    def call(self, query: Any, keys: Any, values: Any, visible: Any = None) -> Any:
        """Attend.

        Args:
            query: [batch, to, width].
            keys: [batch, from, width], or as `by_head` lays them out.
            values: [batch, from, width], or as `by_head` lays them out.
            visible: bool, broadcast to [batch, heads, to, from]; None where all is visible.

        Returns:
            The mixed values [batch, to, width], and weights [batch, heads, to, from].
        """
        if len(keys.shape) == 3:
            keys, values = self.by_head(keys, values)
        query = split_heads(query, self.heads)
        query = query * query.shape[3] ** -0.5  # [batch, heads, to, width/heads]
        scores = ops.matmul(query, keys)  # [batch, heads, to, from]
        if visible is not None:
            scores = scores + ops.where(visible, 0.0, ops.cast(HIDDEN, scores.dtype))
        weights = ops.softmax(scores)
        mixed = ops.swapaxes(ops.matmul(weights, values), 1, 2)  # [batch, to, heads, width/heads]
        width = self.heads * mixed.shape[3]
        return ops.reshape(mixed, (-1, ops.shape(mixed)[1], width)), weights

    def by_head(self, keys: Any, values: Any) -> tuple[Any, Any]:
        """Lay keys and values out; see the function."""
        # A functional network can reshape to a length that it does not know only within a layer.
        is_open = isinstance(keys, keras.KerasTensor) and keys.shape[1] is None
        laid_out = self._lay_out(keys, values) if is_open else by_head(keys, values, self.heads)
        return laid_out[0], laid_out[1]

    def compute_output_shape(self, query_shape: Any, keys_shape: Any, **other_shapes: Any) -> Any:
        length = keys_shape[1] if len(keys_shape) == 3 else keys_shape[3]
        return query_shape, (query_shape[0], self.heads, query_shape[1], length)


class MultiHeadAttention(layers.Layer):
    """Attention of several heads with its projections (Vaswani et al. 2017, section 3.2).

    Keys and values are made apart from the call, by `project`, because a decoder makes them once
    for many steps, or adds to those of the steps before.

    Args:
        width: of what comes in and goes out.
        heads: a divisor of the width.
        bias: whether queries and values have a bias.
        key_bias: whether keys have a bias; the softmax undoes it.
        memory_width: of what is attended to; by default `width`.
        prefix: of the names of the layers, where a functional network takes them one by one; see
            `dltasks.networks.transformer`.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        bias: bool = True,
        key_bias: bool = True,
        memory_width: int | None = None,
        prefix: str = "",
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.width = width
        self.memory_width = memory_width or width
        self.to_query = layers.Dense(width, use_bias=bias, name=f"{prefix}query")
        self.to_key = layers.Dense(width, use_bias=key_bias, name=f"{prefix}key")
        self.to_value = layers.Dense(width, use_bias=bias, name=f"{prefix}value")
        self.to_output = layers.Dense(width, name=f"{prefix}output")
        self.mix = Mixing(heads, name=f"{prefix}mixing")

    def build(self, *shapes: Any) -> None:
        for dense in (self.to_query, self.to_output):
            dense.build((None, None, self.width))
        for dense in (self.to_key, self.to_value):
            dense.build((None, None, self.memory_width))
        self.built = True

    def project(self, memory: Any) -> tuple[Any, Any]:
        """Give keys and values of a memory [batch, from, its width], each [batch, from, width]."""
        return self.to_key(memory), self.to_value(memory)

    def call(self, x: Any, keys: Any, values: Any, visible: Any = None) -> Any:
        """Attend.

        Args:
            x: [batch, to, width].
            keys: from `project`, or as `Mixing.by_head` lays them out.
            values: likewise.
            visible: bool, broadcast to [batch, heads, to, from]; None where all is visible.

        Returns:
            The output [batch, to, width], and weights [batch, heads, to, from].
        """
        mixed, weights = self.mix(self.to_query(x), keys, values, visible)
        return self.to_output(mixed), weights


def over_source(not_padding: Any) -> Any:
    """Make a mask bool [batch, from], false at padding, into what attention takes as visible."""
    return not_padding[:, None, None, :]
