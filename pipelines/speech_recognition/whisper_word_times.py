"""When each word was said, from where the decoder listened as it wrote it.

Dynamic time warping (Sakoe & Chiba 1978) lays the tokens in order along the time, so that they
pass where the attention is greatest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SMOOTHING = 7  # positions of a running median, 140 ms: attention flickers


def align(attended: Sequence[np.ndarray], positions: int) -> np.ndarray:
    """Give the position at which each token begins.

    Args:
        attended: of each token, in their order, float32 [heads, positions] attention.
        positions: of them that hold sound.

    Returns:
        int [tokens], not falling.
    """
    weights = np.stack(attended, axis=1)[:, :, :positions]  # [heads, tokens, positions]
    spread = weights.std(axis=1, keepdims=True)
    contrast = (weights - weights.mean(axis=1, keepdims=True)) / np.maximum(spread, 1e-9)
    return warp(-_smooth(contrast.mean(axis=0)))


def warp(cost: np.ndarray) -> np.ndarray:
    """Give the first column of each row on the cheapest way from the first corner to the last.

    A step goes one row down, one column on, or both.

    Args:
        cost: float [rows, columns].

    Returns:
        int [rows].
    """
    total = _add_up(cost.astype(np.float64))
    row, column = len(cost) - 1, cost.shape[1] - 1
    first = np.zeros(len(cost), np.int64)
    while row > 0:
        before = total[row - 1, max(column - 1, 0)] if column else np.inf
        above = total[row - 1, column]
        left = total[row, column - 1] if column else np.inf
        if left < min(before, above):
            column -= 1
            continue
        first[row] = column
        row -= 1
        column -= int(before <= above)
    return first


def _add_up(cost: np.ndarray) -> np.ndarray:
    """Give the cost of the cheapest way to each cell: [rows, columns].

    Within a row the way goes on along the columns, so with s the running sum of the row's costs,
    total - s is the least, up to here, of what it costs to come into the row less s before it.
    """
    total = np.empty_like(cost)
    total[0] = np.cumsum(cost[0])
    for row in range(1, len(cost)):
        come = total[row - 1].copy()
        come[1:] = np.minimum(come[1:], total[row - 1, :-1])
        sums = np.cumsum(cost[row])
        total[row] = sums + np.minimum.accumulate(come - (sums - cost[row]))
    return total


def _smooth(rows: np.ndarray) -> np.ndarray:
    ends = ((0, 0), (SMOOTHING // 2, SMOOTHING // 2))
    padded = np.pad(rows, ends, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, SMOOTHING, axis=1)
    return np.sort(windows, axis=2)[:, :, SMOOTHING // 2]
