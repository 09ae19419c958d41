"""An encoder and a decoder's step, as ONNX graphs, for `beam_search`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

PADDING = 0  # the piece that fills the rows of a batch


class Runs(Protocol):
    """What a graph does: see `pipelines.session.Graph`."""

    def run(self, **inputs: np.ndarray) -> list[np.ndarray]: ...


class GraphDecoder:
    """Translates some sentences: the encoder runs here, once.

    Args:
        encoder: source [sentence, source] -> memory [sentence, part, source, width].
        step: source, memory, piece and state [row, part, width], a row each -> logarithms of
            probabilities, the next state, attention.
        sources: pieces of each sentence.
    """

    def __init__(
        self,
        encoder: Runs,
        step: Runs,
        sources: Sequence[Sequence[int]],
    ) -> None:
        self._step = step
        self._source = pad(sources)
        (self._memory,) = encoder.run(source=self._source)
        self._rows = np.empty(0, np.int64)
        self._row_source, self._row_memory = self._source[:0], self._memory[:0]

    def begin(self, sentences: np.ndarray) -> np.ndarray:
        _, parts, _, width = self._memory.shape
        return np.zeros((len(sentences), parts, width), np.float32)

    def step(
        self, sentences: np.ndarray, pieces: np.ndarray, state: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not np.array_equal(sentences, self._rows):  # they change when a sentence is done
            self._rows = sentences
            self._row_source = self._source[sentences]
            self._row_memory = self._memory[sentences]
        log_probabilities, state, attention = self._step.run(
            source=self._row_source, memory=self._row_memory, piece=pieces, state=state
        )
        return log_probabilities, state, attention


def pad(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """Give rows of pieces as int32 [row, longest], padding at the end."""
    longest = max(map(len, rows), default=0)
    padded = np.full((len(rows), longest), PADDING, np.int32)
    for row, pieces in zip(padded, rows, strict=True):
        row[: len(pieces)] = pieces
    return padded
