"""Encoder and decoder on one table of embeddings, and the views of them that run."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from dltasks.networks.attention import over_source
from dltasks.networks.recurrent import BidirectionalLayer, RecurrentDecoderLayer
from dltasks.networks.transformer import EncoderLayer
from dltasks.tasks.translation.config import TranslatorConfig
from dltasks.tasks.translation.layers import Positions, count_pieces, not_padding


@keras.saving.register_keras_serializable("dltasks")
class Translator(layers.Layer):
    """The whole network.

    One table serves source, target and output (Press & Wolf 2017): the languages share their
    pieces, and a small model has no room for three.
    """

    def __init__(self, config: TranslatorConfig, **settings: Any) -> None:
        super().__init__(**settings)
        self.config = config
        width, dropout = config.width, config.dropout
        self.embed = layers.Embedding(config.vocabulary, width, name="pieces")
        self.positions = Positions(name="positions")
        self.drop = layers.Dropout(dropout)
        self.encoder = [_make_encoder_layer(config, i) for i in range(config.encoder_layers)]
        self.normalise_memory = layers.LayerNormalization(name="memory_norm")
        self.decoder = [
            RecurrentDecoderLayer(width, config.heads, dropout, name=f"decoder_{i}")
            for i in range(config.decoder_layers)
        ]
        self.normalise_output = layers.LayerNormalization(name="output_norm")

    def get_config(self) -> dict[str, Any]:
        """Give what `from_config` needs to make the layer again."""
        return {**super().get_config(), "config": self.config.to_dict()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Translator:
        """Make the layer again; its weights are random."""
        return cls(**{**config, "config": TranslatorConfig.from_dict(config["config"])})

    def build(self, *shapes: Any) -> None:
        shape = (None, None, self.config.width)
        self.embed.build()
        for layer in (*self.encoder, self.normalise_memory, *self.decoder, self.normalise_output):
            layer.build(shape)
        self.built = True

    def call(self, source: Any, target: Any, training: Any = None) -> Any:
        """Source [batch, source] and target [batch, time] -> scores [batch, time, vocabulary]."""
        mask = not_padding(source)
        memory = self.encode(source, training)
        x = self.drop(self.embed_scaled(target), training=training)
        for layer in self.decoder:
            x = layer(x, memory, mask, training=training)
        return self.score(x)

    def encode(self, source: Any, training: Any = None) -> Any:
        """Source [batch, source] -> memory [batch, source, width]."""
        mask = not_padding(source)
        is_transformer = self.config.encoder == "transformer"
        inside = over_source(mask) if is_transformer else count_pieces(mask)
        x = self.embed_scaled(source)  # [batch, source, width]
        if is_transformer:
            x = self.positions(x)
        x = self.drop(x, training=training)
        for layer in self.encoder:
            x = layer(x, inside, training=training)
        return self.normalise_memory(x)

    def embed_scaled(self, pieces: Any) -> Any:
        """Look pieces up; scaled, because the table also has to suit the output."""
        return self.embed(pieces) * self.config.width**0.5

    def score(self, x: Any) -> Any:
        """[batch, time, width] -> unnormalised scores [batch, time, vocabulary], float32."""
        table = ops.cast(self.embed.embeddings, x.dtype)
        scores = ops.matmul(self.normalise_output(x), ops.transpose(table))
        return ops.cast(scores, "float32")


class EncodeOnce(layers.Layer):
    """What does not change from step to step: keys and values of each decoder layer."""

    def __init__(self, translator: Translator, **settings: Any) -> None:
        super().__init__(**settings)
        self.translator = translator

    def call(self, source: Any) -> Any:
        """Source [batch, source] -> memory [batch, 2 * decoder layers, source, width]."""
        memory = self.translator.encode(source)
        parts = [
            part for layer in self.translator.decoder for part in layer.attention.project(memory)
        ]
        return ops.stack(parts, axis=1)


class Step(layers.Layer):
    """One step of the decoder."""

    def __init__(self, translator: Translator, **settings: Any) -> None:
        super().__init__(**settings)
        self.translator = translator

    def call(self, source: Any, memory: Any, piece: Any, state: Any) -> Any:
        """See `network.build_step`."""
        translator, mask = self.translator, not_padding(source)
        x = translator.embed_scaled(piece)[:, None]  # [batch, 1, width]
        states, weights = [], []
        for index, layer in enumerate(translator.decoder):
            own = slice(2 * index, 2 * index + 2)
            keys, values = memory[:, own][:, 0], memory[:, own][:, 1]
            said, cell = state[:, own][:, 0], state[:, own][:, 1]
            x, new_state, attention = layer.step(x, [said, cell], keys, values, mask)
            states += new_state
            weights.append(attention)
        scores = ops.log_softmax(translator.score(x)[:, 0])
        return scores, ops.stack(states, axis=1), sum(weights) / len(weights)


def _make_encoder_layer(config: TranslatorConfig, index: int) -> Any:
    name = f"encoder_{index}"
    if config.encoder == "transformer":
        return EncoderLayer(config.width, config.heads, config.dropout, name=name)
    return BidirectionalLayer(config.width, config.dropout, name=name)
