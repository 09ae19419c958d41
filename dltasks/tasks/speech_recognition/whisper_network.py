"""Whisper, the encoder-decoder of Radford et al. 2022, "Robust speech recognition via large-scale
weak supervision", section 2.2; a Transformer (Vaswani et al. 2017) with the normalisation first.

The encoder hears 30 seconds. The decoder is one network for training, where it takes all tokens,
and for use, where it takes the new ones and the keys and values of those before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import layers, ops

from dltasks.networks.positions import AddPositions, Places
from dltasks.networks.transformer import DecoderLayer, EncoderLayer, exact_gelu
from dltasks.tasks.speech_recognition.config import WhisperConfig

EPSILON = 1e-5  # of layer normalisation, as PyTorch has it by default
Pairs = list[tuple[Any, Any]]


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


def build_whisper(config: WhisperConfig) -> Whisper:
    """Build the network with random weights."""
    mel = keras.Input((2 * config.audio_positions, config.mel_bands), name="mel")
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    blocks = [DecoderLayer(**_settings(config, f"text_{i}")) for i in range(config.text_layers)]
    heard = _hear(mel, config)  # [batch, audio_positions, width]
    cross = [block.project_memory(heard) for block in blocks]
    decoder = _Decoder(config, blocks)
    hidden, _, _ = decoder.step(tokens, cross)
    whole = keras.Model({"mel": mel, "tokens": tokens}, decoder.logits(hidden))
    encoder = keras.Model(mel, [array for pair in cross for array in pair])
    return Whisper(whole, encoder, _build_step(config, decoder))


def _settings(config: WhisperConfig, name: str) -> dict[str, Any]:
    """Give the settings of a block; its keys have no bias, which softmax would undo."""
    return {
        "width": config.width,
        "heads": config.heads,
        "activation": exact_gelu,
        "key_bias": False,
        "epsilon": EPSILON,
        "prefix": f"{name}_",
        "name": name,
    }


class _Decoder:
    """The decoder's layers."""

    def __init__(self, config: WhisperConfig, blocks: list[DecoderLayer]) -> None:
        self.blocks = blocks
        self.tokens = layers.ReversibleEmbedding(
            config.vocabulary, config.width, name="text_tokens"
        )
        self.positions = layers.Embedding(
            config.text_positions, config.width, name="text_positions"
        )
        self.norm = layers.LayerNormalization(epsilon=EPSILON, name="text_norm")

    def step(
        self, tokens: Any, cross: Pairs, past: Pairs | None = None
    ) -> tuple[Any, Pairs, list[Any]]:
        """Run all blocks on new tokens.

        Args:
            tokens: int32 [batch, new].
            cross: of each block, keys and values of what was heard.
            past: of each block, keys and values of the tokens before.

        Returns:
            Hidden states [batch, new, width]; of each block, keys and values of all tokens, and
            how much each head attended to what was heard [batch, head, new, audio positions].
        """
        positions, visible = Places()(tokens, past[0][0] if past else None)
        x = self.tokens(tokens) + self.positions(positions)
        kept: Pairs = []
        attended = []
        for index, block in enumerate(self.blocks):
            before = past[index] if past else None
            x, pair, weights = block.call(x, cross[index], before, visible)
            kept.append(pair)
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
        x = EncoderLayer(**_settings(config, f"audio_{index}")).call(x)
    return layers.LayerNormalization(epsilon=EPSILON, name="audio_norm")(x)
