"""The recipe: one stage on contiguous streams, the state carried from window to window."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dltasks.data.examples import Example
from dltasks.data.texts import LEAST_CHARACTERS, Passage, too_few_characters
from dltasks.tasks.text_generation.carried import CarriedState
from dltasks.tasks.text_generation.config import TextGenerationConfig
from dltasks.tasks.text_generation.samples import write_sample
from dltasks.tasks.text_generation.streams import (
    Symbols,
    TrainingStreams,
    ValidationStreams,
    write_symbols,
)
from dltasks.training.config import TrainingConfig
from dltasks.training.trainer import Stage, StagePlan
from pipelines.errors import ConfigurationError
from pipelines.text_generation.vocabularies import Vocabulary

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class GenerationRecipe:
    """Everything that the stage is made of."""

    network: keras.Model
    vocabulary: Vocabulary
    train: Symbols
    valid: Symbols
    config: TextGenerationConfig
    training: TrainingConfig
    say: Callable[[str], None]

    def stages(self) -> list[StagePlan]:
        """Plan the one stage."""
        training = self.training
        return [StagePlan("network", training.epochs, training.learning_rate, self.build_stage)]

    def build_stage(self, epochs_done: int, steps_done: int) -> Stage:
        """Read the training text on from a step; the loss is in nats a symbol."""
        from dltasks.networks.losses import NextTokenLoss

        streams, valid = self._streams, self._valid_streams
        model = CarriedState(self.network, streams.rows + valid.rows)
        return Stage(
            model=model,
            train=streams.batches(epochs_done * streams.steps_per_epoch + steps_done),
            valid=valid.batches(),
            steps_per_epoch=streams.steps_per_epoch,
            loss=NextTokenLoss(),
            metrics=[],
            measure=lambda: self.measure(model),
            carried=[model.table],
        )

    def measure(self, model: keras.Model) -> dict[str, float]:
        """Say what the loss of the validation just done means, and show what the network writes."""
        loss = float(model.get_metrics_result()["loss"])
        if self.config.sample:
            text = write_sample(
                self.network, self.vocabulary, self.config.sample, self.training.seed
            )
            self.say(f"sample: {text}")
        symbols = len(self.valid.numbers) - 1
        return {
            "val_bits_per_character": loss * symbols / self.valid.characters / math.log(2),
            "val_perplexity": math.exp(min(loss, 100.0)),
        }

    @cached_property
    def _streams(self) -> TrainingStreams:
        training = self.training
        return TrainingStreams(
            self.train.numbers, training.batch_size, self.config.window, training.seed
        )

    @cached_property
    def _valid_streams(self) -> ValidationStreams:
        rows = self.training.batch_size
        return ValidationStreams(self.valid.numbers, rows, rows, self.config.window)


def read_symbols(examples: tuple[Example, ...], vocabulary: Vocabulary) -> Symbols:
    """Encode the texts of a split."""
    return write_symbols((item for item in examples if isinstance(item, Passage)), vocabulary)


def check_enough(train: Symbols) -> None:
    """Refuse a text of which nothing can be learned.

    Raises:
        ConfigurationError: it is too short.
    """
    if train.characters < LEAST_CHARACTERS:
        raise ConfigurationError(too_few_characters(train.characters))
