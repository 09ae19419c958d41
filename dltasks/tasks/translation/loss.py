"""The loss: cross-entropy of the next piece, with smoothed labels."""

from __future__ import annotations

import keras
from keras import ops


class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of the next piece, over what is not padding (by the sample weights).

    With probability `smoothing` spread over all pieces (Szegedy et al. 2016, section 7) it is the
    plain cross-entropy + smoothing * (score of the piece - mean of the scores), which spares a
    table of smoothed targets as large as the scores.

    Args:
        smoothing: 0 to 1.
    """

    def __init__(self, smoothing: float) -> None:
        super().__init__(name="loss", reduction="mean_with_sample_weight")
        self.smoothing = smoothing

    def call(self, y_true, y_pred):
        """Next piece int32 [batch, time], scores [batch, time, vocabulary] -> [batch, time]."""
        loss = keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
        if not self.smoothing:
            return loss
        own = ops.take_along_axis(y_pred, ops.cast(y_true, "int32")[..., None], axis=-1)[..., 0]
        return loss + self.smoothing * (own - ops.mean(y_pred, axis=-1))
