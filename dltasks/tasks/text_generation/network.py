"""The network: symbols -> embedding -> LSTMs -> the same embedding -> scores of the next symbol.

What made LSTMs good at this (Merity et al. 2018; Melis et al. 2018): one table reads and writes
(Press & Wolf 2017); dropout keeps its mask for a whole window (Gal & Ghahramani 2016) and lies
between the layers, so that the LSTMs keep their fast kernels; and inside them, weights are dropped,
once a window.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from dltasks.tasks.text_generation.config import GeneratorConfig
from pipelines.text_generation.vocabularies import UNKNOWN

INPUT_DROPOUT = 0.3  # of the dropout: of what a letter is, less can be spared


class DroppedCell(layers.LSTMCell):
    """An LSTM's cell that uses other recurrent weights while it is trained.

    Attributes:
        used: in place of the recurrent weights, where it is not None.
    """

    used = None

    def call(self, inputs: Any, states: Any, training: Any = False) -> Any:
        """One step: inputs [batch, features], output and cell [batch, width] -> the same."""
        if self.used is None:
            return super().call(inputs, states, training=training)
        said, cell = states
        gates = ops.matmul(inputs, self.kernel) + ops.matmul(said, self.used) + self.bias
        enter, forget, candidate, leave = ops.split(gates, 4, axis=-1)
        cell = ops.sigmoid(forget) * cell + ops.sigmoid(enter) * ops.tanh(candidate)
        said = ops.sigmoid(leave) * ops.tanh(cell)
        return said, [said, cell]


class DroppedLSTM(layers.RNN):
    """An LSTM of which some recurrent weights are dropped, the same ones for a whole window.

    Merity et al. 2018, section 2: the fastest way to regularise what a state makes of itself.

    Args:
        width: of the state.
        rate: part of the recurrent weights that is dropped, while training.
    """

    def __init__(self, width: int, rate: float, **settings: Any) -> None:
        super().__init__(DroppedCell(width), return_sequences=True, return_state=True, **settings)
        self.drop_weights = layers.Dropout(rate)

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False
    ) -> Any:
        """[batch, time, features] -> [batch, time, width], and output and cell after it."""
        if not training:
            return super().call(sequences, initial_state=initial_state, training=False)
        self.cell.used = self.drop_weights(self.cell.recurrent_kernel, training=True)
        try:
            return super().call(sequences, initial_state=initial_state, training=True)
        finally:
            self.cell.used = None


@keras.saving.register_keras_serializable("dltasks")
class Generator(layers.Layer):
    """The whole network."""

    def __init__(self, config: GeneratorConfig, **settings: Any) -> None:
        super().__init__(**settings)
        self.config = config
        self.embed = layers.Embedding(
            config.vocabulary,
            config.embedding,
            embeddings_initializer=keras.initializers.RandomNormal(stddev=config.embedding**-0.5),
            name="symbols",
        )
        self.skip = layers.Dropout(config.symbol_dropout, noise_shape=(None, None, 1))
        rates = [INPUT_DROPOUT * config.dropout] + [config.dropout] * config.layers
        self.drop = [layers.Dropout(rate, noise_shape=(None, 1, None)) for rate in rates]
        self.normalise = [
            layers.LayerNormalization(name=f"norm_{index}")
            for index in range(config.layers if config.residual else 0)
        ]
        self.lstms = [_make_lstm(config, index) for index in range(config.layers)]
        self.project = layers.Dense(config.embedding, name="project")

    def get_config(self) -> dict[str, Any]:
        """Give what `from_config` needs to make the layer again."""
        return {**super().get_config(), "config": self.config.to_dict()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Generator:
        """Make the layer again; its weights are random."""
        return cls(**{**config, "config": GeneratorConfig.from_dict(config["config"])})

    def build(self, *shapes: Any) -> None:
        config = self.config
        self.embed.build()
        widths = [config.embedding] + [config.width] * (config.layers - 1)
        for parts in (self.normalise, self.lstms):
            for layer, width in zip(parts, widths, strict=False):
                layer.build((None, None, width))
        self.project.build((None, None, config.width))
        self.bias = self.add_weight(shape=(config.vocabulary,), initializer="zeros", name="bias")
        self.built = True

    def call(self, pieces: Any, state: Any, training: Any = None) -> Any:
        """Read symbols and score what follows each.

        Args:
            pieces: int32 [batch, time].
            state: output and cell of each LSTM, [batch, 2 * layers, width]; zeros at a beginning.
            training: whether to drop out.

        Returns:
            Scores, float32 [batch, time, vocabulary], and the state after the last symbol.
        """
        x = self.skip(self._read(pieces), training=training)
        states = []
        for index, lstm in enumerate(self.lstms):
            given = self.normalise[index](x) if self.normalise else x
            given = self.drop[index](given, training=training)
            begin = [state[:, 2 * index], state[:, 2 * index + 1]]
            said, *after = lstm(given, initial_state=begin, training=training)
            x = x + said if self.normalise and index else said
            states += after
        x = self.project(self.drop[-1](x, training=training))
        table = ops.cast(self.embed.embeddings, x.dtype)
        scores = ops.matmul(x, ops.transpose(table)) + ops.cast(self.bias, x.dtype)
        return ops.cast(scores, "float32"), ops.stack(states, axis=1)

    def _read(self, pieces: Any) -> Any:
        """Look symbols up, [batch, time, embedding]; an unknown one is as if it were dropped."""
        known = ops.cast(ops.not_equal(pieces, UNKNOWN), self.compute_dtype)
        # Scaled, because the table also has to suit the output.
        return self.embed(pieces) * known[..., None] * self.config.embedding**0.5


@keras.saving.register_keras_serializable("dltasks")
class LogProbabilities(layers.Layer):
    """Scores -> logarithms of probabilities."""

    def call(self, scores: Any) -> Any:
        """[batch, time, vocabulary] -> the same shape."""
        return ops.log_softmax(scores)


def _make_lstm(config: GeneratorConfig, index: int) -> Any:
    name = f"lstm_{index}"
    if config.weight_dropout:
        return DroppedLSTM(config.width, config.weight_dropout, name=name)
    return layers.LSTM(config.width, return_sequences=True, return_state=True, name=name)


def build_network(config: GeneratorConfig) -> keras.Model:
    """Build a network with random weights.

    Returns:
        A model from int32 pieces [batch, time] and state [batch, 2 * layers, width] to scores of
        the symbol after each, float32 [batch, time, vocabulary], and the next state.
    """
    pieces = keras.Input((None,), dtype="int32", name="pieces")
    state = keras.Input((2 * config.layers, config.width), name="state")
    outputs = Generator(config, name="language_model")(pieces, state)
    return keras.Model([pieces, state], outputs, name="text_generation")


def build_runner(network: keras.Model) -> keras.Model:
    """Give the network as it runs: with logarithms of probabilities in place of scores."""
    scores, state = network.outputs
    return keras.Model(network.inputs, [LogProbabilities()(scores), state], name="runner")


def empty_state(network: keras.Model, rows: int) -> np.ndarray:
    """Give the state at the beginning of so many texts: float32 [rows, 2 * layers, width]."""
    return np.zeros((rows, *network.inputs[1].shape[1:]), np.float32)
