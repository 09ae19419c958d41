from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from pipelines.handwriting.geometry import bound
from pipelines.handwriting.pages.tilting import find_tilt, level, level_cores


def _cores() -> np.ndarray:
    cores = np.zeros((400, 500), np.int32)
    for number in range(8):
        cores[60 + 40 * number : 68 + 40 * number, 60 : 440 - 20 * number] = number + 1
    return cores


@pytest.mark.parametrize("degrees", [-19.0, -7.5, -2.0, 0.0, 3.0, 12.0, 20.0])
def test_tilt_is_found_and_taken_away(degrees: float) -> None:
    falling = np.asarray(Image.fromarray(_cores()).rotate(-degrees, expand=True))
    tilt = find_tilt(falling > 0)
    assert math.degrees(tilt) == pytest.approx(degrees, abs=0.3)
    levelled = level_cores(falling, tilt)
    rows = np.nonzero(levelled == 1)[0]
    assert rows.max() - rows.min() < 14


def test_cores_that_touch_tell_the_tilt() -> None:
    cores = _cores() > 0
    cores[60:340, 200:204] = True
    falling = np.asarray(Image.fromarray(cores.astype(np.uint8)).rotate(-15, expand=True))
    assert math.degrees(find_tilt(falling > 0)) == pytest.approx(15, abs=0.3)


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (30, 30), (20, 90)])
def test_a_letter_or_a_word_is_level(size: tuple[int, int]) -> None:
    cores = np.zeros((200, 200), bool)
    cores[50 : 50 + size[0], 50 : 50 + size[1]] = True
    assert find_tilt(cores) == 0.0


def test_points_of_a_levelled_page_are_placed_where_they_were() -> None:
    page = Image.new("L", (300, 200), 230)
    page.paste(0, (200, 50, 206, 56))
    levelled, placement = level(page, math.radians(-13))
    rows, columns = np.nonzero(np.asarray(levelled) < 100)
    left, top, _, _ = bound(placement.place([(columns.mean(), rows.mean())]))
    assert (left, top) == pytest.approx((203, 53), abs=2)
