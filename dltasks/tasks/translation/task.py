"""Translation: data, training, export and evaluation."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.examples import Example, Languages, Splits, take_groups
from dltasks.data.feeding.sharding import Shard
from dltasks.data.pairs import check_pair, read_pairs
from dltasks.evaluation.translation import (
    Direction,
    TranslationReport,
    group_references,
    measure,
)
from dltasks.tasks.base import BuiltNetwork, Say, Task, TrainingPlan
from dltasks.tasks.bases import find_base, origin_of, refuse_changes
from dltasks.tasks.translation.config import TranslationConfig, TranslatorConfig
from dltasks.tasks.translation.families import FAMILIES, family_named, family_of
from dltasks.tasks.translation.lexicon import build_lexicon
from dltasks.tasks.translation.marian_family import choose_direction
from dltasks.tasks.translation.preparing import Pair, make_directions
from dltasks.training.config import TrainingConfig
from pipelines.base import Failure
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError
from pipelines.search.graph_decoder import pad
from pipelines.search.pieces import BEGIN
from pipelines.translation.languages import language_of
from pipelines.translation.names import Lexicon, read_lexicon, write_lexicons
from pipelines.translation.pieces import TranslationPieces, frame_source
from pipelines.translation.pipeline import Translation
from pipelines.translation.translator_family import ENCODER_FILE, PIECES_FILE, STEP_FILE

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport
    from dltasks.opus_mt import PublishedTranslator


class TranslationTask(Task):
    """Translate sentences."""

    name = "translation"
    config_class = TranslationConfig
    training_defaults = TrainingConfig(
        epochs=20,
        batch_size=128,
        learning_rate=2e-3,
        weight_decay=0.0,
        warm_up=0.05,
        average=0.999,
    )
    suffixes = frozenset()
    half_precision = True
    take_validation = staticmethod(take_groups)

    def defaults_for(self, config: TranslationConfig) -> TrainingConfig:
        family = family_named(config.base)
        return FAMILIES[family].training_defaults if family in FAMILIES else self.training_defaults

    def read_examples(self, location: str) -> list[Example]:
        return read_pairs(location)

    def content(self, example: Example) -> bytes:
        return f"{example.source}\t{example.target}".encode(errors="surrogatepass")

    def category(self, example: Example) -> str:
        return ""

    def place(self, example: Example) -> str:
        return example.origin

    def languages(self, config: TranslationConfig) -> Languages | None:
        base = find_base(config.base, self.name)
        if base and family_of(base.config):
            source, target = choose_direction(config, base)
            return language_of(source), language_of(target)
        return super().languages(config)

    def check_example(self, example: Example) -> None:
        check_pair(example)

    def prepare(self, config: TranslationConfig) -> None:
        base = find_base(config.base, self.name)
        if base and family_of(base.config):
            FAMILIES[family_of(base.config)].prepare(config, base)

    def plan(
        self,
        splits: Splits,
        config: TranslationConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
    ) -> TrainingPlan:
        base = find_base(config.base, self.name)
        if base and (family := family_of(base.config)):
            return FAMILIES[family].plan(splits, config, training, shard, say, base)
        from dltasks.tasks.translation.network import build_network
        from dltasks.tasks.translation.recipe import TranslationRecipe
        from dltasks.tasks.translation.weights import copy_weights

        if base:
            _refuse_other_network(config, base)
        known = base if base and not config.new_vocabulary else None
        lexicons = (
            {code: read_lexicon(known, code) for code in (config.source, config.target)}
            if known
            else _learn_lexicons(splits.train, config)
        )
        directions = make_directions(
            config.source, config.target, lexicons, both=config.both_directions
        )
        prepared = {
            item.target: item.prepare_for_training(splits.train, config.marked, training.seed)
            for item in directions
        }
        model = known.read(PIECES_FILE) if known else _learn_pieces(prepared, config)
        pieces = TranslationPieces(model, origin=PIECES_FILE)
        network_config = _choose_network(config, base, len(pieces))
        network = build_network(network_config)
        if base:
            copy_weights(base, network, read_pieces(base), pieces)
        say(
            f"{len(splits.train)} pairs to train on, {len(pieces)} pieces, "
            f"{network.count_params() / 1e6:.1f} million weights"
        )
        recipe = TranslationRecipe(
            network, pieces, directions, prepared, splits, config, training, shard, say
        )
        built = BuiltNetwork(
            network=network,
            config=network_config.to_dict(),
            preprocessing=_preprocessing(config),
            assets={PIECES_FILE: model, **write_lexicons(lexicons)},
            **origin_of(base),
            training_data=f"{len(splits.train)} pairs of sentences",
        )
        return TrainingPlan(built, recipe.stages())

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        if family := family_of(config):
            return FAMILIES[family].build_network(config)
        from dltasks.tasks.translation.network import build_network

        return build_network(TranslatorConfig.from_dict(config, "bundle's config"))

    def convert_published(self, published: PublishedTranslator, weights: Path) -> BuiltNetwork:
        from dltasks.tasks.translation.marian_published import convert

        return convert(published, weights)

    def example_input(self, source: str) -> tuple[str, bytes]:
        return ".txt", source.encode()

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        if family := family_of(bundle.config):
            return FAMILIES[family].graphs(network, sources, bundle)
        from dltasks.export.graphs import GraphExport
        from dltasks.export.quantisation import shrink
        from dltasks.tasks.translation.network import build_encoder, build_step

        encoder, step = build_encoder(network), build_step(network)
        batch = _read_sources(sources, bundle)
        rows = len(batch)
        memory = encoder(batch).numpy()
        state = np.zeros((rows, memory.shape[1], memory.shape[3]), np.float32)
        piece = np.full(rows, BEGIN, np.int32)
        _, state, _ = step([batch, memory, piece, state])  # a state as it is within a sentence
        inputs = {"source": batch, "memory": memory, "piece": piece, "state": state.numpy()}
        return [
            GraphExport(ENCODER_FILE, encoder, {"source": batch}),
            GraphExport(
                STEP_FILE, step, inputs, relative=True, make_smaller=shrink, only_rounded=True
            ),
        ]

    def evaluate(
        self, pipeline: Translation, examples: Sequence[Example], batch_size: int | None
    ) -> TranslationReport:
        first = (pipeline.source, pipeline.target)
        back = (pipeline.target, pipeline.source)
        directions = [
            self._measure(pipeline.between(*pair), examples, batch_size, turned=pair != first)
            for pair in (first, back)
            if pair in pipeline.directions
        ]
        return TranslationReport(tuple(directions))

    def _measure(
        self,
        pipeline: Translation,
        examples: Sequence[Example],
        batch_size: int | None,
        *,
        turned: bool,
    ) -> Direction:
        """Translate every source sentence once, and compare with all its translations."""
        references = group_references(examples, turned=turned)
        started = time.monotonic()
        results = pipeline.stream(list(references), batch_size=batch_size, on_error="return")
        said = [None if isinstance(item, Failure) else item.text for item in results]
        return measure(
            f"{pipeline.source}-{pipeline.target}",
            list(references),
            said,
            list(references.values()),
            seconds=time.monotonic() - started,
        )


def _learn_lexicons(examples: Sequence[Example], config: TranslationConfig) -> dict[str, Lexicon]:
    pairs = [(item.source, item.target) for item in examples]
    turned = [(target, source) for source, target in pairs]
    return {config.source: build_lexicon(pairs), config.target: build_lexicon(turned)}


def _learn_pieces(prepared: Mapping[str, Sequence[Pair]], config: TranslationConfig) -> bytes:
    from dltasks.tasks.translation.vocabulary import learn_pieces

    sentences = (text for pair in prepared[config.target] for text in pair)
    return learn_pieces(sentences, (config.source, config.target), config.vocabulary)


def _refuse_other_network(config: TranslationConfig, base: Bundle) -> None:
    """Refuse settings that contradict what the base has fixed."""
    known = TranslatorConfig.from_dict(base.config, "bundle's config")
    fixed: dict[str, Any] = {"encoder": known.encoder, "size": None}
    if not config.new_vocabulary:
        fixed["vocabulary"] = known.vocabulary
    refuse_changes(config, fixed)
    there = [list(pair) for pair in base.preprocessing.get("directions", [])]
    for wanted in _preprocessing(config)["directions"]:
        if wanted not in there:
            raise ConfigurationError(
                f"base {base.name!r} does not translate {wanted[0]} to {wanted[1]}; "
                "name the languages of the data with --source and --target, or another base"
            )


def _choose_network(
    config: TranslationConfig, base: Bundle | None, pieces: int
) -> TranslatorConfig:
    """Take the size of the base, where there is one."""
    if base is None:
        return config.network(pieces)
    known = TranslatorConfig.from_dict(base.config, "bundle's config")
    return replace(known, vocabulary=pieces, dropout=config.dropout)


def read_pieces(bundle: Bundle) -> TranslationPieces:
    """Read the vocabulary of a bundle."""
    return TranslationPieces(bundle.read(PIECES_FILE), origin=str(bundle.path / PIECES_FILE))


def _read_sources(sources: Sequence[str], bundle: Bundle) -> np.ndarray:
    """Give texts as the encoder takes them: int32 [text, source]."""
    pieces = read_pieces(bundle)
    language = pieces.language(bundle.preprocessing["directions"][0][1])
    return pad([frame_source(pieces.encode(text), language) for text in sources])


def _preprocessing(config: TranslationConfig) -> dict[str, Any]:
    """Say what `pipelines.translation.pipeline` needs to know."""
    other = {config.source: config.target, config.target: config.source}
    return {
        "directions": [[other[target], target] for target, _ in config.directions],
        "longest": config.max_pieces,
    }


TASK = TranslationTask()
