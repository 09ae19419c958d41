"""An encoder and a decoder's step, as ONNX graphs, for `beam_search`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from pipelines.beam_search import Hypothesis, Search, beam_search
from pipelines.pieces import BEGIN, END, PADDING

MOST_TIMES_LONGER = 2  # a translation has at most so many times the pieces of its source
PIECES_MORE = 10  # and so many more


class Runs(Protocol):
    """What a graph does: see `pipelines.session.Graph`."""

    def run(self, **inputs: np.ndarray) -> list[np.ndarray]: ...


def translate(
    encoder: Runs,
    step: Runs,
    sources: Sequence[Sequence[int]],
    *,
    forbidden: Sequence[int],
    required: Sequence[Sequence[int]] | None = None,
    search: Search,
) -> list[list[Hypothesis]]:
    """Translate sentences of like length at once.

    Args:
        encoder: see `GraphDecoder`.
        step: see `GraphDecoder`.
        sources: pieces of each sentence, framed.
        forbidden: see `beam_search`.
        required: see `beam_search`.
        search: how to search.

    Returns:
        For each sentence its best hypotheses, best first.
    """
    if not sources:
        return []
    return beam_search(
        GraphDecoder(encoder, step, sources),
        [MOST_TIMES_LONGER * len(source) + PIECES_MORE for source in sources],
        begin=BEGIN,
        end=END,
        forbidden=forbidden,
        required=required,
        search=search,
    )


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
