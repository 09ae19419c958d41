from __future__ import annotations

import numpy as np
import pytest

from dltasks.data.feeding.padding import stack_padded


def test_arrays_are_padded_at_the_end_to_the_longest() -> None:
    found = stack_padded([np.array([[1, 2]]), np.array([[3, 4], [5, 6]])], [None, 2])
    assert found.tolist() == [[[1, 2], [0, 0]], [[3, 4], [5, 6]]]


def test_open_dimensions_alone_are_rounded_up() -> None:
    found = stack_padded([np.ones((3, 5), np.float32)], [3, None], multiple_of=4)
    assert found.shape == (1, 3, 8)
    assert found.dtype == np.float32
    assert found.sum() == 15


def test_arrays_of_one_shape_are_stacked_as_they_are() -> None:
    arrays = [np.full((2, 3), number, np.uint8) for number in range(3)]
    np.testing.assert_array_equal(stack_padded(arrays, [2, 3]), np.stack(arrays), strict=True)


def test_scalars_are_stacked() -> None:
    assert stack_padded([np.array(1), np.array(2)], []).tolist() == [1, 2]


@pytest.mark.parametrize("wrong", [(1, 3), (2, 4), (2, 3, 1)])
def test_an_array_of_another_shape_is_refused_and_not_padded(wrong: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"an example is \[.*\], not \[2, 3\]"):
        stack_padded([np.zeros((2, 3)), np.zeros(wrong)], [2, 3])
