"""The loss of a decoder that writes token after token."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("dltasks")
class NextTokenLoss(keras.losses.Loss):
    """Cross-entropy in nats a token, over those that count of each text, averaged over the batch.

    The targets are int32 [batch, tokens], PADDING where nothing counts; the predictions logits
    [batch, tokens, vocabulary].
    """

    def __init__(self) -> None:
        super().__init__(name="next_token")

    def call(self, targets: Any, predictions: Any) -> Any:
        """Give the loss of each text: float32 [batch]."""
        targets = ops.cast(targets, "int32")
        counts = ops.cast(targets != PADDING, "float32")
        known = ops.maximum(targets, 0)
        logits = ops.cast(predictions, "float32")
        loss = ops.sparse_categorical_crossentropy(known, logits, from_logits=True)
        return ops.sum(loss * counts, axis=1) / ops.maximum(ops.sum(counts, axis=1), 1.0)


PADDING = -1  # in the place of a token that does not count
