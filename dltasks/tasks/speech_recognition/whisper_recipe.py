"""The recipe for fine-tuning Whisper: one stage, the likelihood of the next token.

A recording is one segment from its first moment to its last, as it is when a window is transcribed
with times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.examples import Example, Splits
from dltasks.data.feeding import steps
from dltasks.data.feeding.cache import DecodedCache
from dltasks.data.feeding.lengths import stage_order
from dltasks.data.feeding.room import Room
from dltasks.data.feeding.sharding import Shard
from dltasks.data.recordings import count_frames
from dltasks.data.remote import readable
from dltasks.networks.losses import PADDING, NextTokenLoss
from dltasks.tasks.speech_recognition.config import SpeechRecognitionConfig
from dltasks.training.config import TrainingConfig
from dltasks.training.trainer import Stage, StagePlan
from pipelines.audio import HOP, SAMPLE_RATE_HZ, read_audio
from pipelines.speech_recognition.whisper_family import FRAMES_A_POSITION, whisper_features
from pipelines.speech_recognition.whisper_tokens import SECONDS_A_TIMESTAMP, WhisperTokens

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from dltasks.tasks.speech_recognition.config import WhisperConfig


@dataclass(frozen=True)
class WhisperRecipe:
    """Everything that the stage is made of."""

    network: keras.Model
    network_config: WhisperConfig
    tokens: WhisperTokens
    language: str
    splits: Splits
    config: SpeechRecognitionConfig
    training: TrainingConfig
    shard: Shard
    say: Callable[[str], None]

    def stages(self) -> list[StagePlan]:
        """Plan the one stage."""
        training = self.training
        return [StagePlan("network", training.epochs, training.learning_rate, self.build_stage)]

    def build_stage(self, epochs_done: int, steps_done: int) -> Stage:
        """Fit the network on recordings and their texts."""
        train, batch_size = self.splits.train, self.training.batch_size
        order, per_epoch = stage_order(
            len(train),
            batch_size=batch_size,
            seed=self.training.seed,
            shard=self.shard,
            epochs_done=epochs_done,
            steps_done=steps_done,
        )
        valid_order = steps.plain_order(len(self.splits.valid), self.shard)
        return Stage(
            model=self.network,
            train=self.batches(order, train, drop_remainder=True),
            valid=self.batches(valid_order, self.splits.valid),
            steps_per_epoch=per_epoch,
            loss=NextTokenLoss(each="text"),
            metrics=[],
        )

    def batches(
        self, order: tf.data.Dataset, examples: Sequence[Example], *, drop_remainder: bool = False
    ) -> tf.data.Dataset:
        """Give batches ({mel, tokens}, targets): what is heard and written, and what comes next."""
        import tensorflow as tf

        shape = [self._frames, self.network_config.mel_bands]
        batches = steps.fetch_batches(
            order,
            DecodedCache(self._decoder(examples), self.training.cache, room=self._room),
            tf.TensorSpec(shape, tf.float32),
            self.token_table(examples),
            self.training.batch_size,
            drop_remainder=drop_remainder,
        )

        def part(mel: Any, rows: Any, positions: Any) -> Any:
            tokens, targets = rows[:, 0, :-1], rows[:, 1, 1:]
            return {"mel": mel, "tokens": tokens}, targets

        return steps.read_ahead(batches.map(part))

    def token_table(self, examples: Sequence[Example]) -> np.ndarray:
        """Give int32 [example, 2, tokens]: all tokens; and those that count, others PADDING."""
        rows = [self.spell(example) for example in examples]
        longest = max(len(row) for row, _ in rows)
        table = np.full((len(rows), 2, longest), PADDING, np.int32)
        table[:, 0] = self.tokens.end
        for place, (row, opening) in zip(table, rows, strict=True):
            place[0, : len(row)] = row
            place[1, opening : len(row)] = row[opening:]
        return table

    def spell(self, example: Example) -> tuple[list[int], int]:
        """Give the tokens of an example, and how many of them the decoder is told."""
        tokens = self.tokens
        opening = tokens.opening(self.language, translate=False)
        seconds = count_frames(example) * HOP / SAMPLE_RATE_HZ
        last = tokens.first_timestamp + round(seconds / SECONDS_A_TIMESTAMP)
        text = tokens.encode(f" {example.target}")
        room = self.network_config.text_positions - len(opening) - 3
        row = [*opening, tokens.first_timestamp, *text[:room], last, tokens.end]
        return row, len(opening)

    @property
    def _frames(self) -> int:
        return FRAMES_A_POSITION * self.network_config.audio_positions

    @cached_property
    def _room(self) -> Room:
        return Room(self.training.cache_gigabytes, self.say)

    def _decoder(self, examples: Sequence[Example]) -> Callable[[int], Any]:
        bands, frames = self.network_config.mel_bands, self._frames

        def decode(index: int) -> np.ndarray:
            samples = read_audio(readable(examples[index].source))[: frames * HOP]
            return whisper_features(samples, frames, bands)

        return decode
