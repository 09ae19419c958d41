"""Draw the next symbol from a network's distribution."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.errors import ConfigurationError

REPEATED_WITHIN = 64  # symbols; further back, nobody notices


@dataclass(frozen=True)
class Sampling:
    """How to draw, in the order in which it is done.

    Attributes:
        repetition_penalty: what was written lately has the logarithm of its probability multiplied
            by it, 1 or more (Keskar et al. 2019, for logarithms).
        temperature: below 1 likelier symbols become likelier still; 0 takes the likeliest.
        top_k: so many of the likeliest, no others; 0 is off (Fan et al. 2018).
        top_p: the likeliest that together have this probability; 1 is off (Holtzman et al. 2020).
        min_p: those of at least this part of the likeliest one's probability; 0 is off (Nguyen et
            al. 2024).
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        _check("temperature", self.temperature, 0.0, 100.0)
        _check("top_k", self.top_k, 0, 1 << 31)
        _check("top_p", self.top_p, 0.0, 1.0)
        _check("min_p", self.min_p, 0.0, 1.0)
        _check("repetition_penalty", self.repetition_penalty, 1.0, 100.0)

    def draw(self, log_probabilities: np.ndarray, drawn: np.ndarray, recent: list) -> np.ndarray:
        """Draw a symbol for each row.

        Args:
            log_probabilities: float [row, symbol]; minus infinity where none may be drawn.
            drawn: float [row], uniform in [0, 1): the chance in it.
            recent: for each row the symbols that it wrote lately; only read where repetition is
                punished.

        Returns:
            int64 [row].
        """
        scores = log_probabilities.astype(np.float64)
        if self.repetition_penalty != 1.0:
            for row, symbols in enumerate(recent):
                seen = list(set(symbols))
                scores[row, seen] *= self.repetition_penalty
        if self.temperature == 0.0:
            return scores.argmax(axis=1)
        scores -= scores.max(axis=1, keepdims=True)
        likely = np.exp(scores / self.temperature)  # [row, symbol], the likeliest is 1
        self._leave_out(likely)
        reached = likely.cumsum(axis=1)
        all_of_it = reached[:, -1:]
        # Below all of it also where the product is rounded up: the last symbol may be impossible.
        wanted = np.minimum(drawn[:, None] * all_of_it, np.nextafter(all_of_it, 0.0))
        return (reached <= wanted).sum(axis=1)

    def _leave_out(self, likely: np.ndarray) -> None:
        """Set to 0 what may not be drawn."""
        if 0 < self.top_k < likely.shape[1]:
            least = np.partition(likely, -self.top_k, axis=1)[:, -self.top_k, None]
            likely[likely < least] = 0.0
        if self.top_p < 1.0:
            order = np.argsort(-likely, axis=1, kind="stable")
            ranked = np.take_along_axis(likely, order, axis=1)
            before = ranked.cumsum(axis=1) - ranked  # what the likelier ones have together
            is_out = before >= self.top_p * ranked.sum(axis=1, keepdims=True)
            is_out[:, 0] = False
            np.put_along_axis(likely, order, np.where(is_out, 0.0, ranked), axis=1)
        if self.min_p > 0.0:
            likely[likely < self.min_p] = 0.0


def _check(name: str, value: float, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise ConfigurationError(f"{name} {value!r} is not a number from {least} to {most}")
