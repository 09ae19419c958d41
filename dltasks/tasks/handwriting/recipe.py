"""The recipe: one stage, batches of lines of like width, the CTC loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data import pipeline as steps
from dltasks.data.cache import SplitCaches, cache_splits
from dltasks.data.examples import Example, Splits
from dltasks.data.lengths import bucketed_order, decoded_lengths, padded_batches
from dltasks.data.remote import readable
from dltasks.data.room import Room
from dltasks.data.sharding import EVERYTHING, Shard
from dltasks.tasks.handwriting.augmentation import augment_line
from dltasks.tasks.handwriting.config import HandwritingConfig
from dltasks.training.config import TrainingConfig
from dltasks.training.trainer import Stage, StagePlan
from pipelines.alphabet import Alphabet
from pipelines.ctc import read_greedily
from pipelines.text_lines import WIDTH_STEP, LinePreprocessing, read_line

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

PIXELS_TOGETHER = 32  # batches are as wide as a multiple, so that the network meets fewer shapes


@dataclass(frozen=True)
class Recipe:
    """Everything that the stage is made of."""

    network: keras.Model
    alphabet: Alphabet
    splits: Splits
    preprocessing: LinePreprocessing
    config: HandwritingConfig
    training: TrainingConfig
    shard: Shard
    say: Callable[[str], None]

    def stages(self) -> list[StagePlan]:
        """Plan the one stage."""
        training = self.training
        return [StagePlan("network", training.epochs, training.learning_rate, self.build_stage)]

    def build_stage(self, epochs_done: int, steps_done: int) -> Stage:
        """Fit the network on augmented lines."""
        train, batch_size = self.splits.train, self.training.batch_size
        per_epoch = steps.steps_per_epoch(len(train), batch_size)
        order = bucketed_order(
            decoded_lengths(self._caches.train, len(train), axis=1),
            batch_size=batch_size,
            seed=self.training.seed,
            shard=self.shard,
            start_step=epochs_done * per_epoch + steps_done,
        )
        batches = self.batches(order, train, self._change(), drop_remainder=True)
        return Stage(
            model=self.network,
            train=batches,
            valid=self.in_order(self.splits.valid, self.shard),
            steps_per_epoch=per_epoch,
            loss=self.loss(),
            metrics=[],
            measure=self.measure,
            monitor="val_cer",
        )

    def in_order(self, examples: Sequence[Example], shard: Shard = EVERYTHING) -> tf.data.Dataset:
        """Give batches of lines, once, as they are."""
        order = steps.plain_order(len(examples), shard)
        cache = self._caches.valid
        return self.batches(order, examples, lambda index, _: cache[index])

    def batches(
        self,
        order: tf.data.Dataset,
        examples: Sequence[Example],
        read: Callable[[int, int], np.ndarray],
        *,
        drop_remainder: bool = False,
    ) -> tf.data.Dataset:
        """Give batches ({image, width}, targets of the CTC loss).

        Args:
            order: pairs (index, position).
            examples: that the indices count.
            read: (index, position) -> what the network sees, uint8 [height, width].
            drop_remainder: leave out the last batch where it is not full.
        """
        import tensorflow as tf

        from dltasks.training.ctc_loss import label_table, pack_targets

        labels = tf.constant(label_table([self._labels(example) for example in examples]))
        lines = padded_batches(
            order,
            read,
            tf.TensorSpec([self.preprocessing.height, None], tf.uint8),
            self.training.batch_size,
            multiple_of=PIXELS_TOGETHER,
            drop_remainder=drop_remainder,
        )

        def to_network_input(image, width, indices):
            targets = pack_targets(width // WIDTH_STEP, tf.gather(labels, indices))
            return {"image": image, "width": width}, targets

        return steps.read_ahead(lines.map(to_network_input))

    def measure(self) -> dict[str, float]:
        """Read the validation lines: the character error rate."""
        from dltasks.evaluation.transcripts import character_error_rate

        texts: list[str] = []
        for inputs, _ in self.in_order(self.splits.valid):
            scores = self._run(inputs)[..., : self.alphabet.blank + 1].numpy()
            frames = inputs["width"].numpy() // WIDTH_STEP
            readings = map(read_greedily, scores, frames)
            texts += [self.alphabet.decode(reading.symbols) for reading in readings]
        truths = [example.target for example in self.splits.valid]
        return {"val_cer": character_error_rate(truths, texts)}

    def loss(self) -> Any:
        """Give the loss."""
        from dltasks.training.ctc_loss import CtcLoss

        return CtcLoss(self.alphabet.blank + 1, shortcut_weight=self.config.shortcut_weight)

    @cached_property
    def _run(self) -> Callable[[dict[str, tf.Tensor]], tf.Tensor]:
        import tensorflow as tf

        network = self.network
        return tf.function(lambda inputs: network(inputs, training=False), reduce_retracing=True)

    def _change(self) -> Callable[[int, int], np.ndarray]:
        """Give (index, position) -> the line, augmented; the position makes the seed."""
        cache, strength = self._caches.train, self.config.augment
        seed, batch_size = self.training.seed, self.training.batch_size

        def change(index: int, position: int) -> np.ndarray:
            of_batch = np.array([seed, position // batch_size])
            return augment_line(cache[index], np.array([seed, position]), strength, of_batch)

        return change

    def _labels(self, example: Example) -> list[int]:
        return self.alphabet.encode(example.target)

    @cached_property
    def _caches(self) -> SplitCaches:
        room = Room(self.training.cache_gigabytes, self.say)
        return cache_splits(self._read, self.splits, self.training.cache, room)

    def _read(self, example: Example) -> np.ndarray:
        return read_line(readable(example.source), self.preprocessing)
