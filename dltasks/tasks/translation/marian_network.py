"""Marian's Transformer, that of OPUS-MT (Junczys-Dowmunt et al. 2018, "Marian: Fast neural machine
translation in C++"; Tiedemann & Thottingal 2020, "OPUS-MT").

It is the Transformer of Vaswani et al. 2017 with sines and cosines in two halves, a bias of the
output, and tables of embeddings that source, target and output share or not. The decoder is one
network for training, where it takes whole targets, and for use, where it takes the last piece and
the keys and values of those before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
from keras import layers, ops

from dltasks.networks.positions import Places, SinePositions, VisibleSource
from dltasks.networks.transformer import Activation, DecoderLayer, EncoderLayer, exact_gelu
from dltasks.tasks.translation.marian_config import MarianConfig

EPSILON = 1e-5  # of layer normalisation
ACTIVATIONS: dict[str, Activation] = {"relu": "relu", "gelu": exact_gelu, "swish": "silu"}
Pairs = list[tuple[Any, Any]]


class Marian(NamedTuple):
    """The parts of a network; they share their weights.

    Attributes:
        whole: for training: int32 source [batch, source] and int32 target [batch, time], each
            filled with padding, to unnormalised scores, float32 [batch, time, target vocabulary].
        encoder: for use: source to what the decoder looks up in it: for each of its layers keys
            [batch, heads, width / heads, source] and values [batch, heads, source, width / heads].
        step: for use; see `_build_step`.
    """

    whole: keras.Model
    encoder: keras.Model
    step: keras.Model


@keras.saving.register_keras_serializable("dltasks")
class OutputBias(layers.Layer):
    """Add a bias to the scores of the pieces, and give them as float32."""

    def build(self, shape: Any) -> None:
        self.bias = self.add_weight((shape[-1],), initializer="zeros", name="bias")
        self.built = True

    def call(self, scores: Any) -> Any:
        return ops.cast(scores + self.bias, "float32")


def build_marian(config: MarianConfig) -> Marian:
    """Build the network with random weights."""
    source = keras.Input((None,), dtype="int32", name="source")
    target = keras.Input((None,), dtype="int32", name="target")
    tables = _Tables(config)
    hide_padding = VisibleSource(config.padding, name="visible_source")
    decoder = _Decoder(config, tables)
    visible = hide_padding(source)
    cross = decoder.project(_encode(source, visible, tables, config))
    hidden, _, _ = decoder.run(target, cross, visible)
    whole = keras.Model([source, target], tables.score(hidden), name="marian")
    encoder = keras.Model(source, [array for pair in cross for array in pair], name="encoder")
    return Marian(whole, encoder, _build_step(config, decoder, tables, hide_padding))


class _Tables:
    """The embeddings of source and target, and the scores of the output."""

    def __init__(self, config: MarianConfig) -> None:
        width = config.width
        self.scale = width**0.5 if config.scale_embedding else 1.0
        self.target = layers.ReversibleEmbedding(
            config.target_vocabulary, width, name="target_pieces"
        )
        self.source = self.target
        if not config.shared_embedding:
            self.source = layers.Embedding(config.source_vocabulary, width, name="source_pieces")
        self.output = None
        if not config.tied_output:
            self.output = layers.Dense(config.target_vocabulary, use_bias=False, name="output")
        self.bias = OutputBias(name="output_bias")
        self.sines = SinePositions(width, name="sines")
        self.drop = layers.Dropout(config.dropout, name="drop")

    def embed(self, table: Any, pieces: Any, places: Any) -> Any:
        """[batch, time] -> [batch, time, width]."""
        return self.drop(table(pieces) * self.scale + self.sines(places))

    def score(self, hidden: Any) -> Any:
        """[..., width] -> unnormalised scores of the pieces, float32 [..., target vocabulary]."""
        scores = self.output(hidden) if self.output else self.target(hidden, reverse=True)
        return self.bias(scores)


def _encode(source: Any, visible: Any, tables: _Tables, config: MarianConfig) -> Any:
    """Source [batch, source] -> memory [batch, source, width]."""
    places, _ = Places(name="source_places")(source)
    x = tables.embed(tables.source, source, places)
    for index in range(config.encoder_layers):
        x = EncoderLayer(**_settings(config, "encoder", index)).call(x, visible)
    return _last_norm(config, "encoder")(x)


class _Decoder:
    """The decoder's layers."""

    def __init__(self, config: MarianConfig, tables: _Tables) -> None:
        self.tables = tables
        self.places = Places(name="target_places")
        self.layers = [
            DecoderLayer(**_settings(config, "decoder", index))
            for index in range(config.decoder_layers)
        ]
        self.norm = _last_norm(config, "decoder")

    def project(self, memory: Any) -> Pairs:
        """Give each layer's keys and values of a memory [batch, source, width]."""
        return [layer.project_memory(memory) for layer in self.layers]

    def run(
        self, pieces: Any, cross: Pairs, visible_source: Any, past: Pairs | None = None
    ) -> tuple[Any, Pairs, list[Any]]:
        """Run all layers on new pieces.

        Args:
            pieces: int32 [batch, new].
            cross: of `project`.
            visible_source: bool [batch, 1, 1, source].
            past: of each layer, keys and values of the pieces before, [batch, past, width].

        Returns:
            Hidden states [batch, new, width]; of each layer, keys and values of all pieces, and how
            much each head attended to the source, [batch, heads, new, source].
        """
        places, visible = self.places(pieces, past[0][0] if past else None)
        x = self.tables.embed(self.tables.target, pieces, places)
        kept: Pairs = []
        attended = []
        for index, layer in enumerate(self.layers):
            before = past[index] if past else None
            x, pair, weights = layer.call(
                x, cross[index], before, visible, visible_memory=visible_source
            )
            kept.append(pair)
            attended.append(weights)
        return self.norm(x), kept, attended


def _build_step(
    config: MarianConfig, decoder: _Decoder, tables: _Tables, hide_padding: VisibleSource
) -> keras.Model:
    """Build the decoder's step.

    Its inputs are `source`, int32 [batch, source]; `piece`, int32 [batch], the last one; `state`,
    float32 [batch, 2 * layers, past, width], keys and values of the pieces before it;
    `cross_keys_0`, `cross_values_0` and so on, as the encoder gives them. Its outputs are the
    logarithms of probabilities, float32 [batch, target vocabulary]; the state with one more piece;
    and attention [batch, source].
    """
    source = keras.Input((None,), dtype="int32", name="source")
    piece = keras.Input((), dtype="int32", name="piece")
    state = keras.Input((2 * config.decoder_layers, None, config.width), name="state")
    head = config.width // config.decoder_heads
    cross = [
        (
            keras.Input((config.decoder_heads, head, None), name=f"cross_keys_{index}"),
            keras.Input((config.decoder_heads, None, head), name=f"cross_values_{index}"),
        )
        for index in range(config.decoder_layers)
    ]
    past = [
        (state[:, 2 * index], state[:, 2 * index + 1]) for index in range(config.decoder_layers)
    ]
    hidden, kept, attended = decoder.run(
        ops.expand_dims(piece, 1), cross, hide_padding(source), past
    )
    scores = ops.log_softmax(tables.score(hidden[:, -1]))
    # The layer before the last follows the words best (Garg et al. 2019, "Jointly learning to align
    # and translate with transformer models", section 4).
    followed = attended[max(len(attended) - 2, 0)]
    attention = ops.mean(followed[:, :, -1], axis=1)
    following = ops.stack([array for pair in kept for array in pair], axis=1)
    inputs = [source, piece, state, *(array for pair in cross for array in pair)]
    return keras.Model(inputs, [scores, following, attention], name="step")


def _settings(config: MarianConfig, side: str, index: int) -> dict[str, Any]:
    """Give the settings of a layer of the encoder or the decoder."""
    return {
        "width": config.width,
        "heads": getattr(config, f"{side}_heads"),
        "dropout": config.dropout,
        "inner": getattr(config, f"{side}_inner"),
        "activation": ACTIVATIONS[config.activation],
        "normalise_first": config.normalise_first,
        "epsilon": EPSILON,
        "prefix": f"{side}_{index}_",
        "name": f"{side}_{index}",
    }


def _last_norm(config: MarianConfig, side: str) -> Any:
    """Make the normalisation at the end of a side; after post-norm there is none."""
    if not config.normalise_first:
        return lambda x: x
    return layers.LayerNormalization(epsilon=EPSILON, name=f"{side}_norm")
