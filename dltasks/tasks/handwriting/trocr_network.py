"""TrOCR (Li et al. 2021, "TrOCR: Transformer-based optical character recognition with pre-trained
models").

A picture of a line is cut into squares, which a Transformer reads (Dosovitskiy et al. 2020, "An
image is worth 16x16 words"; with one more learned vector before them, Touvron et al. 2020,
"Training data-efficient image transformers & distillation through attention"). A second Transformer
writes the text piece by piece. It is one network for training, where it takes whole texts, and for
use, where it takes the last piece and the keys and values of those before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import layers, ops

from dltasks.networks.positions import AddPositions, Places, PutBefore, SinePositions
from dltasks.networks.transformer import Activation, DecoderLayer, EncoderLayer, exact_gelu
from dltasks.tasks.handwriting.trocr_config import COLOURS, TrocrConfig

EPSILON = 1e-5  # of layer normalisation in the decoder
WHITE = 255
ACTIVATIONS: dict[str, Activation] = {"relu": "relu", "gelu": exact_gelu, "swish": "silu"}
Pairs = list[tuple[Any, Any]]


class Trocr(NamedTuple):
    """The parts of a network; they share their weights.

    Attributes:
        whole: for training: `image`, uint8 [batch, side, side, 3], and `target`, int32
            [batch, time], filled with padding, to unnormalised scores, float32
            [batch, time, vocabulary].
        encoder: for use: `image` to what the decoder looks up in it: for each of its layers keys
            [batch, heads, width / heads, places] and values [batch, heads, places, width / heads].
        step: for use; see `_build_step`.
    """

    whole: keras.Model
    encoder: keras.Model
    step: keras.Model


def build_trocr(config: TrocrConfig) -> Trocr:
    """Build the network with random weights."""
    shape = (config.side, config.side, COLOURS)
    image = keras.Input(shape, dtype="uint8", name="image")
    target = keras.Input((None,), dtype="int32", name="target")
    decoder = _Decoder(config)
    cross = decoder.project(_look(image, config))
    hidden, _, _ = decoder.run(target, cross)
    whole = keras.Model([image, target], decoder.score(hidden), name="trocr")
    encoder = keras.Model(image, [array for pair in cross for array in pair], name="encoder")
    return Trocr(whole, encoder, _build_step(config, decoder))


def _look(image: Any, config: TrocrConfig) -> Any:
    """The encoder: image [batch, side, side, 3] -> memory [batch, places, encoder width]."""
    squares = config.side // config.patch  # in a row
    width = config.encoder_width
    scale = [1 / (WHITE * spread) for spread in config.spread]
    offset = [-mean / spread for mean, spread in zip(config.mean, config.spread, strict=True)]
    x = layers.Rescaling(scale, offset, name="colours")(image)
    x = layers.Conv2D(width, config.patch, strides=config.patch, name="patches")(x)
    x = layers.Reshape((squares * squares, width), name="row_of_patches")(x)
    x = PutBefore(config.extra_tokens, width, name="extra_tokens")(x)
    places = squares * squares + config.extra_tokens
    x = AddPositions(places, width, name="encoder_positions")(x)
    for index in range(config.encoder_layers):
        x = EncoderLayer(
            **_settings(config, "encoder", index),
            normalise_first=True,
            bias=config.encoder_bias,
            key_bias=config.encoder_bias,
            epsilon=config.encoder_epsilon,
        ).call(x)
    return layers.LayerNormalization(epsilon=config.encoder_epsilon, name="encoder_norm")(x)


class _Decoder:
    """The decoder's layers."""

    def __init__(self, config: TrocrConfig) -> None:
        width = config.width
        self.scale = width**0.5 if config.scale_embedding else 1.0
        self.first = config.first_position
        self.pieces = layers.ReversibleEmbedding(config.vocabulary, width, name="pieces")
        self.output = None
        if not config.tied_output:
            self.output = layers.Dense(config.vocabulary, use_bias=False, name="output")
        self.places = Places(name="places")
        self.positions = self._make_positions(config)
        self.norm = None
        if config.normalise_embedding:
            self.norm = layers.LayerNormalization(epsilon=EPSILON, name="embedding_norm")
        self.drop = layers.Dropout(config.dropout, name="drop")
        self.layers = [
            DecoderLayer(
                **_settings(config, "decoder", index),
                dropout=config.dropout,
                normalise_first=False,
                memory_width=config.encoder_width,
                epsilon=EPSILON,
            )
            for index in range(config.decoder_layers)
        ]

    def project(self, memory: Any) -> Pairs:
        """Give each layer's keys and values of a memory [batch, places, encoder width]."""
        return [layer.project_memory(memory) for layer in self.layers]

    def run(self, pieces: Any, cross: Pairs, past: Pairs | None = None) -> Any:
        """Run all layers on new pieces.

        Args:
            pieces: int32 [batch, new].
            cross: of `project`.
            past: of each layer, keys and values of the pieces before, [batch, past, width].

        Returns:
            Hidden states [batch, new, width]; of each layer, keys and values of all pieces, and how
            much each head attended to the picture, [batch, heads, new, places].
        """
        places, visible = self.places(pieces, past[0][0] if past else None)
        x = self.pieces(pieces) * self.scale + self.positions(places + self.first)
        x = self.drop(self.norm(x) if self.norm else x)
        kept: Pairs = []
        attended = []
        for index, layer in enumerate(self.layers):
            before = past[index] if past else None
            x, pair, weights = layer.call(x, cross[index], before, visible)
            kept.append(pair)
            attended.append(weights)
        return x, kept, attended

    def score(self, hidden: Any) -> Any:
        """[..., width] -> unnormalised scores of the pieces, float32 [..., vocabulary]."""
        scores = self.output(hidden) if self.output else self.pieces(hidden, reverse=True)
        return ops.cast(scores, "float32")

    @staticmethod
    def _make_positions(config: TrocrConfig) -> Any:
        if not config.learned_positions:
            return SinePositions(config.width, to_longest=True, name="positions")
        rows = config.first_position + config.positions
        return layers.Embedding(rows, config.width, name="positions")


def _build_step(config: TrocrConfig, decoder: _Decoder) -> keras.Model:
    """Build the decoder's step.

    Its inputs are `piece`, int32 [batch], the last one; `state`, float32 [batch, 2 * layers, past,
    width], keys and values of the pieces before it; `cross_keys_0`, `cross_values_0` and so on, as
    the encoder gives them. Its outputs are the logarithms of probabilities, float32
    [batch, vocabulary]; the state with one more piece; and attention [batch, places].
    """
    count = config.decoder_layers
    piece = keras.Input((), dtype="int32", name="piece")
    state = keras.Input((2 * count, None, config.width), name="state")
    head = config.width // config.decoder_heads
    cross = [
        (
            keras.Input((config.decoder_heads, head, None), name=f"cross_keys_{index}"),
            keras.Input((config.decoder_heads, None, head), name=f"cross_values_{index}"),
        )
        for index in range(count)
    ]
    past = [(state[:, 2 * index], state[:, 2 * index + 1]) for index in range(count)]
    hidden, kept, attended = decoder.run(ops.expand_dims(piece, 1), cross, past)
    scores = ops.log_softmax(decoder.score(hidden[:, -1]))
    following = ops.stack([array for pair in kept for array in pair], axis=1)
    attention = ops.mean(attended[-1][:, :, -1], axis=1)
    inputs = [piece, state, *(array for pair in cross for array in pair)]
    return keras.Model(inputs, [scores, following, attention], name="step")


def _settings(config: TrocrConfig, side: str, index: int) -> dict[str, Any]:
    """Give what a layer of the encoder and one of the decoder both have."""
    return {
        "width": config.encoder_width if side == "encoder" else config.width,
        "heads": getattr(config, f"{side}_heads"),
        "inner": getattr(config, f"{side}_inner"),
        "activation": ACTIVATIONS[getattr(config, f"{side}_activation")],
        "prefix": f"{side}_{index}_",
        "name": f"{side}_{index}",
    }
