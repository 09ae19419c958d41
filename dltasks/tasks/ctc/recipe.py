"""The CTC recipe for lines and recordings: one stage, batches of similar length."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dltasks.data.examples import Example, Splits
from dltasks.data.feeding import steps
from dltasks.data.feeding.cache import SplitCaches, cache_splits
from dltasks.data.feeding.lengths import padded_batches, stage_order
from dltasks.data.feeding.room import Room
from dltasks.data.feeding.sharding import EVERYTHING, Shard
from dltasks.training.config import TrainingConfig
from dltasks.training.trainer import Stage, StagePlan
from pipelines.ctc.alphabet import Alphabet
from pipelines.ctc.decoding import read_greedily
from pipelines.errors import ConfigurationError

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Read = Callable[[int, int], np.ndarray]


@dataclass(frozen=True)
class CtcRecipe(ABC):
    """Everything that the stage is made of.

    A task says what an example is: how it is decoded, augmented and measured.

    Attributes:
        inputs: names of the network's inputs: the examples, and how long each is.
        lengths_together: batches are as long as a multiple of this, so that the network meets
            fewer shapes.
    """

    network: keras.Model
    alphabet: Alphabet
    splits: Splits
    preprocessing: Any
    config: Any
    training: TrainingConfig
    shard: Shard
    say: Callable[[str], None]

    inputs: ClassVar[tuple[str, str]]
    lengths_together: ClassVar[int]

    @property
    @abstractmethod
    def spec(self) -> tf.TensorSpec:
        """The type of what the network takes of an example; its length is the open dimension."""

    @abstractmethod
    def decode(self, example: Example) -> np.ndarray:
        """Read an example; what is kept in the cache."""

    @abstractmethod
    def train_lengths(self) -> np.ndarray:
        """Measure the examples to train on, to put those of similar length together."""

    @abstractmethod
    def augment(
        self, decoded: np.ndarray, example: Example, seed: np.ndarray, batch_seed: np.ndarray
    ) -> np.ndarray:
        """Change a decoded example at random, to what the network takes.

        Args:
            decoded: from `decode`.
            example: what it was decoded from.
            seed: of the example at its position.
            batch_seed: of the batch, for what changes the length.
        """

    @abstractmethod
    def finish(self, decoded: np.ndarray) -> np.ndarray:
        """Turn a decoded example to what the network takes, unchanged."""

    @abstractmethod
    def output_frames(self, lengths: Any) -> Any:
        """Give the frames of the network's output for examples of these lengths."""

    def stages(self) -> list[StagePlan]:
        """Plan the one stage."""
        training = self.training
        return [StagePlan("network", training.epochs, training.learning_rate, self.build_stage)]

    def build_stage(self, epochs_done: int, steps_done: int) -> Stage:
        """Fit the network on augmented examples.

        Raises:
            ConfigurationError: none are left to train on or to validate with.
        """
        from dltasks.tasks.ctc.loss import CtcLoss

        for use, examples in (
            ("train on", self.splits.train),
            ("validate with", self.splits.valid),
        ):
            if not examples:
                raise ConfigurationError(
                    f"no examples are left to {use}; add data, or use a larger alphabet"
                )
        train = self.splits.train
        order, per_epoch = stage_order(
            self.train_lengths(),
            batch_size=self.training.batch_size,
            seed=self.training.seed,
            shard=self.shard,
            epochs_done=epochs_done,
            steps_done=steps_done,
        )
        return Stage(
            model=self.network,
            train=self.batches(order, train, self._read_augmented, drop_remainder=True),
            valid=self.in_order(self.splits.valid, self.shard),
            steps_per_epoch=per_epoch,
            loss=CtcLoss(self.alphabet.blank + 1, shortcut_weight=self.config.shortcut_weight),
            metrics=[],
            measure=self.measure,
            monitor="val_cer",
        )

    def in_order(self, examples: Sequence[Example], shard: Shard = EVERYTHING) -> tf.data.Dataset:
        """Give batches of validation examples, once, as they are."""
        cache = self.caches.valid
        order = steps.plain_order(len(examples), shard)
        return self.batches(order, examples, lambda index, _: self.finish(cache[index]))

    def batches(
        self,
        order: tf.data.Dataset,
        examples: Sequence[Example],
        read: Read,
        *,
        drop_remainder: bool = False,
    ) -> tf.data.Dataset:
        """Give batches (the network's inputs, targets of the CTC loss), made whole at a time.

        Args:
            order: pairs (index, position).
            examples: that the indices count.
            read: (index, position) -> what the network takes.
            drop_remainder: leave out the last batch where it is not full.
        """
        import tensorflow as tf

        from dltasks.tasks.ctc.loss import label_table, pack_targets

        encoded = [self.alphabet.encode(example.target) for example in examples]
        labels = tf.constant(label_table(encoded))
        made = padded_batches(
            order,
            read,
            self.spec,
            self.training.batch_size,
            multiple_of=self.lengths_together,
            drop_remainder=drop_remainder,
        )

        def with_targets(arrays: Any, lengths: Any, indices: Any) -> Any:
            targets = pack_targets(self.output_frames(lengths), tf.gather(labels, indices))
            return dict(zip(self.inputs, (arrays, lengths), strict=True)), targets

        return steps.read_ahead(made.map(with_targets))

    def measure(self) -> dict[str, float]:
        """Read the validation examples: the error rates of characters and words."""
        from dltasks.evaluation.transcripts import character_error_rate, word_error_rate

        texts: list[str] = []
        for inputs, _ in self.in_order(self.splits.valid):
            scores = self._run(inputs)[..., : self.alphabet.blank + 1].numpy()
            frames = self.output_frames(inputs[self.inputs[1]].numpy())
            readings = map(read_greedily, scores, frames)
            texts += [self.alphabet.decode(reading.symbols).strip() for reading in readings]
        truths = [example.target for example in self.splits.valid]
        return {
            "val_cer": character_error_rate(truths, texts),
            "val_wer": word_error_rate(truths, texts),
        }

    def _read_augmented(self, index: int, position: int) -> np.ndarray:
        """Look an example up and augment it; its position makes its seed."""
        seed = self.training.seed
        return self.augment(
            self.caches.train[index],
            self.splits.train[index],
            np.array([seed, position]),
            np.array([seed, position // self.training.batch_size]),
        )

    @cached_property
    def caches(self) -> SplitCaches:
        """The decoded examples."""
        room = Room(self.training.cache_gigabytes, self.say)
        return cache_splits(self.decode, self.splits, self.training.cache, room)

    @cached_property
    def _run(self) -> Callable[[dict[str, tf.Tensor]], tf.Tensor]:
        import tensorflow as tf

        network = self.network
        run: Callable[[dict[str, tf.Tensor]], tf.Tensor] = tf.function(
            lambda inputs: network(inputs, training=False), reduce_retracing=True
        )
        return run
