"""The recipe for training a TrOCR further: one stage, the likelihood of the next piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.examples import Example, Splits
from dltasks.data.feeding import steps
from dltasks.data.feeding.cache import DecodedCache
from dltasks.data.feeding.lengths import stage_order
from dltasks.data.feeding.room import Room
from dltasks.data.feeding.sharding import Shard
from dltasks.data.remote import readable
from dltasks.export.graphs import KerasGraph
from dltasks.networks.losses import PADDING, NextTokenLoss
from dltasks.tasks.handwriting.trocr_augmentation import augment_square
from dltasks.training.config import TrainingConfig
from dltasks.training.trainer import Stage, StagePlan
from pipelines.handwriting.trocr_decoding import TrocrGraphs
from pipelines.handwriting.trocr_family import TrocrFamily
from pipelines.handwriting.trocr_pictures import read_square

if TYPE_CHECKING:
    import tensorflow as tf

    from dltasks.tasks.handwriting.trocr_network import Trocr

COLOURS = 3
MOST_EXAMPLES = 500  # that are read after each epoch: enough to choose by


@dataclass(frozen=True)
class TrocrRecipe:
    """Everything that the stage is made of.

    Attributes:
        parts: the network, and its encoder and step.
        reader: has its vocabulary, and searches during training.
        splits: lines that it can write.
        augment: strength of augmentation.
        training: the common settings.
        shard: this process' part of the data.
        say: prints a line.
    """

    parts: Trocr
    reader: TrocrFamily
    splits: Splits
    augment: float
    training: TrainingConfig
    shard: Shard
    say: Callable[[str], None]

    def stages(self) -> list[StagePlan]:
        """Plan the one stage."""
        training = self.training
        return [StagePlan("network", training.epochs, training.learning_rate, self.build_stage)]

    def build_stage(self, epochs_done: int, steps_done: int) -> Stage:
        """Fit the network on lines and their texts."""
        train = self.splits.train
        order, per_epoch = stage_order(
            len(train),
            batch_size=self.training.batch_size,
            seed=self.training.seed,
            shard=self.shard,
            epochs_done=epochs_done,
            steps_done=steps_done,
        )
        valid_order = steps.plain_order(len(self.splits.valid), self.shard)
        return Stage(
            model=self.parts.whole,
            train=self.batches(order, train, augment=self.augment, drop_remainder=True),
            valid=self.batches(valid_order, self.splits.valid),
            steps_per_epoch=per_epoch,
            loss=NextTokenLoss(),
            metrics=[],
            measure=self.measure,
            monitor="val_cer",
        )

    def batches(
        self,
        order: tf.data.Dataset,
        examples: Sequence[Example],
        *,
        augment: float = 0.0,
        drop_remainder: bool = False,
    ) -> tf.data.Dataset:
        """Give batches ((image, target), following): the text so far, and what comes next."""
        import tensorflow as tf

        side = self.reader.preprocessing.side
        batches = steps.fetch_batches(
            order,
            DecodedCache(self._decoder(examples), self.training.cache, room=self._room),
            tf.TensorSpec([side, side, COLOURS], tf.uint8),
            self.piece_table(examples),
            self.training.batch_size,
            drop_remainder=drop_remainder,
        )

        def change(images: Any, seeds: Any) -> Any:
            return tf.ensure_shape(
                tf.numpy_function(partial(_augment, strength=augment), [images, seeds], tf.uint8),
                images.shape,
            )

        def part(image: Any, rows: Any) -> Any:
            return (image, rows[:, 0, :-1]), rows[:, 1, 1:]

        seeded = steps.augment_batches(batches, change, seed=self.training.seed)
        return steps.read_ahead(seeded.map(part))

    def piece_table(self, examples: Sequence[Example]) -> np.ndarray:
        """Give int32 [example, 2, pieces]: what is read, filled with the network's padding; and
        what has to be written, filled with that of the loss."""
        shape = self.reader.shape
        rows = [
            [shape.begin, *self.reader.pieces.encode(example.target), shape.end]
            for example in examples
        ]
        table = np.full((len(rows), 2, max(map(len, rows))), PADDING, np.int32)
        table[:, 0] = shape.padding
        for place, row in zip(table, rows, strict=True):
            place[:, : len(row)] = row
        return table

    def measure(self) -> dict[str, float]:
        """Read validation lines greedily: the error rates of characters and words."""
        from dltasks.evaluation.transcripts import character_error_rate, word_error_rate

        examples = self.splits.valid[:MOST_EXAMPLES]
        decode, size = self._decoder(examples), self.training.batch_size
        texts: list[str] = []
        for start in range(0, len(examples), size):
            squares = [decode(i) for i in range(start, min(start + size, len(examples)))]
            found = self.reader.search(self._graphs, squares, beams=1)
            texts += [self.reader.text_of(best) for best, *_ in found]
        truths = [example.target for example in examples]
        return {
            "val_cer": character_error_rate(truths, texts),
            "val_wer": word_error_rate(truths, texts),
        }

    @cached_property
    def _graphs(self) -> TrocrGraphs:
        return TrocrGraphs(KerasGraph(self.parts.encoder), KerasGraph(self.parts.step))

    @cached_property
    def _room(self) -> Room:
        return Room(self.training.cache_gigabytes, self.say)

    def _decoder(self, examples: Sequence[Example]) -> Callable[[int], Any]:
        preprocessing = self.reader.preprocessing

        def decode(index: int) -> np.ndarray:
            return read_square(readable(examples[index].source), preprocessing)

        return decode


def _augment(images: np.ndarray, seeds: np.ndarray, *, strength: float) -> np.ndarray:
    """Change each picture of a batch by its own seed."""
    pairs = zip(images, seeds, strict=True)
    return np.stack([augment_square(image, seed, strength) for image, seed in pairs])
