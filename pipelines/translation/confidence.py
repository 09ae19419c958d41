"""How far a translation can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.search.beam_search import Hypothesis


@dataclass(frozen=True)
class Confidence:
    """Logistic regression on what the search knows of a hypothesis (Platt 1999).

    Attributes:
        weights: of the mean logarithm of the probability per piece, of the number of pieces'
            logarithm, and of nothing; none where the bundle is not calibrated.
    """

    weights: Sequence[float] = ()

    def of(self, hypothesis: Hypothesis) -> float:
        """Give the probability, 0 to 1, that a translation can be used."""
        features = measure(hypothesis)
        if not self.weights:
            return math.exp(features[0])
        score = sum(one * other for one, other in zip(self.weights, features, strict=True))
        return 1 / (1 + math.exp(-max(min(score, 30.0), -30.0)))


def measure(hypothesis: Hypothesis) -> tuple[float, float, float]:
    """Give what a hypothesis is judged by."""
    steps = len(hypothesis.pieces) + 1
    return hypothesis.log_probability / steps, math.log(steps), 1.0
