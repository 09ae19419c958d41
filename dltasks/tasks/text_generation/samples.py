"""Sample text, shown during training."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.tasks.text_generation.network import empty_state
from pipelines.text_generation.vocabularies import BOUNDARY, SPECIAL, UNKNOWN, Vocabulary

if TYPE_CHECKING:
    import keras

TEMPERATURE = 0.8  # likelier than the network has it: mistakes of a beginner hide less


def write_sample(network: keras.Model, vocabulary: Vocabulary, length: int, seed: int) -> str:
    """Write a text that begins as after a line break, the same for the same weights.

    Args:
        network: of `network.build_network`.
        vocabulary: of the network.
        length: symbols to write.
        seed: of the choices.
    """
    step, draw = _step_of(network), np.random.default_rng(seed)
    begin = [BOUNDARY, *map(int, vocabulary.line_break())]
    piece, state = begin.pop(), empty_state(network, 1)
    for number in begin:
        _, state = step(np.array([[number]], np.int32), state)
    written = []
    for _ in range(length):
        scores, state = step(np.array([[piece]], np.int32), state)
        scores = scores.numpy()[0, 0].astype(np.float64) / TEMPERATURE
        scores[UNKNOWN] = -np.inf
        noise = draw.gumbel(size=len(scores))  # its largest sum is a draw from the softmax
        piece = int(np.argmax(scores + noise))
        if piece >= SPECIAL:
            written.append(piece)
    return vocabulary.decode(written)


@lru_cache(maxsize=1)
def _step_of(network: keras.Model) -> Any:
    import tensorflow as tf

    return tf.function(lambda pieces, state: network([pieces, state], training=False))
