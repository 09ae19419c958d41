"""The loss of networks that write: cross-entropy of the next token."""

from __future__ import annotations

from typing import Any, Literal

import keras
from keras import ops

PADDING = -1  # no token has this number


@keras.saving.register_keras_serializable("dltasks")
class NextTokenLoss(keras.losses.Loss):
    """Cross-entropy of the next token in nats, averaged over those that count.

    The targets are int32 [batch, tokens]; the predictions are unnormalised scores
    [batch, tokens, vocabulary].

    Args:
        padding: in the targets, in the place of a token that does not count.
        smoothing: 0 to 1, the probability that is spread over all tokens (Szegedy et al. 2016,
            section 7). It is then the plain cross-entropy + smoothing * (score of the token - mean
            of the scores), which spares a table of smoothed targets as large as the scores.
        each: "token" where all tokens of a batch weigh the same; "text" where all texts do, whose
            tokens are averaged first.
    """

    def __init__(
        self,
        *,
        padding: int = PADDING,
        smoothing: float = 0.0,
        each: Literal["token", "text"] = "token",
    ) -> None:
        super().__init__(name="next_token", reduction="mean_with_sample_weight")
        self.padding = padding
        self.smoothing = smoothing
        self.each = each

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Give the loss of each token, float32 [batch, tokens], or of each text, [batch]."""
        targets = ops.cast(y_true, "int32")
        scores = ops.cast(y_pred, "float32")
        known = ops.maximum(targets, 0)
        loss = ops.sparse_categorical_crossentropy(known, scores, from_logits=True)
        if self.smoothing:
            own = ops.squeeze(ops.take_along_axis(scores, ops.expand_dims(known, 2), axis=2), 2)
            loss = loss + self.smoothing * (own - ops.mean(scores, axis=2))
        counts = ops.cast(targets != self.padding, "float32")
        if self.each == "text":
            return ops.sum(loss * counts, axis=1) / ops.maximum(ops.sum(counts, axis=1), 1.0)
        # Such that the mean over all places of the batch is the mean over those that count.
        return loss * counts / ops.maximum(ops.mean(counts), 1e-6)
