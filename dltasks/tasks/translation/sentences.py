"""The sentences of a data set as pieces, and batches of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.feeding.steps import read_ahead
from pipelines.search.pieces import BEGIN, END, PADDING
from pipelines.translation.pieces import TranslationPieces, frame_source

if TYPE_CHECKING:
    import tensorflow as tf


class Sentences:
    """Prepared pairs of sentences of all directions that are trained.

    Args:
        pairs: for each target language the prepared pairs, the source first.
        pieces: cuts them.
        segmentations: how many ways to cut each sentence, at the most.
        longest: pairs with more pieces on either side are left out.

    Attributes:
        left_out: pairs that were too long.
        lengths: pieces of both sides: int64 [item].
    """

    source_padding = PADDING
    target_padding = PADDING

    def __init__(
        self,
        pairs: Mapping[str, Sequence[tuple[str, str]]],
        pieces: TranslationPieces,
        *,
        segmentations: int,
        longest: int,
    ) -> None:
        self.left_out = 0
        self.segmentations = segmentations
        self._sources: list[list[int]] = []
        self._targets: list[list[int]] = []
        for language, of_language in pairs.items():
            wanted = pieces.language(language)
            for pair in of_language:
                source, target = (_cut(pieces, text, segmentations) for text in pair)
                if max(len(source[0]), len(target[0])) > longest:
                    self.left_out += 1
                    continue
                self._sources += [frame_source(variant, wanted) for variant in source]
                self._targets += [frame_target(variant) for variant in target]
        self.lengths = self._measure()

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def target_pieces(self) -> int:
        """Pieces that the network has to say in one pass over the items."""
        return sum(len(row) - 1 for row in self._targets[:: self.segmentations])

    def batches(
        self, order: tf.data.Dataset, batch_size: int, *, seed: int, drop_remainder: bool
    ) -> tf.data.Dataset:
        """Look items up and pad them.

        Args:
            order: pairs (index, position).
            batch_size: pairs a batch.
            seed: of the choice among the ways to cut a sentence.
            drop_remainder: leave out a last batch that is not full.

        Returns:
            Pairs ((source [batch, source], target [batch, time]), next piece [batch, time]),
            the padding of its side beyond the end of each.
        """
        import tensorflow as tf

        sources = tf.ragged.constant(self._sources, dtype=tf.int32)
        targets = tf.ragged.constant(self._targets, dtype=tf.int32)

        def look_up(indices: Any, positions: Any) -> Any:
            drawn = tf.random.stateless_uniform(
                [2, tf.size(indices)],
                tf.stack([tf.constant(seed, tf.int64), positions[0]]),
                maxval=self.segmentations,
                dtype=tf.int64,
            )
            rows = indices * self.segmentations + drawn
            source = tf.gather(sources, rows[0]).to_tensor(self.source_padding)
            target = tf.gather(targets, rows[1]).to_tensor(self.target_padding)
            return (source, target[:, :-1]), target[:, 1:]

        numbered = order.batch(batch_size, drop_remainder=drop_remainder)
        return read_ahead(numbered.map(look_up, num_parallel_calls=2, deterministic=True))

    def _measure(self) -> np.ndarray:
        pairs = zip(
            self._sources[:: self.segmentations], self._targets[:: self.segmentations], strict=True
        )
        return np.array([len(source) + len(target) for source, target in pairs], np.int64)


def frame_target(pieces: Sequence[int]) -> list[int]:
    """Put the beginning before a sentence and the end after it."""
    return [BEGIN, *pieces, END]


def _cut(pieces: TranslationPieces, text: str, count: int) -> list[list[int]]:
    """Give exactly `count` ways to cut a text; where there are fewer, some come again."""
    found = [pieces.encode(text)] if count == 1 else pieces.encode_variants(text, count)
    return [found[index % len(found)] for index in range(count)]
