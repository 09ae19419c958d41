"""The recipe of the family "ctc": one stage, batches of recordings of like length, the CTC loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dltasks.data import pipeline as steps
from dltasks.data.cache import SplitCaches, cache_splits
from dltasks.data.examples import Example, Splits
from dltasks.data.lengths import bucketed_order, padded_batches
from dltasks.data.recordings import count_frames
from dltasks.data.remote import readable
from dltasks.data.room import Room
from dltasks.data.sharding import EVERYTHING, Shard
from dltasks.tasks.speech_recognition.augmentation import augment_features
from dltasks.tasks.speech_recognition.config import SpeechRecognitionConfig
from dltasks.training.config import TrainingConfig
from dltasks.training.trainer import Stage, StagePlan
from pipelines.alphabet import Alphabet
from pipelines.audio import read_audio
from pipelines.ctc import frames_needed, read_greedily
from pipelines.speech_features import (
    FRAMES_A_STEP,
    SpeechPreprocessing,
    level_features,
    output_frames,
    read_features,
)

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

FRAMES_TOGETHER = 16  # batches are padded to a multiple, so that the network meets fewer shapes


@dataclass(frozen=True)
class CtcRecipe:
    """Everything that the stage is made of."""

    network: keras.Model
    alphabet: Alphabet
    splits: Splits
    preprocessing: SpeechPreprocessing
    config: SpeechRecognitionConfig
    training: TrainingConfig
    shard: Shard
    say: Callable[[str], None]

    def stages(self) -> list[StagePlan]:
        """Plan the one stage."""
        training = self.training
        return [StagePlan("network", training.epochs, training.learning_rate, self.build_stage)]

    def build_stage(self, epochs_done: int, steps_done: int) -> Stage:
        """Fit the network on augmented recordings."""
        from dltasks.training.ctc_loss import CtcLoss

        train, batch_size = self.splits.train, self.training.batch_size
        per_epoch = steps.steps_per_epoch(len(train), batch_size)
        order = bucketed_order(
            np.array([count_frames(example) for example in train]),
            batch_size=batch_size,
            seed=self.training.seed,
            shard=self.shard,
            start_step=epochs_done * per_epoch + steps_done,
        )
        batches = self.batches(order, train, self._change(train), drop_remainder=True)
        return Stage(
            model=self.network,
            train=batches,
            valid=self.in_order(self.splits.valid, self.shard),
            steps_per_epoch=per_epoch,
            loss=CtcLoss(self.alphabet.blank + 1, shortcut_weight=self.config.shortcut_weight),
            metrics=[],
            measure=self.measure,
            monitor="val_cer",
        )

    def in_order(self, examples: Sequence[Example], shard: Shard = EVERYTHING) -> tf.data.Dataset:
        """Give batches of recordings, once, as they are."""
        order = steps.plain_order(len(examples), shard)
        cache = self._caches.valid
        return self.batches(order, examples, lambda index, _: level_features(cache[index]))

    def batches(
        self,
        order: tf.data.Dataset,
        examples: Sequence[Example],
        read: Callable[[int, int], np.ndarray],
        *,
        drop_remainder: bool = False,
    ) -> tf.data.Dataset:
        """Give batches ({mel, frames}, targets of the CTC loss), made whole at a time.

        Args:
            order: pairs (index, position).
            examples: that the indices count.
            read: (index, position) -> what the network hears, float32 [frames, bands].
            drop_remainder: leave out the last batch where it is not full.
        """
        import tensorflow as tf

        from dltasks.training.ctc_loss import label_table, pack_targets

        labels = tf.constant(label_table([self._labels(example) for example in examples]))
        heard = padded_batches(
            order,
            read,
            tf.TensorSpec([None, self.preprocessing.used_bands], tf.float32),
            self.training.batch_size,
            multiple_of=FRAMES_TOGETHER,
            drop_remainder=drop_remainder,
        )

        def to_network_input(mel, frames, indices):
            ends = (frames + FRAMES_A_STEP - 1) // FRAMES_A_STEP
            targets = pack_targets(ends, tf.gather(labels, indices))
            return {"mel": mel, "frames": frames}, targets

        return steps.read_ahead(heard.map(to_network_input))

    def measure(self) -> dict[str, float]:
        """Read the validation recordings: the error rates of characters and words."""
        from dltasks.evaluation.transcripts import character_error_rate, word_error_rate

        texts: list[str] = []
        for inputs, _ in self.in_order(self.splits.valid):
            scores = self._run(inputs)[..., : self.alphabet.blank + 1].numpy()
            ends = [output_frames(int(frames)) for frames in inputs["frames"]]
            readings = map(read_greedily, scores, ends)
            texts += [self.alphabet.decode(reading.symbols).strip() for reading in readings]
        truths = [example.target for example in self.splits.valid]
        return {
            "val_cer": character_error_rate(truths, texts),
            "val_wer": word_error_rate(truths, texts),
        }

    def _change(self, examples: Sequence[Example]) -> Callable[[int, int], np.ndarray]:
        """Give (index, position) -> augmented features; the position makes the seed."""
        cache, strength = self._caches.train, self.config.augment
        seed, batch_size = self.training.seed, self.training.batch_size
        least = [FRAMES_A_STEP * frames_needed(example.target) for example in examples]

        def change(index: int, position: int) -> np.ndarray:
            return augment_features(
                cache[index],
                np.array([seed, position]),
                strength,
                self.preprocessing,
                least[index],
                batch_seed=np.array([seed, position // batch_size]),
            )

        return change

    def _labels(self, example: Example) -> list[int]:
        return self.alphabet.encode(example.target)

    @cached_property
    def _run(self) -> Callable[[dict[str, tf.Tensor]], tf.Tensor]:
        import tensorflow as tf

        network = self.network
        return tf.function(lambda inputs: network(inputs, training=False), reduce_retracing=True)

    @cached_property
    def _caches(self) -> SplitCaches:
        room = Room(self.training.cache_gigabytes, self.say)
        return cache_splits(self._read, self.splits, self.training.cache, room)

    def _read(self, example: Example) -> np.ndarray:
        return read_features(read_audio(readable(example.source)), self.preprocessing)
