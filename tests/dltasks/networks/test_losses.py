"""One loss of the next token: padding, smoothing, and what weighs the same."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from dltasks.networks.losses import PADDING, NextTokenLoss

RANDOM = np.random.default_rng(1)
SCORES = RANDOM.normal(size=(2, 3, 7)).astype(np.float32)
TOKENS = RANDOM.integers(1, 7, (2, 3))
COUNTS = np.array([[1, 1, 0], [1, 0, 0]], bool)


def cross_entropy(smoothing: float = 0.0) -> np.ndarray:
    wanted = np.eye(7)[TOKENS] * (1 - smoothing) + smoothing / 7
    log_probabilities = SCORES - np.log(np.exp(SCORES).sum(-1, keepdims=True))
    return -(wanted * log_probabilities).sum(-1)


def test_without_padding_it_is_that_of_keras() -> None:
    known = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(TOKENS, SCORES)
    assert float(NextTokenLoss()(TOKENS, SCORES)) == pytest.approx(float(known), abs=1e-6)


@pytest.mark.parametrize("padding", [PADDING, 0])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_all_tokens_that_count_weigh_the_same(padding: int, smoothing: float) -> None:
    targets = np.where(COUNTS, TOKENS, padding)
    found = NextTokenLoss(padding=padding, smoothing=smoothing)(targets, SCORES)
    expected = cross_entropy(smoothing)[COUNTS].mean()
    assert float(found) == pytest.approx(expected, abs=1e-5)


def test_all_texts_weigh_the_same() -> None:
    targets = np.where(COUNTS, TOKENS, PADDING)
    found = NextTokenLoss(each="text")(targets, SCORES)
    loss = cross_entropy()
    expected = (loss[0, :2].mean() + loss[1, 0]) / 2
    assert float(found) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("each", ["token", "text"])
def test_a_batch_without_a_token_that_counts_costs_nothing(each: str) -> None:
    loss = NextTokenLoss(each=each)  # type: ignore[arg-type]
    assert float(loss(np.full((2, 3), PADDING), SCORES)) == 0.0
