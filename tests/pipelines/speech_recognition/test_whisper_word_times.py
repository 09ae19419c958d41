from __future__ import annotations

import numpy as np

from pipelines.speech_recognition.whisper_word_times import align, warp


def cheapest(cost: np.ndarray) -> float:
    """The cost of the cheapest way, cell by cell."""
    total = np.full(cost.shape, np.inf)
    for row in range(len(cost)):
        for column in range(cost.shape[1]):
            before = [
                total[row - down, column - on]
                for down, on in ((1, 1), (1, 0), (0, 1))
                if row >= down and column >= on
            ]
            total[row, column] = cost[row, column] + (min(before) if before else 0.0)
    return float(total[-1, -1])


def cost_of(cost: np.ndarray, first: np.ndarray) -> float:
    """The cost of the way that enters each row at `first`."""
    last = [*first[1:], cost.shape[1] - 1]
    spent = 0.0
    for row, (start, following) in enumerate(zip(first, last, strict=True)):
        ends = {following, max(following - 1, start)} if row < len(cost) - 1 else {following}
        spent += min(cost[row, start : end + 1].sum() for end in ends)
    return float(spent)


def test_warping_finds_the_cheapest_way() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        cost = random.standard_normal((random.integers(1, 7), random.integers(1, 12)))
        first = warp(cost)
        assert (np.diff(first) >= 0).all()
        np.testing.assert_allclose(cost_of(cost, first), cheapest(cost), rtol=1e-9)


def test_tokens_begin_where_they_were_heard() -> None:
    heard = np.full((2, 4, 60), 0.001, np.float32)  # [heads, tokens, positions]
    for token in range(4):
        heard[:, token, 15 * token : 15 * token + 15] = 0.06
    starts = align(list(heard.transpose(1, 0, 2)), 60)
    np.testing.assert_allclose(starts, [0, 15, 30, 45], atol=1)


def test_more_tokens_than_positions_still_align() -> None:
    heard = [np.full((1, 50), 0.02, np.float32)] * 9
    starts = align(heard, 2)
    assert len(starts) == 9
    assert starts.max() <= 1
