"""Arrays of different lengths in one array."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def stack_padded(
    arrays: Sequence[np.ndarray],
    shape: Sequence[int | None],
    *,
    multiple_of: int = 1,
) -> np.ndarray:
    """Stack arrays, padded at the end with zeros to the longest of them.

    Args:
        arrays: at least one, all of one type.
        shape: of each of them; None is a dimension in which they may differ.
        multiple_of: such a dimension is padded up to a multiple of this.

    Returns:
        [len(arrays), ...].

    Raises:
        ValueError: an array is of another shape.

    >>> stack_padded([np.array([1, 2, 3]), np.array([4])], [None])
    array([[1, 2, 3],
           [4, 0, 0]])
    """
    for array in arrays:
        fits = len(array.shape) == len(shape) and all(
            known in (None, size) for known, size in zip(shape, array.shape, strict=True)
        )
        if not fits:
            raise ValueError(f"an example is {list(array.shape)}, not {list(shape)}")
    longest = np.max([array.shape for array in arrays], axis=0)
    sizes = [
        int(most) if known is not None else -(-int(most) // multiple_of) * multiple_of
        for known, most in zip(shape, longest, strict=True)
    ]
    if all([*array.shape] == sizes for array in arrays):
        return np.stack(arrays)
    batch = np.zeros([len(arrays), *sizes], arrays[0].dtype)
    for row, array in zip(batch, arrays, strict=True):
        row[tuple(slice(size) for size in array.shape)] = array
    return batch
