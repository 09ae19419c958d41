"""Text generation: data, training, export and evaluation."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.examples import Example, Splits
from dltasks.data.feeding.sharding import Shard
from dltasks.data.texts import (
    SUFFIXES,
    Passage,
    check_text,
    chunks,
    read_texts,
    take_tails,
    text_digest,
)
from dltasks.evaluation.text import LikelihoodReport
from dltasks.tasks.base import BuiltNetwork, Say, Task, TrainingPlan
from dltasks.tasks.bases import find_base, origin_of, refuse_changes
from dltasks.tasks.text_generation.config import SIZES, GeneratorConfig, Size, TextGenerationConfig
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError, InputError
from pipelines.text_generation.pipeline import TextGeneration
from pipelines.text_generation.vocabularies import BOUNDARY, Vocabulary, read_vocabulary

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport

PROMPT_CHARACTERS = 100  # of a text of the validation split: the bundle's example
COMPARED_SYMBOLS = 64  # of each text on which graph and Keras are compared
UNKNOWN_SHOWN = 10


class TextGenerationTask(Task):
    """Write text."""

    name = "text-generation"
    config_class = TextGenerationConfig
    training_defaults = TrainingConfig(
        epochs=20,
        batch_size=64,
        learning_rate=2e-3,
        weight_decay=0.01,
        warm_up=0.05,
        average=0.998,
    )
    suffixes = SUFFIXES
    half_precision = True
    take_validation = staticmethod(take_tails)

    def passed_over(self, location: str, examples: Sequence[Example]) -> list[str]:
        return []  # a location may have options, and texts stand beside tables

    def read_examples(self, location: str) -> list[Example]:
        return list(read_texts(location))

    def content(self, example: Example) -> bytes:
        return text_digest(_passage(example))

    def categories(self, example: Example) -> Sequence[str]:
        return ("",)

    def place(self, example: Example) -> str:
        return _passage(example).place

    def check_example(self, example: Example) -> None:
        check_text(_passage(example))

    def prepare(self, config: TextGenerationConfig) -> None:
        if base := find_base(config.base, self.name):
            known = GeneratorConfig.from_dict(base.config, "bundle's config")
            shape = Size(known.layers, known.width, known.embedding)
            size = next((name for name, item in SIZES.items() if item == shape), "")
            unit = base.preprocessing.get("unit")
            refuse_changes(config, {"unit": unit, "size": size, "residual": known.residual})

    def plan(
        self,
        splits: Splits,
        config: TextGenerationConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
    ) -> TrainingPlan:
        from dltasks.tasks.text_generation.learning import learn_vocabulary, vocabulary_files
        from dltasks.tasks.text_generation.network import build_network
        from dltasks.tasks.text_generation.recipe import (
            GenerationRecipe,
            check_enough,
            read_symbols,
        )
        from dltasks.tasks.text_generation.weights import copy_weights

        _check_alone(shard)
        base = find_base(config.base, self.name)
        passages = [_passage(item) for item in splits.train]
        known = read_vocabulary(base) if base else None
        vocabulary = learn_vocabulary(passages, config, known)
        train = read_symbols(splits.train, vocabulary)
        check_enough(train)
        _tell_unknown(splits, vocabulary, say)
        network_config = _choose_network(config, base, len(vocabulary))
        network = build_network(network_config)
        if base:
            copy_weights(base, network)
        say(
            f"{train.characters} characters to train on, {len(vocabulary)} symbols, "
            f"{network.count_params() / 1e6:.1f} million weights"
        )
        valid = read_symbols(splits.valid, vocabulary)
        recipe = GenerationRecipe(network, vocabulary, train, valid, config, training, say)
        built = BuiltNetwork(
            network=network,
            config=network_config.to_dict(),
            preprocessing={"unit": vocabulary.unit},
            assets=vocabulary_files(vocabulary),
            **origin_of(base),
            training_data=f"{train.characters} characters of text",
        )
        return TrainingPlan(built, recipe.stages())

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        from dltasks.tasks.text_generation.network import build_network

        return build_network(GeneratorConfig.from_dict(config, "bundle's config"))

    def example_input(self, source: str) -> tuple[str, bytes]:
        return ".txt", _first_characters(source).encode("utf-8", "replace")

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        from dltasks.export.graphs import GraphExport
        from dltasks.tasks.text_generation.network import build_runner, empty_state

        runner, vocabulary = build_runner(network), read_vocabulary(bundle)
        pieces = np.full((len(sources), COMPARED_SYMBOLS), BOUNDARY, np.int32)
        for row, source in zip(pieces, sources, strict=True):
            numbers = vocabulary.encode(_first_characters(source))[: COMPARED_SYMBOLS - 1]
            row[1 : 1 + len(numbers)] = numbers
        _, state = runner(
            [pieces, empty_state(network, len(sources))]
        )  # a state as it is within a text
        return [GraphExport("model.onnx", runner, {"pieces": pieces, "state": state.numpy()})]

    def evaluate(
        self, pipeline: TextGeneration, examples: Sequence[Example], batch_size: int | None
    ) -> LikelihoodReport:
        started = time.monotonic()
        nats, symbols, characters, texts, skipped = 0.0, 0, 0, 0, 0
        unknown: Counter[str] = Counter()
        for example in examples:
            counted = [0]
            try:
                parts = _encode(_passage(example), pipeline.vocabulary, counted, unknown)
                found = [
                    (float(part.sum(dtype=np.float64)), len(part))
                    for part in pipeline.log_probabilities(parts)
                ]
            except InputError:
                skipped += 1
                continue
            nats -= sum(total for total, _ in found)
            symbols += sum(count for _, count in found)
            characters += counted[0]
            texts += 1
        if not symbols:
            raise ConfigurationError("no text could be read; run `dltasks data check` to see why")
        return LikelihoodReport(
            nats,
            symbols,
            characters,
            texts,
            dict(unknown.most_common()),
            seconds=time.monotonic() - started,
            skipped=skipped,
        )


def _encode(
    passage: Passage, vocabulary: Vocabulary, counted: list[int], unknown: Counter[str]
) -> Iterator[np.ndarray]:
    """Encode a text in parts; count its characters, and those that are unknown."""
    for part in chunks(passage):
        counted[0] += len(part)
        for character in vocabulary.unknown_in(part):
            unknown[character] += part.count(character)
        yield vocabulary.encode(part)


def _passage(example: Example) -> Passage:
    assert isinstance(example, Passage)  # `read_texts` makes no others
    return example


def _first_characters(source: str) -> str:
    """Give the beginning of a text that is a file, or is the source itself."""
    from dltasks.data.texts import read_beginning

    return read_beginning(source, PROMPT_CHARACTERS)


def _choose_network(
    config: TextGenerationConfig, base: Bundle | None, vocabulary: int
) -> GeneratorConfig:
    """Take the size of the base, where there is one."""
    wanted = config.network(vocabulary)
    if base is None:
        return wanted
    known = GeneratorConfig.from_dict(base.config, "bundle's config")
    return replace(
        known,
        vocabulary=vocabulary,
        dropout=wanted.dropout,
        weight_dropout=wanted.weight_dropout,
        symbol_dropout=wanted.symbol_dropout,
    )


def _check_alone(shard: Shard) -> None:
    import tensorflow as tf

    if shard.count > 1 or tf.distribute.get_strategy().num_replicas_in_sync > 1:
        raise ConfigurationError("text generation trains on one device only; use --devices 1")


def _tell_unknown(splits: Splits, vocabulary: Vocabulary, say: Say) -> None:
    counts: Counter[str] = Counter()
    for item in splits.valid:
        for part in chunks(_passage(item)):
            for character in vocabulary.unknown_in(part):
                counts[character] += part.count(character)
    if counts:
        shown = ", ".join(f"{symbol!r} {n}" for symbol, n in counts.most_common(UNKNOWN_SHOWN))
        say(
            f"characters of the validation text that the training text lacks: {shown}; they count "
            "as unknown"
        )


TASK = TextGenerationTask()
