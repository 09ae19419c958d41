from __future__ import annotations

import numpy as np
import pytest

from dltasks.tasks.handwriting.augmentation import augment_line
from pipelines.handwriting.lines import WIDTH_STEP


@pytest.fixture
def line() -> np.ndarray:
    line = np.zeros((32, 120), np.uint8)
    line[8:24, 10:110:12] = 255
    line[14:17, 10:110] = 200
    return line


def _change(line: np.ndarray, number: int, strength: float = 1.0) -> np.ndarray:
    seed = np.array([7, number], np.int32)
    return augment_line(line, seed, strength, batch_seed=seed)


def test_strength_zero_changes_nothing(line: np.ndarray) -> None:
    assert _change(line, 1, 0.0) is line


def test_equal_seeds_give_equal_lines_and_others_differ(line: np.ndarray) -> None:
    first, again = (_change(line, 1) for _ in range(2))
    other = _change(line, 2)
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()


def test_height_stays_and_width_comes_in_whole_frames(line: np.ndarray) -> None:
    widths = set()
    for number in range(30):
        changed = _change(line, number)
        assert changed.dtype == np.uint8
        assert changed.shape[0] == 32
        assert changed.shape[1] % WIDTH_STEP == 0
        widths.add(changed.shape[1])
    assert min(widths) < 120 < max(widths)


def test_most_of_the_ink_is_kept(line: np.ndarray) -> None:
    kept = [_change(line, n).sum() / line.sum() for n in range(40)]
    assert 0.6 < np.median(kept) < 1.5
    assert min(kept) > 0.25


@pytest.mark.parametrize("width", [4, 8, 4000])
def test_lines_of_any_width_can_be_changed(width: int) -> None:
    line = np.full((64, width), 90, np.uint8)
    assert _change(line, 3, 2.0).shape[0] == 64


def test_lines_of_a_batch_are_stretched_alike(line: np.ndarray) -> None:
    stretches = []
    for number in range(10):
        seed = np.array([7, number])
        short, long = (
            augment_line(np.tile(line, times), seed, 1.0, np.array([7, 0])).shape[1]
            for times in (1, 10)
        )
        stretches.append((long - short) / (9 * line.shape[1]))  # what is added at the ends aside
    assert np.ptp(stretches) < 0.01
