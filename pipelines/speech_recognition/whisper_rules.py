"""The tokens that Whisper may write next, so that text and times are consistent.

Radford et al. 2022, "Robust speech recognition via large-scale weak supervision", section 4.5. A
segment is a time, its text and a time; the next one begins at that time or later.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipelines.speech_recognition.whisper_tokens import SECONDS_A_TIMESTAMP, WhisperTokens

LATEST_START_SECONDS = 1.0  # of a window's first segment
NEVER = -np.inf


class WritingRules:
    """Rules out what may not come next.

    Args:
        tokens: of the model.
    """

    def __init__(self, tokens: WhisperTokens) -> None:
        self._tokens = tokens
        self._latest_start = round(LATEST_START_SECONDS / SECONDS_A_TIMESTAMP)

    def apply(self, scores: np.ndarray, written: Sequence[int]) -> np.ndarray:
        """Give log-probabilities, -inf for what is ruled out.

        Args:
            scores: float32 [vocabulary], the logits of what comes after `written`.
            written: since the opening of the window.

        Returns:
            float32 [vocabulary].
        """
        scores = scores.copy()
        scores[self._tokens.suppressed] = NEVER
        if written:
            self._keep_times_in_order(scores, written)
        else:
            self._begin_with_a_time(scores)
        return log_softmax(self._prefer_times(scores))

    def _begin_with_a_time(self, scores: np.ndarray) -> None:
        first = self._tokens.first_timestamp
        scores[:first] = NEVER
        scores[first + self._latest_start + 1 :] = NEVER

    def _keep_times_in_order(self, scores: np.ndarray, written: Sequence[int]) -> None:
        first, end = self._tokens.first_timestamp, self._tokens.end
        times = [token for token in written if token >= first]
        is_open = len(times) % 2 == 1  # a segment has begun and not ended
        if written[-1] < first:  # text: its end is later than its beginning
            scores[first : times[-1] + 1] = NEVER
        elif is_open:  # a beginning: text follows
            scores[first:] = NEVER
            if len(written) == 1:
                scores[self._tokens.blank] = NEVER
        else:  # an end: a beginning follows, or nothing
            scores[:end] = NEVER
            scores[first : times[-1]] = NEVER

    def _prefer_times(self, scores: np.ndarray) -> np.ndarray:
        """Rule text out where all times together are likelier than any one token of text."""
        first = self._tokens.first_timestamp
        times = scores[first:]
        loudest = times.max()
        if (
            loudest > NEVER
            and loudest + np.log(np.exp(times - loudest).sum()) > scores[:first].max()
        ):
            scores[:first] = NEVER
        return scores


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """Give the logarithm of the softmax over the last axis; -inf stays."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
