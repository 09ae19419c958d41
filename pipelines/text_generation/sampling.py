"""Draw the next symbol from a network's distribution."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from pipelines.options import GenerationOptions

REPEATED_WITHIN = 64  # symbols; further back, nobody notices


def draw(
    log_probabilities: np.ndarray,
    chances: np.ndarray,
    recent: Sequence[Collection[int]],
    options: GenerationOptions,
) -> np.ndarray:
    """Draw a symbol for each row.

    In this order: the logarithms of recent symbols are multiplied by `repetition_penalty` (Keskar
    et al. 2019), all are divided by `temperature`, then `top_k` (Fan et al. 2018), `top_p`
    (Holtzman et al. 2020) and `min_p` (Nguyen et al. 2024) leave symbols out.

    Args:
        log_probabilities: float [row, symbol]; minus infinity where none may be drawn.
        chances: float [row], uniform in [0, 1).
        recent: for each row the symbols that it wrote lately; only read with a repetition penalty.
        options: how to draw.

    Returns:
        int64 [row].
    """
    scores = log_probabilities.astype(np.float64)
    if options.repetition_penalty != 1.0:
        for row, symbols in enumerate(recent):
            seen = list(set(symbols))
            scores[row, seen] *= options.repetition_penalty
    if options.temperature == 0.0:
        return np.asarray(scores.argmax(axis=1))
    scores -= scores.max(axis=1, keepdims=True)
    likely = np.exp(scores / options.temperature)  # [row, symbol], the likeliest is 1
    _leave_out(likely, options)
    reached = likely.cumsum(axis=1)
    all_of_it = reached[:, -1:]
    # Below all of it also where the product is rounded up: the last symbol may be impossible.
    wanted = np.minimum(chances[:, None] * all_of_it, np.nextafter(all_of_it, 0.0))
    return np.asarray((reached <= wanted).sum(axis=1))


def _leave_out(likely: np.ndarray, options: GenerationOptions) -> None:
    """Set to 0 what may not be drawn."""
    if 0 < options.top_k < likely.shape[1]:
        least = np.partition(likely, -options.top_k, axis=1)[:, -options.top_k, None]
        likely[likely < least] = 0.0
    if options.top_p < 1.0:
        order = np.argsort(-likely, axis=1, kind="stable")
        ranked = np.take_along_axis(likely, order, axis=1)
        before = ranked.cumsum(axis=1) - ranked  # what the likelier ones have together
        is_out = before >= options.top_p * ranked.sum(axis=1, keepdims=True)
        is_out[:, 0] = False
        np.put_along_axis(likely, order, np.where(is_out, 0.0, ranked), axis=1)
    if options.min_p > 0.0:
        likely[likely < options.min_p] = 0.0
