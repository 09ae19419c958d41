"""The recipe: one stage, teacher forcing on batches of sentences of similar length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.examples import Splits
from dltasks.data.feeding import steps
from dltasks.data.feeding.lengths import stage_order
from dltasks.data.feeding.sharding import Shard
from dltasks.tasks.translation.config import TranslationConfig
from dltasks.tasks.translation.preparing import Direction, Pair
from dltasks.tasks.translation.sentences import Sentences
from dltasks.training.config import TrainingConfig
from dltasks.training.trainer import Stage, StagePlan
from pipelines.errors import ConfigurationError
from pipelines.search.pieces import PADDING

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


@dataclass(frozen=True)
class TranslationRecipe:
    """Everything that the stage is made of.

    Attributes:
        network: to train.
        pieces: its vocabulary.
        directions: what it learns, and how pairs are prepared for it.
        prepared: for each target language the pairs to train on, the source first.
        splits: the data as it is.
        config: the task's settings.
        training: the common settings.
        shard: this process' part of the data.
        say: prints a line.
    """

    network: keras.Model
    pieces: Any  # TranslationPieces, or those of the family of a base
    directions: Sequence[Direction]
    prepared: Mapping[str, Sequence[Pair]]
    splits: Splits
    config: TranslationConfig
    training: TrainingConfig
    shard: Shard
    say: Callable[[str], None]

    def stages(self) -> list[StagePlan]:
        """Plan the one stage."""
        training = self.training
        return [StagePlan("network", training.epochs, training.learning_rate, self.build_stage)]

    def build_stage(self, epochs_done: int, steps_done: int) -> Stage:
        """Make the batches; each epoch sees every pair once in each direction."""
        train, batch_size = self._train, self.training.batch_size
        order, per_epoch = stage_order(
            train.lengths,
            batch_size=batch_size,
            seed=self.training.seed,
            shard=self.shard,
            epochs_done=epochs_done,
            steps_done=steps_done,
        )
        self.say(
            f"{train.target_pieces} target tokens per epoch; {train.left_out} pairs are too long"
        )
        return Stage(
            model=self.network,
            train=train.batches(
                order,
                batch_size,
                seed=self.training.seed,
                drop_remainder=True,
            ),
            valid=self.valid_batches(),
            steps_per_epoch=per_epoch,
            loss=self.loss(),
            metrics=[],
            measure=self.measure(),
            monitor="val_chrf",  # not BLEU, which is 0 for the first epochs
            monitor_best="highest",
        )

    def loss(self) -> Any:
        """Make the loss of the next piece."""
        from dltasks.networks.losses import NextTokenLoss

        return NextTokenLoss(padding=PADDING, smoothing=self.config.label_smoothing)

    def measure(self) -> Callable[[], dict[str, float]]:
        """Give what translates validation sentences after each epoch, and measures."""
        from dltasks.tasks.translation.validation import make_measure

        return make_measure(
            self.network,
            self.pieces,
            self.splits.valid,
            self.directions,
            longest=self.config.max_pieces,
        )

    def valid_batches(self) -> tf.data.Dataset:
        """Give the validation pairs once, shortest first, so that little is padding."""
        import tensorflow as tf

        valid = self._valid
        by_length = tf.constant(np.argsort(valid.lengths, kind="stable"))
        order = steps.plain_order(len(valid), self.shard)
        sorted_order = order.map(lambda index, position: (by_length[index], position))
        batch_size = self.training.batch_size
        return valid.batches(sorted_order, batch_size, seed=0, drop_remainder=False)

    @cached_property
    def _train(self) -> Sentences:
        return self._cut(self.prepared, self.config.segmentations)

    @cached_property
    def _valid(self) -> Sentences:
        pairs = {item.target: item.prepare(self.splits.valid) for item in self.directions}
        return self._cut(pairs, 1)

    def _cut(self, pairs: Mapping[str, Sequence[Pair]], segmentations: int) -> Sentences:
        sentences = Sentences(
            pairs,
            self.pieces,
            segmentations=segmentations,
            longest=self.config.max_pieces,
        )
        if not len(sentences):
            raise ConfigurationError(
                f"max_pieces {self.config.max_pieces} leaves out every pair; raise it"
            )
        return sentences
