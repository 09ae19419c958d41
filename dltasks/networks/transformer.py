"""The layers of a Transformer: each part is added to its input and normalised, before or after.

"Before" (pre-norm) normalises what a part reads; "after" (post-norm, as of Vaswani et al. 2017)
normalises the sum.

A layer is one node of a functional network when it is called, `layer(x)`, and lays its parts out
one by one by `layer.call(x)`. Whisper is built so: it also runs in parts, and the order of its
weights, by which bundles are loaded, is that of single layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers, ops

from dltasks.networks.attention import MultiHeadAttention

EXPANSION = 4  # width of the feed-forward part, in widths of the layer (Vaswani et al. 2017)
EPSILON = 1e-3  # of layer normalisation, Keras' own

Activation = str | Callable[[Any], Any]
Pair = tuple[Any, Any]


@keras.saving.register_keras_serializable("dltasks")
def exact_gelu(x: Any) -> Any:
    """The Gaussian error linear unit; Keras' own is written with erfc, which ONNX does not have."""
    return 0.5 * x * (1.0 + ops.erf(x * 2**-0.5))


class FeedForward(layers.Layer):
    """Two dense layers, added to the input.

    Args:
        width: of what comes in and goes out.
        dropout: of what is added.
        inner: width between the two; by default EXPANSION * width.
        activation: between the two.
        normalise_first: whether to normalise before; otherwise after.
        epsilon: of the normalisation.
        prefix: of the names of the layers.
    """

    def __init__(
        self,
        width: int,
        dropout: float = 0.0,
        *,
        inner: int | None = None,
        activation: Activation = "relu",
        normalise_first: bool = True,
        epsilon: float = EPSILON,
        prefix: str = "",
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.normalise_first = normalise_first
        self.normalise = layers.LayerNormalization(epsilon=epsilon, name=f"{prefix}norm")
        self.inner = layers.Dense(
            inner or EXPANSION * width, activation=activation, name=f"{prefix}inner"
        )
        self.outer = layers.Dense(width, name=f"{prefix}outer")
        self.drop = _drop(dropout)

    def build(self, shape: Any) -> None:
        self.normalise.build(shape)
        self.inner.build(shape)
        self.outer.build((*shape[:-1], self.inner.units))
        self.built = True

    def call(self, x: Any, training: bool | None = None) -> Any:
        """[batch, time, width] -> the same shape."""
        hidden = self.inner(self.normalise(x) if self.normalise_first else x)
        x = x + self.drop(self.outer(hidden), training=training)
        return x if self.normalise_first else self.normalise(x)


class EncoderLayer(layers.Layer):
    """Self-attention and a feed-forward part.

    Args:
        width: of what comes in and goes out.
        heads: of the attention.
        dropout: of what is added.
        inner: see `FeedForward`.
        activation: of the feed-forward part.
        normalise_first: whether to normalise before each part; otherwise after.
        bias: see `MultiHeadAttention`.
        key_bias: likewise.
        epsilon: of the normalisations.
        prefix: of the names of the layers.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        dropout: float = 0.0,
        *,
        inner: int | None = None,
        activation: Activation = "relu",
        normalise_first: bool = True,
        bias: bool = True,
        key_bias: bool = True,
        epsilon: float = EPSILON,
        prefix: str = "",
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.normalise_first = normalise_first
        self.normalise = layers.LayerNormalization(epsilon=epsilon, name=f"{prefix}norm")
        self.attention = MultiHeadAttention(
            width, heads, bias=bias, key_bias=key_bias, prefix=prefix, name=f"{prefix}attention"
        )
        self.drop = _drop(dropout)
        self.feed_forward = FeedForward(
            width,
            dropout,
            inner=inner,
            activation=activation,
            normalise_first=normalise_first,
            epsilon=epsilon,
            prefix=prefix and f"{prefix}feed_forward_",
            name=f"{prefix}feed_forward",
        )

    def build(self, shape: Any) -> None:
        for layer in (self.normalise, self.attention, self.feed_forward):
            layer.build(shape)
        self.built = True

    def call(self, x: Any, visible: Any = None, training: bool | None = None) -> Any:
        """[batch, time, width] -> the same shape; `visible` as of `MultiHeadAttention`."""
        read = self.normalise(x) if self.normalise_first else x
        keys, values = self.attention.project(read)
        mixed, _ = self.attention.call(read, keys, values, visible)
        x = x + self.drop(mixed, training=training)
        if not self.normalise_first:
            x = self.normalise(x)
        return self.feed_forward.call(x, training=training)


class DecoderLayer(layers.Layer):
    """Self-attention, attention to a memory, and a feed-forward part.

    Args:
        memory_width: of the memory; by default `width`. The others are those of `EncoderLayer`.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        dropout: float = 0.0,
        *,
        inner: int | None = None,
        activation: Activation = "relu",
        normalise_first: bool = True,
        key_bias: bool = True,
        memory_width: int | None = None,
        epsilon: float = EPSILON,
        prefix: str = "",
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.normalise_first = normalise_first
        self.normalise = layers.LayerNormalization(epsilon=epsilon, name=f"{prefix}norm")
        self.attention = MultiHeadAttention(
            width, heads, key_bias=key_bias, prefix=prefix, name=f"{prefix}attention"
        )
        self.normalise_query = layers.LayerNormalization(
            epsilon=epsilon, name=f"{prefix}cross_norm"
        )
        self.to_memory = MultiHeadAttention(
            width,
            heads,
            key_bias=key_bias,
            memory_width=memory_width,
            prefix=prefix and f"{prefix}cross_",
            name=f"{prefix}cross_attention",
        )
        self.drop = _drop(dropout)
        self.feed_forward = FeedForward(
            width,
            dropout,
            inner=inner,
            activation=activation,
            normalise_first=normalise_first,
            epsilon=epsilon,
            prefix=prefix and f"{prefix}feed_forward_",
            name=f"{prefix}feed_forward",
        )

    def build(self, shape: Any, *other_shapes: Any) -> None:
        parts = (self.normalise, self.attention, self.normalise_query, self.to_memory)
        for layer in (*parts, self.feed_forward):
            layer.build(shape)
        self.built = True

    def project_memory(self, memory: Any) -> Pair:
        """Give keys and values of a memory [batch, from, memory width], laid out for all steps."""
        laid_out: Pair = self.to_memory.mix.by_head(*self.to_memory.project(memory))
        return laid_out

    def call(
        self,
        x: Any,
        memory: Pair,
        past: Pair | None = None,
        visible: Any = None,
        training: bool | None = None,
        *,
        visible_memory: Any = None,
    ) -> Any:
        """Run over new positions.

        Args:
            x: [batch, new, width].
            memory: keys and values from `project_memory`.
            past: keys and values of the positions before, each [batch, past, width].
            visible: bool, broadcast to [batch, heads, new, past + new].
            training: whether to drop out.
            visible_memory: bool, broadcast to [batch, heads, new, from]; None where all is visible.

        Returns:
            [batch, new, width]; keys and values of all positions; and how much each head attended
            to the memory, [batch, heads, new, from].
        """
        read = self.normalise(x) if self.normalise_first else x
        keys, values = self.attention.project(read)
        if past is not None:
            keys = ops.concatenate([past[0], keys], axis=1)  # [batch, past + new, width]
            values = ops.concatenate([past[1], values], axis=1)
        mixed, _ = self.attention.call(read, keys, values, visible)
        x = x + self.drop(mixed, training=training)
        if not self.normalise_first:
            x = self.normalise(x)
        query = self.normalise_query(x) if self.normalise_first else x
        mixed, weights = self.to_memory.call(query, *memory, visible_memory)
        x = x + self.drop(mixed, training=training)
        if not self.normalise_first:
            x = self.normalise_query(x)
        return self.feed_forward.call(x, training=training), (keys, values), weights


def _drop(rate: float) -> Callable[..., Any]:
    """Make a layer of dropout; none where nothing is dropped."""
    return layers.Dropout(rate) if rate else _keep


def _keep(x: Any, training: bool | None = None) -> Any:
    return x
