"""Carry the state of each row from one window to the next."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


class CarriedState(keras.Model):
    """Trains a network on streams (truncated back-propagation through time, Williams & Peng 1990).

    Its inputs are `pieces`, int32 [batch, time]; `row`, int32 [batch], the row of the table in
    which the state of each stream is kept; and `begin`, float32 [batch], 1 where a stream forgets
    first. Its output are the scores of the network.

    Args:
        network: of `network.build_network`; shares its weights.
        rows: streams whose states are kept, those of validation included.
    """

    def __init__(self, network: keras.Model, rows: int) -> None:
        super().__init__(name="carried_state")
        self.network = network
        self.table = self.add_weight(
            shape=(rows, *network.inputs[1].shape[1:]),
            initializer="zeros",
            trainable=False,
            name="states",
        )

    def call(self, inputs: dict[str, Any], training: bool | None = None) -> Any:
        kept = ops.take(self.table, inputs["row"], axis=0)  # [batch, 2 * layers, width]
        state = kept * (1.0 - inputs["begin"])[:, None, None]
        scores, state = self.network([inputs["pieces"], state], training=training)
        rows = inputs["row"][:, None]
        self.table.assign(ops.scatter_update(self.table, rows, ops.stop_gradient(state)))
        return scores
