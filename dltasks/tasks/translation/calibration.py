"""Learn from translated sentences how probable it is that a translation can be used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from dltasks.extras import require
from pipelines.translation.confidence import features
from pipelines.translation.pipeline import Translation

USABLE = 45.0  # chrF of a sentence; below, its sense is mostly lost
STEPS = 50
RIDGE = 1e-3  # keeps the weights finite where one number tells all


def calibrate(
    pipelines: Iterable[tuple[Translation, Sequence[tuple[str, Sequence[str]]]]],
) -> tuple[float, ...]:
    """Fit the weights of `pipelines.translation.confidence.Confidence`.

    Args:
        pipelines: each, of a bundle that is not calibrated, with sentences that it has not seen,
            each with the translations of people.

    Returns:
        The weights.
    """
    rows, usable = [], []
    metric = require("sacrebleu.metrics", "measuring translations").CHRF()
    for pipeline, sentences in pipelines:
        results = pipeline.stream([source for source, _ in sentences])
        for result, (_, references) in zip(results, sentences, strict=True):
            if len(result.sentences) != 1:  # the figure is of the text, not of one of its sentences
                continue
            only = result.sentences[0]
            rows.append(features(only.confidence, len(only.source.split())))
            score = metric.sentence_score(result.text, list(references)).score
            usable.append(score >= USABLE)
    return tuple(float(weight) for weight in _fit(np.array(rows), np.array(usable, float)))


def _fit(rows: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Fit logistic regression with Newton's method (Hastie et al. 2009, section 4.4.1)."""
    weights = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (usable - probability) - RIDGE * weights
        curve = (rows * (probability * (1 - probability))[:, None]).T @ rows
        weights = weights + np.linalg.solve(curve + RIDGE * np.eye(len(weights)), slope)
    return weights
