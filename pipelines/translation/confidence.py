"""How far a translation can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 30.0  # of the logistic function's argument; more changes nothing


@dataclass(frozen=True)
class Confidence:
    """Logistic regression on what is known of a translation (Platt 1999).

    Attributes:
        weights: of each number that `features` gives; none where the bundle is not calibrated.
    """

    weights: Sequence[float] = ()

    def of(self, mean_probability: float, words: int) -> float:
        """Give the probability, 0 to 1, that a translation can be used.

        Args:
            mean_probability: the geometric mean of the probabilities of its pieces, 0 to 1; the
                result where the bundle is not calibrated.
            words: of the source.
        """
        if not self.weights:
            return mean_probability
        numbers = features(mean_probability, words)
        score = sum(one * other for one, other in zip(self.weights, numbers, strict=True))
        return 1 / (1 + math.exp(-max(min(score, MOST), -MOST)))


def features(mean_probability: float, words: int) -> tuple[float, float, float]:
    """Give the numbers that a translation is judged by."""
    return math.log(max(mean_probability, 1e-9)), math.log(words + 1), 1.0
