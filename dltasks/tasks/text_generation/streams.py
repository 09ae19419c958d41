"""A text as rows of a batch that read it in parallel, one window per step.

The training text is a ring. The rows start at evenly spaced places and read forward without end,
past the start of the next row. So the state of a row always belongs to the symbols before its
window. The position of a row depends only on the step, so a run can resume at any step.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.feeding.steps import read_ahead
from dltasks.data.texts import Passage, chunks
from pipelines.text_generation.vocabularies import BOUNDARY, Vocabulary

if TYPE_CHECKING:
    import tensorflow as tf

# Part of the windows before which a row forgets: so that the network knows how to begin.
FORGET = 0.02
WARM_UP_WINDOWS = 4  # a validation stream first reads so much of what stands before it
TextWindow = tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]  # inputs, next symbols, weights


@dataclass(frozen=True)
class Symbols:
    """Texts as numbers, one after the other, each after a boundary.

    Attributes:
        numbers: of the smallest type that holds them, in a temporary file.
        characters: of the texts.
        texts: how many.
    """

    numbers: np.ndarray
    characters: int
    texts: int


def write_symbols(passages: Iterable[Passage], vocabulary: Vocabulary) -> Symbols:
    """Encode texts, into a file: memory stays flat however long they are."""
    kind = np.min_scalar_type(len(vocabulary) - 1)
    characters = texts = 0
    with tempfile.TemporaryFile() as file:
        for passage in passages:
            texts += 1
            file.write(np.array([BOUNDARY], kind).tobytes())
            for part in whole_lines(chunks(passage)):
                characters += len(part)
                file.write(vocabulary.encode(part).astype(kind).tobytes())
        file.flush()
        return Symbols(np.memmap(file, kind, mode="r"), characters, texts)


def whole_lines(parts: Iterable[str]) -> Iterator[str]:
    """Cut a text anew, after line breaks where there are any, so that no piece lies across."""
    kept = ""
    for part in parts:
        lines, line_break, rest = part.rpartition("\n")
        whole, kept = (kept + lines + line_break, rest) if line_break else (kept, part)
        if whole:
            yield whole
    if kept:
        yield kept


@dataclass(frozen=True)
class TrainingStreams:
    """Rows that read for ever.

    Attributes:
        ring: symbols, the last before the first.
        rows: streams side by side, the batch.
        window: symbols a step.
        seed: of where rows forget.
    """

    ring: np.ndarray
    rows: int
    window: int
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        """Steps in which all rows together read as many symbols as there are."""
        return max(len(self.ring) // (self.rows * self.window), 1)

    def at(self, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Give the inputs and the next symbols of a step."""
        count = len(self.ring)
        begin = np.arange(self.rows, dtype=np.int64) * count // self.rows + step * self.window
        places = (begin[:, None] + np.arange(self.window + 1)) % count
        read = self.ring[places].astype(np.int32)  # [row, window + 1]
        drawn = np.random.default_rng((self.seed, step)).random(self.rows)
        inputs = _as_inputs(read[:, :-1], np.arange(self.rows), drawn < FORGET)
        return inputs, read[:, 1:]

    def batches(self, start_step: int) -> tf.data.Dataset:
        """Give the steps from one on."""
        return _as_dataset(self.at, start_step, None)


@dataclass(frozen=True)
class ValidationStreams:
    """A text read once, by several rows at once.

    Each row first reads some of what stands before its part, unweighted, so that its state is
    nearly that of one reader who came all the way.

    Attributes:
        symbols: the text, the boundary before it included.
        most_rows: streams side by side, at the most; a short text has fewer.
        first_row: the state of the first one is in this row of the table.
        window: symbols a step.
    """

    symbols: np.ndarray
    most_rows: int
    first_row: int
    window: int

    @property
    def rows(self) -> int:
        """Streams side by side."""
        return max(min(self.most_rows, self._count // (4 * self._warm_up)), 1)

    @property
    def steps(self) -> int:
        """Windows of each row."""
        return -(-(self._warm_up + self._part) // self.window)

    def at(self, step: int) -> TextWindow:
        """Give the inputs, the next symbols and their weights of a step.

        The mean over all windows, weighted, is the mean over the symbols of the text.
        """
        begin = np.arange(self.rows) * self._part - self._warm_up + step * self.window
        places = begin[:, None] + np.arange(self.window)  # [row, window]
        first = np.arange(self.rows)[:, None] * self._part
        is_own = (places >= first) & (places < first + self._part) & (places < self._count)
        read = self.symbols[places.clip(0, self._count)].astype(np.int32)
        following = self.symbols[(places + 1).clip(0, self._count)].astype(np.int32)
        # The row that would begin before the text begins when it comes to it.
        starts = (begin <= 0) if step else np.ones(self.rows, bool)
        rows = self.first_row + np.arange(self.rows)
        weight = self.rows * self.steps * self.window / self._count
        return _as_inputs(read, rows, starts), following, (is_own * weight).astype(np.float32)

    def batches(self) -> tf.data.Dataset:
        """Give all steps, once."""
        return _as_dataset(self.at, 0, self.steps)

    @property
    def _count(self) -> int:
        """Symbols to say."""
        return len(self.symbols) - 1

    @property
    def _part(self) -> int:
        return -(-self._count // self.rows)

    @property
    def _warm_up(self) -> int:
        return WARM_UP_WINDOWS * self.window


def _as_inputs(pieces: np.ndarray, rows: np.ndarray, begin: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "pieces": pieces,
        "row": rows.astype(np.int32),
        "begin": begin.astype(np.float32),
    }


def _as_dataset(at: Any, start: int, stop: int | None) -> tf.data.Dataset:
    """Make a data set of what a function gives for each step."""
    import tensorflow as tf

    def generate() -> Iterator[Any]:
        step = start
        while stop is None or step < stop:
            yield at(step)
            step += 1

    example = at(start)
    signature = tf.nest.map_structure(
        lambda array: tf.TensorSpec(array.shape, array.dtype), example
    )
    batches = tf.data.Dataset.from_generator(generate, output_signature=signature)
    count = tf.data.INFINITE_CARDINALITY if stop is None else stop - start
    batches = batches.apply(tf.data.experimental.assert_cardinality(count))  # Keras asks for it
    return read_ahead(batches)
