"""The confidence is the fraction of translations that can be used."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dltasks.tasks.translation.calibration import _fit, calibrate
from pipelines import load
from pipelines.translation.confidence import Confidence, features
from tests.copying import write_copying_bundle


def test_what_is_learned_is_the_probability() -> None:
    drawn = np.random.default_rng(1)
    means, words = drawn.uniform(0.1, 1.0, 4000), drawn.integers(1, 30, 4000)
    rows = np.array([features(one, other) for one, other in zip(means, words, strict=True)])
    right = drawn.uniform(size=4000) < 1 / (1 + np.exp(-(3 * rows[:, 0] - rows[:, 1] + 4)))
    found = Confidence(tuple(_fit(rows, right.astype(float))))
    told = np.array([found.of(one, other) for one, other in zip(means, words, strict=True)])
    for low in (0.2, 0.5, 0.8):
        inside = (told >= low - 0.1) & (told < low + 0.1)
        assert abs(right[inside].mean() - told[inside].mean()) < 0.05


def test_a_translator_that_copies_is_sure_of_copies_alone(tmp_path: Path) -> None:
    translate = load(write_copying_bundle(tmp_path / "copying"))
    same = [(f"The house {name} is big.", [f"The house {name} is big."]) for name in "abcdefgh"]
    long = "The white house is big, and I like it, and the station."
    other = [(f"{long} {name}", ["Nada de eso."]) for name in "abcdefgh"]
    weights = Confidence(calibrate([(translate, [*same, *other])]))
    assert weights.of(0.99, 5) > 0.9
    assert weights.of(0.99, 14) < 0.1
