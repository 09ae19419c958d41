"""A decoder's step as an ONNX graph, for `beam_search`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from pipelines.search.pieces import PADDING
from pipelines.session import expect


class Runs(Protocol):
    """What a graph does: see `pipelines.session.Graph`."""

    def run(self, **inputs: np.ndarray) -> list[np.ndarray]: ...


class GraphDecoder:
    """Decodes some items, such as sentences or photographs, that an encoder has read.

    Args:
        step: what is read of an item, piece [row] and state [row, ...] -> logarithms of
            probabilities [row, vocabulary], the next state, attention [row, place].
        vocabulary: its size.
        items: what the step reads of every item, by the names of its inputs: [item, ...].
        state_shape: of the state of one row, which begins with zeros.
        grows_along: the axis of the state, rows being axis 0, that each step makes longer by one,
            such as that of kept keys and values.
    """

    def __init__(
        self,
        step: Runs,
        vocabulary: int,
        items: Mapping[str, np.ndarray],
        state_shape: Sequence[int],
        grows_along: int | None = None,
    ) -> None:
        self._step = step
        self._vocabulary = vocabulary
        self._places: int | None = None  # that are attended to
        self._items = items
        self._state_shape = tuple(state_shape)
        self._grows_along = grows_along
        self._rows = np.empty(0, np.int64)
        self._read: dict[str, np.ndarray] = {}

    def begin(self, items: np.ndarray) -> np.ndarray:
        return np.zeros((len(items), *self._state_shape), np.float32)

    def step(
        self, items: np.ndarray, pieces: np.ndarray, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not np.array_equal(items, self._rows):  # they change when an item is done
            self._rows = items
            self._read = {name: values[items] for name, values in self._items.items()}
        following = tuple(
            size + (axis == self._grows_along) for axis, size in enumerate(state.shape)
        )
        log_probabilities, state, attention = expect(
            self._step.run(**self._read, piece=pieces, state=state),
            (len(items), self._vocabulary),
            following,
            (len(items), self._places),
        )
        self._places = attention.shape[1]
        return log_probabilities, state, attention


def pad(rows: Sequence[Sequence[int]], padding: int = PADDING) -> np.ndarray:
    """Give rows of pieces as int32 [row, longest], padding at the end."""
    longest = max(map(len, rows), default=0)
    padded = np.full((len(rows), longest), padding, np.int32)
    for row, pieces in zip(padded, rows, strict=True):
        row[: len(pieces)] = pieces
    return padded
