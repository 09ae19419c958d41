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
from dltasks.data.lengths import bucketed_order, decoded_lengths
from dltasks.data.remote import readable
from dltasks.data.room import Room
from dltasks.data.sharding import EVERYTHING, Shard
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
        lines = steps.fetch(order, self._caches.train, self.line_spec, self.labels(train))
        lines = steps.augment(lines, self._change, seed=self.training.seed)
        return Stage(
            model=self.network,
            train=self.batch(lines, drop_remainder=True),
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
        lines = steps.fetch(order, self._caches.valid, self.line_spec, self.labels(examples))
        return self.batch(steps.drop_position(lines))

    def batch(self, lines: tf.data.Dataset, *, drop_remainder: bool = False) -> tf.data.Dataset:
        """Pad (line, labels) pairs to batches of ({image, width}, targets of the CTC loss)."""
        from dltasks.training.ctc_loss import PADDING

        return steps.padded_batch(
            lines.map(to_network_input),
            self.training.batch_size,
            padding=({"image": 0, "width": 0}, PADDING),
            drop_remainder=drop_remainder,
            multiple_of=PIXELS_TOGETHER,
        )

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

    def labels(self, examples: Sequence[Example]) -> np.ndarray:
        """Give the labels of examples: int32 [example, labels], padded."""
        from dltasks.training.ctc_loss import label_table

        return label_table([self.alphabet.encode(example.target) for example in examples])

    def loss(self) -> Any:
        """Give the loss."""
        from dltasks.training.ctc_loss import CtcLoss

        return CtcLoss(self.alphabet.blank + 1, shortcut_weight=self.config.shortcut_weight)

    @property
    def line_spec(self) -> tf.TensorSpec:
        """The type of one decoded line."""
        import tensorflow as tf

        return tf.TensorSpec([self.preprocessing.height, None], tf.uint8)

    @cached_property
    def _run(self) -> Callable[[dict[str, tf.Tensor]], tf.Tensor]:
        import tensorflow as tf

        network = self.network
        return tf.function(lambda inputs: network(inputs, training=False), reduce_retracing=True)

    def _change(self, line: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        import tensorflow as tf

        from dltasks.tasks.handwriting.augmentation import augment_line

        strength, batch_size = self.config.augment, self.training.batch_size

        def change(pixels: np.ndarray, numbers: np.ndarray) -> np.ndarray:
            of_run, position = numbers
            of_batch = np.array([of_run, position // batch_size])
            return augment_line(pixels, numbers, strength, of_batch)

        changed = tf.numpy_function(change, [line, seed], tf.uint8, stateful=False)
        return tf.ensure_shape(changed, self.line_spec.shape)

    @cached_property
    def _caches(self) -> SplitCaches:
        room = Room(self.training.cache_gigabytes, self.say)
        return cache_splits(self._read, self.splits, self.training.cache, room)

    def _read(self, example: Example) -> np.ndarray:
        return read_line(readable(example.source), self.preprocessing)


def to_network_input(line: tf.Tensor, labels: tf.Tensor) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
    """Add the line's width to the input, and its number of frames in front of the labels."""
    import tensorflow as tf

    width = tf.shape(line)[1]
    targets = tf.concat([[width // WIDTH_STEP], labels], axis=0)  # as CtcLoss takes them
    return {"image": line, "width": width}, targets
