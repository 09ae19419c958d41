"""Squares with a line in them change at random, and stay readable."""

from __future__ import annotations

import numpy as np
import pytest

from dltasks.tasks.handwriting.trocr_augmentation import augment_square
from pipelines.handwriting.trocr_pictures import squeeze
from pipelines.handwriting.trocr_settings import TrocrPreprocessing
from tests.line_reader import draw_bars

SQUARE = squeeze(draw_bars("abba").convert("RGB"), TrocrPreprocessing(64, "bilinear", 40))


@pytest.mark.parametrize("strength", [0.5, 1.0, 3.0])
def test_equal_seeds_give_equal_squares_and_others_do_not(strength: float) -> None:
    one, again, other = (augment_square(SQUARE, np.array(seed), strength) for seed in (7, 7, 8))
    assert one.shape == SQUARE.shape
    assert one.dtype == np.uint8
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert (one != SQUARE).any()


def test_no_strength_changes_nothing() -> None:
    np.testing.assert_array_equal(augment_square(SQUARE, np.array([1, 2]), 0.0), SQUARE)


def test_what_comes_in_from_outside_is_paper_of_the_same_colour() -> None:
    paper = np.full((32, 32, 3), (250, 180, 90), np.uint8)
    for seed in range(20):
        found = augment_square(paper, np.array(seed), 1.0).astype(float)
        assert np.ptp(found.mean(axis=(0, 1))) > 80  # still that colour
        assert found.mean(axis=2).std() < 15  # with grain alone


def test_the_writing_stays_in_the_square() -> None:
    ink = (SQUARE < 128).mean()
    found = [(augment_square(SQUARE, np.array(seed), 1.0) < 110).mean() for seed in range(30)]
    assert np.median(found) == pytest.approx(ink, rel=0.3)
    assert min(found) > 0.2 * ink
