"""The layers of the translator, each normalised before and added to its input (pre-norm).

Padding is at the end of a sentence. Nothing here lets a valid position see it, so that a sentence
gives the same alone and in a batch.
"""

from __future__ import annotations

import keras
from keras import layers, ops

EXPANSION = 4  # width of the feed-forward part, in widths of the layer (Vaswani et al. 2017)
MASKED = -1e9  # exp of it is 0, also in float16 where it becomes minus infinity


class Attention(layers.Layer):
    """Scaled dot-product attention with several heads (Vaswani et al. 2017, section 3.2).

    Keys and values are made apart from the call, because a decoder makes them once for many steps.
    """

    def __init__(self, width: int, heads: int, **settings) -> None:
        super().__init__(**settings)
        self.width, self.heads = width, heads
        self.to_query = layers.Dense(width, name="query")
        self.to_key = layers.Dense(width, name="key")
        self.to_value = layers.Dense(width, name="value")
        self.to_output = layers.Dense(width, name="output")

    def build(self, shape) -> None:
        for dense in (self.to_query, self.to_key, self.to_value, self.to_output):
            dense.build(shape)
        self.built = True

    def project(self, memory):
        """Give keys and values of what is attended to, each [batch, source, width]."""
        return self.to_key(memory), self.to_value(memory)

    def call(self, x, keys, values, mask):
        """Attend.

        Args:
            x: [batch, time, width].
            keys: [batch, source, width].
            values: [batch, source, width].
            mask: bool [batch, source]; false is padding.

        Returns:
            The output [batch, time, width], and weights [batch, heads, time, source].
        """
        query = self._split(self.to_query(x))  # [batch, heads, time, width/heads]
        scores = ops.matmul(query, ops.transpose(self._split(keys), (0, 1, 3, 2)))
        scores = scores * (self.width // self.heads) ** -0.5
        visible = ops.cast(mask, scores.dtype)[:, None, None, :]
        weights = ops.softmax(scores + (1.0 - visible) * MASKED)
        mixed = ops.matmul(weights, self._split(values))
        joined = ops.reshape(ops.transpose(mixed, (0, 2, 1, 3)), (*ops.shape(x)[:2], self.width))
        return self.to_output(joined), weights

    def _split(self, x):
        """[batch, time, width] -> [batch, heads, time, width/heads]."""
        batch, time = ops.shape(x)[:2]
        parts = ops.reshape(x, (batch, time, self.heads, self.width // self.heads))
        return ops.transpose(parts, (0, 2, 1, 3))


class FeedForward(layers.Layer):
    """Two dense layers, added to the input."""

    def __init__(self, width: int, dropout: float, **settings) -> None:
        super().__init__(**settings)
        self.normalise = layers.LayerNormalization(name="norm")
        self.inner = layers.Dense(EXPANSION * width, activation="relu", name="inner")
        self.outer = layers.Dense(width, name="outer")
        self.drop = layers.Dropout(dropout)

    def build(self, shape) -> None:
        self.normalise.build(shape)
        self.inner.build(shape)
        self.outer.build((*shape[:-1], self.inner.units))
        self.built = True

    def call(self, x, training=None):
        """[batch, time, width] -> the same shape."""
        hidden = self.inner(self.normalise(x))
        return x + self.drop(self.outer(hidden), training=training)


class TransformerLayer(layers.Layer):
    """Self-attention and a feed-forward part."""

    def __init__(self, width: int, heads: int, dropout: float, **settings) -> None:
        super().__init__(**settings)
        self.normalise = layers.LayerNormalization(name="norm")
        self.attention = Attention(width, heads, name="attention")
        self.drop = layers.Dropout(dropout)
        self.feed_forward = FeedForward(width, dropout, name="feed_forward")

    def build(self, shape) -> None:
        for layer in (self.normalise, self.attention, self.feed_forward):
            layer.build(shape)
        self.built = True

    def call(self, x, mask, training=None):
        """[batch, source, width] -> the same shape."""
        normal = self.normalise(x)
        mixed, _ = self.attention(normal, *self.attention.project(normal), mask)
        return self.feed_forward(x + self.drop(mixed, training=training), training=training)


class BidirectionalLayer(layers.Layer):
    """An LSTM forwards and one backwards (Bahdanau et al. 2015, section 3.2), added to the input.

    The backward one reads each sentence from its own end, so that neither needs a mask: padding
    comes after what counts, and masks would keep LSTMs from their fast kernels.
    """

    def __init__(self, width: int, dropout: float, **settings) -> None:
        super().__init__(**settings)
        self.normalise = layers.LayerNormalization(name="norm")
        self.forward = layers.LSTM(width // 2, return_sequences=True, name="forward")
        self.backward = layers.LSTM(width // 2, return_sequences=True, name="backward")
        self.drop = layers.Dropout(dropout)

    def build(self, shape) -> None:
        for layer in (self.normalise, self.forward, self.backward):
            layer.build(shape)
        self.built = True

    def call(self, x, mask, training=None):
        """[batch, source, width] -> the same shape."""
        normal = self.normalise(x)
        back = reverse(self.backward(reverse(normal, mask)), mask)
        both = ops.concatenate([self.forward(normal), back], axis=-1)
        return x + self.drop(both, training=training)


def reverse(x, mask):
    """Turn each sentence round and leave its padding at the end.

    Args:
        x: [batch, time, width].
        mask: bool [batch, time]; false is padding, after all else.
    """
    length = ops.sum(ops.cast(mask, "int32"), axis=1, keepdims=True)  # [batch, 1]
    place = ops.arange(ops.shape(x)[1], dtype="int32")[None, :]  # [1, time]
    mirrored = ops.where(place < length, length - 1 - place, place)  # [batch, time]
    return ops.take_along_axis(x, mirrored[:, :, None], axis=1)


class DecoderLayer(layers.Layer):
    """An LSTM over the target, attention to the source, and a feed-forward part.

    A Transformer's decoder layer with an LSTM for its self-attention (Chen et al. 2018): the
    state that a step hands on is of one size, and training runs the LSTM over a whole sentence at
    once because nothing of the attention goes back into it.
    """

    def __init__(self, width: int, heads: int, dropout: float, **settings) -> None:
        super().__init__(**settings)
        self.normalise_input = layers.LayerNormalization(name="input_norm")
        self.lstm = layers.LSTM(width, return_sequences=True, name="lstm")
        self.normalise_query = layers.LayerNormalization(name="query_norm")
        self.attention = Attention(width, heads, name="attention")
        self.feed_forward = FeedForward(width, dropout, name="feed_forward")
        self.drop = layers.Dropout(dropout)

    def build(self, shape) -> None:
        parts = (self.normalise_input, self.lstm, self.normalise_query)
        for layer in (*parts, self.attention, self.feed_forward):
            layer.build(shape)
        self.built = True

    def call(self, x, memory, mask, training=None):
        """Run over whole targets.

        Args:
            x: [batch, time, width].
            memory: [batch, source, width].
            mask: bool [batch, source].

        Returns:
            [batch, time, width].
        """
        said = self.lstm(self.normalise_input(x))
        x = x + self.drop(said, training=training)
        keys, values = self.attention.project(memory)
        x, _ = self._attend(x, keys, values, mask, training)
        return x

    def step(self, x, state, keys, values, mask):
        """Run one step.

        Args:
            x: [batch, 1, width].
            state: output and cell of the LSTM, each [batch, width].
            keys: [batch, source, width].
            values: [batch, source, width].
            mask: bool [batch, source].

        Returns:
            [batch, 1, width], the next state, and attention [batch, source].
        """
        said, state = self.lstm.cell(self.normalise_input(x)[:, 0], state)
        x, weights = self._attend(x + said[:, None], keys, values, mask, training=False)
        return x, state, ops.mean(weights[:, :, 0], axis=1)

    def _attend(self, x, keys, values, mask, training=None):
        mixed, weights = self.attention(self.normalise_query(x), keys, values, mask)
        x = x + self.drop(mixed, training=training)
        return self.feed_forward(x, training=training), weights


def add_positions(x):
    """Add sines of the position (Vaswani et al. 2017, section 3.5): [batch, time, width]."""
    time, width = ops.shape(x)[1], x.shape[-1]
    rate = ops.exp(-ops.arange(0, width // 2, dtype="float32") * (2 * 9.2103 / width))
    angle = ops.arange(time, dtype="float32")[:, None] * rate[None]  # [time, width/2]
    waves = ops.concatenate([ops.sin(angle), ops.cos(angle)], axis=-1)
    return x + ops.cast(waves, x.dtype)[None]


class Positions(layers.Layer):
    """`add_positions` as a layer."""

    def call(self, x):
        """[batch, time, width] -> the same shape."""
        return add_positions(x)


def not_padding(pieces):
    """bool [batch, time]: false where a piece is padding, which is piece 0."""
    return keras.ops.not_equal(pieces, 0)
