"""Drawing a symbol: what each setting leaves possible."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipelines.errors import ConfigurationError
from pipelines.options import GenerationOptions
from pipelines.text_generation.sampling import draw

PROBABILITIES = np.array([0.5, 0.25, 0.15, 0.1])
CHANCES = (np.arange(1000) + 0.5) / 1000


def draw_evenly(**settings: Any) -> np.ndarray:
    """Draw evenly; the part of the draws that each symbol has."""
    rows = np.log(np.tile(PROBABILITIES, (len(CHANCES), 1)))
    recent = [[0]] * len(CHANCES)
    options = GenerationOptions(**{"temperature": 1.0, **settings})
    found = draw(rows, CHANCES, recent, options)
    return np.bincount(found, minlength=4) / len(CHANCES)


def test_symbols_are_drawn_by_their_probabilities() -> None:
    np.testing.assert_allclose(draw_evenly(), PROBABILITIES, atol=1e-3)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_temperature_is_a_power(temperature: float) -> None:
    expected = PROBABILITIES ** (1 / temperature)
    found = draw_evenly(temperature=temperature)
    np.testing.assert_allclose(found, expected / expected.sum(), atol=2e-3)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({"temperature": 0.0}, 1),
        ({"top_k": 2}, 2),
        ({"top_k": 9}, 4),
        ({"top_p": 0.6}, 2),
        ({"top_p": 0.0}, 1),
        ({"min_p": 0.25}, 3),
        ({"min_p": 1.0}, 1),
        ({"top_k": 3, "top_p": 0.7, "min_p": 0.6}, 1),
    ],
)
def test_what_is_unlikely_is_left_out(settings: dict[str, Any], kept: int) -> None:
    expected = np.where(np.arange(4) < kept, PROBABILITIES, 0.0)
    np.testing.assert_allclose(draw_evenly(**settings), expected / expected.sum(), atol=2e-3)


def test_what_was_written_lately_becomes_less_likely() -> None:
    expected = PROBABILITIES ** np.array([3.0, 1.0, 1.0, 1.0])
    found = draw_evenly(repetition_penalty=3.0)
    np.testing.assert_allclose(found, expected / expected.sum(), atol=2e-3)


def test_what_is_impossible_is_never_drawn() -> None:
    rows = np.log(np.array([[0.5, 0.5, 0.0, 0.0]]) + np.array([0, 0, 1e-300, 1e-300]))
    rows[0, 2:] = -np.inf
    for chance in (0.0, np.nextafter(1.0, 0.0)):
        assert draw(rows, np.array([chance]), [[]], GenerationOptions())[0] < 2


@pytest.mark.parametrize(
    "settings",
    [
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"top_k": -1},
        {"top_p": 1.1},
        {"min_p": -1.0},
        {"repetition_penalty": 0.5},
        {"top_p": "much"},
    ],
)
def test_unusable_settings_are_refused(settings: dict[str, Any]) -> None:
    (name,) = settings
    with pytest.raises(ConfigurationError, match=name):
        GenerationOptions(**settings)
