from __future__ import annotations

import numpy as np
import pytest

from pipelines.handwriting.geometry import Affine, Box, bound, clip


def test_a_way_through_two_pictures_is_one_way() -> None:
    part = Affine.scaled(2, 3).then(Affine.moved(10, 20))
    assert part.place([(0, 0), (5, 5)]) == ((10, 20), (20, 35))


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_turning_back_gives_the_same_place(quarters: int) -> None:
    values = np.zeros((30, 50), np.uint8)
    values[3, 7] = 1
    turned = np.rot90(values, -quarters)
    row, column = np.argwhere(turned)[0]
    there = Affine.turned(quarters, 50, 30)
    ((x, y),) = there.place([(7.5, 3.5)])
    assert abs(x - column - 0.5) <= 0.5
    assert abs(y - row - 0.5) <= 0.5
    height, width = turned.shape
    assert there.then(Affine.turned(-quarters, width, height)).place([(7, 3)]) == ((7, 3),)


def test_boxes_bound_their_corners_and_points_stay_in_the_picture() -> None:
    box = Box(1, 2, 30, 40)
    assert bound(box.corners) == box
    assert clip([(-5, 3), (99, 99)], 50, 60) == ((0, 3), (50, 60))
