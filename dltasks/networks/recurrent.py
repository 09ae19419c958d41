"""LSTMs over sequences of different lengths, both ways, and as the layer of a decoder.

Padding comes after what counts, so that a forward LSTM needs no mask, which would keep it from its
fast kernels; a backward one reads each sequence from its own end.
"""

from __future__ import annotations

from typing import Any

from keras import layers, ops

from dltasks.networks.attention import MultiHeadAttention, over_source
from dltasks.networks.fast_layers import LSTM
from dltasks.networks.sequences import ClearBeyond, ReverseWithin, reverse_within
from dltasks.networks.transformer import FeedForward


def bidirectional_lstm(x: Any, frames: Any, units: int) -> Any:
    """Read [batch, frames, features] both ways: [batch, frames, 2 * units]."""
    forward = LSTM(units, return_sequences=True)(x)
    # tf2onnx makes one LSTM of both ways where nothing but the turning lies between them, and that
    # one forgets where each sequence ends.
    reversed_x = ClearBeyond(axis=1)(ReverseWithin()(x, frames), frames)
    backward = LSTM(units, return_sequences=True)(reversed_x)
    return layers.Concatenate()([forward, ReverseWithin()(backward, frames)])


class BidirectionalLayer(layers.Layer):
    """An LSTM forwards and one backwards (Bahdanau et al. 2015, section 3.2), added to the input.

    Args:
        width: of what comes in and goes out; each LSTM gives a half.
        dropout: of what is added.
    """

    def __init__(self, width: int, dropout: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.normalise = layers.LayerNormalization(name="norm")
        self.forward = layers.LSTM(width // 2, return_sequences=True, name="forward")
        self.backward = layers.LSTM(width // 2, return_sequences=True, name="backward")
        self.drop = layers.Dropout(dropout)

    def build(self, shape: Any, *other_shapes: Any) -> None:
        for layer in (self.normalise, self.forward, self.backward):
            layer.build(shape)
        self.built = True

    def call(self, x: Any, length: Any, training: bool | None = None) -> Any:
        """[batch, source, width], and int32 [batch], their lengths -> the same shape."""
        normal = self.normalise(x)
        back = reverse_within(self.backward(reverse_within(normal, length)), length)
        both = ops.concatenate([self.forward(normal), back], axis=-1)
        return x + self.drop(both, training=training)


class RecurrentDecoderLayer(layers.Layer):
    """An LSTM over the target, attention to the source, and a feed-forward part.

    A Transformer's decoder layer with an LSTM for its self-attention (Chen et al. 2018): the
    state that a step hands on is of one size, and training runs the LSTM over a whole sentence at
    once because nothing of the attention goes back into it.

    Args:
        width: of what comes in and goes out.
        heads: of the attention.
        dropout: of what is added.
    """

    def __init__(self, width: int, heads: int, dropout: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.normalise_input = layers.LayerNormalization(name="input_norm")
        self.lstm = layers.LSTM(width, return_sequences=True, name="lstm")
        self.normalise_query = layers.LayerNormalization(name="query_norm")
        self.attention = MultiHeadAttention(width, heads, name="attention")
        self.feed_forward = FeedForward(width, dropout, name="feed_forward")
        self.drop = layers.Dropout(dropout)

    def build(self, shape: Any, *other_shapes: Any) -> None:
        parts = (self.normalise_input, self.lstm, self.normalise_query)
        for layer in (*parts, self.attention, self.feed_forward):
            layer.build(shape)
        self.built = True

    def call(self, x: Any, memory: Any, mask: Any, training: bool | None = None) -> Any:
        """Run over whole targets.

        Args:
            x: [batch, time, width].
            memory: [batch, source, width].
            mask: bool [batch, source]; false is padding.

        Returns:
            [batch, time, width].
        """
        said = self.lstm(self.normalise_input(x))
        x = x + self.drop(said, training=training)
        keys, values = self.attention.project(memory)
        x, _ = self._attend(x, keys, values, mask, training)
        return x

    def step(self, x: Any, state: Any, keys: Any, values: Any, mask: Any) -> Any:
        """Run one step.

        Args:
            x: [batch, 1, width].
            state: output and cell of the LSTM, each [batch, width].
            keys: [batch, source, width].
            values: [batch, source, width].
            mask: bool [batch, source]; false is padding.

        Returns:
            [batch, 1, width], the next state, and attention [batch, source].
        """
        said, state = self.lstm.cell(self.normalise_input(x)[:, 0], state)
        x, weights = self._attend(x + said[:, None], keys, values, mask, training=False)
        return x, state, ops.mean(weights[:, :, 0], axis=1)

    def _attend(
        self, x: Any, keys: Any, values: Any, mask: Any, training: bool | None = None
    ) -> Any:
        mixed, weights = self.attention(self.normalise_query(x), keys, values, over_source(mask))
        x = x + self.drop(mixed, training=training)
        return self.feed_forward(x, training=training), weights
