"""Whisper, the encoder-decoder of Radford et al. 2022, "Robust speech recognition via large-scale
weak supervision", section 2.2; a Transformer (Vaswani et al. 2017) with the normalisation first.

The encoder hears 30 seconds. The decoder is one network for training, where it takes all tokens,
and for use, where it takes the new ones and the keys and values of those before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import layers, ops

from dltasks.tasks.speech_recognition.config import WhisperConfig

EPSILON = 1e-5  # of layer normalisation, as PyTorch has it by default
Pairs = list[tuple[Any, Any]]
HIDDEN = -1e9  # added to the score of what must not be attended to


class Whisper(NamedTuple):
    """The parts of a network; they share their weights.

    Attributes:
        whole: for training: `mel` and `tokens` to logits [batch, tokens, vocabulary].
        encoder: for use: `mel`, float32 [batch, 2 * audio_positions, bands], to what the decoder
            looks up in it: for each of its blocks keys [batch, heads, width / heads, positions]
            and values [batch, heads, positions, width / heads].
        decoder: for use: a step; see `_build_step`.
    """

    whole: keras.Model
    encoder: keras.Model
    decoder: keras.Model


@keras.saving.register_keras_serializable("dltasks")
class Attention(layers.Layer):
    """Attention of several heads; keys and values come projected, [batch, positions, width]."""

    def __init__(self, heads: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.heads = heads

    def call(self, query: Any, keys: Any, values: Any, mask: Any = None) -> Any:
        return self._attend(query, *self.split(keys, values), mask)

    def split(self, keys: Any, values: Any) -> tuple[Any, Any]:
        """Lay keys and values out for the products: [batch, head, width / heads, positions] and
        [batch, head, positions, width / heads]."""
        return ops.swapaxes(self._by_head(keys), 2, 3), self._by_head(values)

    def _attend(self, query: Any, keys: Any, values: Any, mask: Any) -> Any:
        query = self._by_head(query)
        scores = ops.matmul(query * query.shape[3] ** -0.5, keys)
        scores = scores if mask is None else scores + mask  # [batch, head, to, from]
        weights = ops.softmax(scores)
        mixed = ops.swapaxes(ops.matmul(weights, values), 1, 2)  # [batch, to, head, width / heads]
        merged = ops.reshape(mixed, (-1, ops.shape(mixed)[1], self.heads * mixed.shape[3]))
        return merged, weights

    def _by_head(self, item: Any) -> Any:
        """[batch, positions, width] to [batch, head, positions, width / heads]."""
        shape = (-1, ops.shape(item)[1], self.heads, item.shape[2] // self.heads)
        return ops.swapaxes(ops.reshape(item, shape), 1, 2)

    def compute_output_shape(self, query_shape: Any, keys_shape: Any, **other_shapes: Any) -> Any:
        return query_shape, (query_shape[0], self.heads, query_shape[1], keys_shape[1])


@keras.saving.register_keras_serializable("dltasks")
class CrossAttention(Attention):
    """The same where `split` was done before, once for many steps."""

    def call(self, query: Any, keys: Any, values: Any, mask: Any = None) -> Any:
        return self._attend(query, keys, values, mask)

    def compute_output_shape(self, query_shape: Any, keys_shape: Any, **other_shapes: Any) -> Any:
        return query_shape, (query_shape[0], self.heads, query_shape[1], keys_shape[3])


@keras.saving.register_keras_serializable("dltasks")
class AddPositions(layers.Layer):
    """Add a vector to each position."""

    def __init__(self, positions: int, width: int, **settings: Any) -> None:
        super().__init__(**settings)
        self.table = self.add_weight((positions, width), name="table")

    def call(self, inputs: Any) -> Any:
        return inputs + self.table


@keras.saving.register_keras_serializable("dltasks")
class Places(layers.Layer):
    """Count the positions of new tokens, and say which tokens each may attend to."""

    def call(self, tokens: Any, past: Any = None) -> Any:
        before = 0 if past is None else ops.shape(past)[1]
        new = ops.shape(tokens)[1]
        positions = before + ops.arange(new)
        seen = ops.expand_dims(ops.arange(before + new), 0) <= ops.expand_dims(positions, 1)
        mask = ops.where(seen, 0.0, HIDDEN)  # [new, before + new]
        return ops.expand_dims(positions, 0), ops.expand_dims(ops.expand_dims(mask, 0), 0)

    def compute_output_shape(self, tokens_shape: Any, **other_shapes: Any) -> Any:
        return (1, tokens_shape[1]), (1, 1, tokens_shape[1], None)


class _Block:
    """The layers of one block; called on one input or another, they are the same layers."""

    def __init__(self, config: WhisperConfig, name: str, *, cross: bool) -> None:
        width, self.name = config.width, name
        self.norm = self._norm("norm")
        self.attention = Attention(config.heads, name=f"{name}_attention")
        self.query, self.key, self.value, self.out = self._projections(width, "")
        self.cross = cross
        if cross:
            self.cross_norm = self._norm("cross_norm")
            self.cross_attention = CrossAttention(config.heads, name=f"{name}_cross_attention")
            projections = self._projections(width, "cross_")
            self.cross_query, self.cross_key, self.cross_value, self.cross_out = projections
        self.wide_norm = self._norm("wide_norm")
        self.widen = layers.Dense(4 * width, activation=exact_gelu, name=f"{name}_widen")
        self.narrow = layers.Dense(width, name=f"{name}_narrow")

    def _norm(self, name: str) -> layers.Layer:
        return layers.LayerNormalization(epsilon=EPSILON, name=f"{self.name}_{name}")

    def _projections(self, width: int, kind: str) -> list[layers.Layer]:
        """Make query, key, value and output; the key has no bias, which softmax would undo."""
        return [
            layers.Dense(width, use_bias=name != "key", name=f"{self.name}_{kind}{name}")
            for name in ("query", "key", "value", "out")
        ]

    def hear(self, heard: Any) -> tuple[Any, Any]:
        """Give keys and values of what the encoder heard, laid out for cross-attention."""
        return self.cross_attention.split(self.cross_key(heard), self.cross_value(heard))

    def feed_forward(self, x: Any) -> Any:
        return x + self.narrow(self.widen(self.wide_norm(x)))


def exact_gelu(x: Any) -> Any:
    """The Gaussian error linear unit; Keras' own is written with erfc, which ONNX does not have."""
    return 0.5 * x * (1.0 + ops.erf(x * 2**-0.5))


def build_whisper(config: WhisperConfig) -> Whisper:
    """Build the network with random weights."""
    mel = keras.Input((2 * config.audio_positions, config.mel_bands), name="mel")
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    blocks = [_Block(config, f"text_{i}", cross=True) for i in range(config.text_layers)]
    heard = _hear(mel, config)  # [batch, audio_positions, width]
    cross = [block.hear(heard) for block in blocks]
    decoder = _Decoder(config, blocks)
    hidden, _, _ = decoder.step(tokens, cross)
    whole = keras.Model({"mel": mel, "tokens": tokens}, decoder.logits(hidden))
    encoder = keras.Model(mel, [array for pair in cross for array in pair])
    return Whisper(whole, encoder, _build_step(config, decoder))


class _Decoder:
    """The decoder's layers."""

    def __init__(self, config: WhisperConfig, blocks: list[_Block]) -> None:
        self.blocks = blocks
        self.tokens = layers.ReversibleEmbedding(
            config.vocabulary, config.width, name="text_tokens"
        )
        self.positions = layers.Embedding(
            config.text_positions, config.width, name="text_positions"
        )
        self.norm = layers.LayerNormalization(epsilon=EPSILON, name="text_norm")

    def step(self, tokens: Any, cross: Pairs, past: Pairs | None = None) -> tuple[Any, Pairs, list]:
        """Run all blocks on new tokens.

        Args:
            tokens: int32 [batch, new].
            cross: of each block, keys and values of what was heard.
            past: of each block, keys and values of the tokens before.

        Returns:
            Hidden states [batch, new, width]; of each block, keys and values of all tokens, and
            how much each head attended to what was heard [batch, head, new, audio positions].
        """
        positions, mask = Places()(tokens, past[0][0] if past else None)
        x = self.tokens(tokens) + self.positions(positions)
        kept: Pairs = []
        attended = []
        for block, (cross_keys, cross_values) in zip(self.blocks, cross, strict=True):
            y = block.norm(x)
            keys, values = block.key(y), block.value(y)
            if past:
                old_keys, old_values = past[len(kept)]
                keys = ops.concatenate([old_keys, keys], axis=1)
                values = ops.concatenate([old_values, values], axis=1)
            mixed, _ = block.attention(block.query(y), keys, values, mask)
            x = x + block.out(mixed)
            y = block.cross_query(block.cross_norm(x))
            mixed, weights = block.cross_attention(y, cross_keys, cross_values)
            x = block.feed_forward(x + block.cross_out(mixed))
            kept.append((keys, values))
            attended.append(weights)
        return self.norm(x), kept, attended

    def logits(self, hidden: Any) -> Any:
        """Compare with the embedding of every token."""
        return self.tokens(hidden, reverse=True)


def _build_step(config: WhisperConfig, decoder: _Decoder) -> keras.Model:
    """Build the decoder's step.

    Its inputs are `tokens`, int32 [batch, new]; `past_keys` and `past_values`, float32
    [batch, layers, past, width]; `cross_keys_0`, `cross_values_0` and so on, as the encoder gives
    them. Its outputs are the logits of what comes after the last token, [batch, vocabulary]; keys
    and values of all tokens; and the cross-attention of the last token,
    [batch, layers, heads, audio_positions].
    """
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    stacks = {
        name: keras.Input((config.text_layers, None, config.width), name=name)
        for name in ("past_keys", "past_values")
    }
    past = [
        (stacks["past_keys"][:, layer], stacks["past_values"][:, layer])
        for layer in range(config.text_layers)
    ]
    head = config.width // config.heads
    cross = [
        (
            keras.Input((config.heads, head, config.audio_positions), name=f"cross_keys_{layer}"),
            keras.Input((config.heads, config.audio_positions, head), name=f"cross_values_{layer}"),
        )
        for layer in range(config.text_layers)
    ]
    hidden, kept, attended = decoder.step(tokens, cross, past)
    keys, values = (ops.stack(items, axis=1) for items in zip(*kept, strict=True))
    last = ops.stack([weights[:, :, -1] for weights in attended], axis=1)
    outputs = [decoder.logits(hidden[:, -1]), keys, values, last]
    heard = {array.name: array for pair in cross for array in pair}
    return keras.Model({"tokens": tokens, **stacks, **heard}, outputs)


def _hear(mel: Any, config: WhisperConfig) -> Any:
    """The encoder: two convolutions, positions, blocks that attend to everything."""
    width = config.width
    x = layers.Conv1D(width, 3, padding="same", activation=exact_gelu, name="audio_conv_1")(mel)
    x = layers.ZeroPadding1D(1)(x)  # on both sides; "same" would pad the end alone
    x = layers.Conv1D(width, 3, strides=2, activation=exact_gelu, name="audio_conv_2")(x)
    x = AddPositions(config.audio_positions, width, name="audio_positions")(x)
    for index in range(config.audio_layers):
        block = _Block(config, f"audio_{index}", cross=False)
        y = block.norm(x)
        attended, _ = block.attention(block.query(y), block.key(y), block.value(y))
        x = block.feed_forward(x + block.out(attended))
    return layers.LayerNormalization(epsilon=EPSILON, name="audio_norm")(x)
