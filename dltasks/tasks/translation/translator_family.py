"""Our own family: a vocabulary, a lexicon and a network that are learned from the pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dltasks.data.examples import Example, Languages, Splits
from dltasks.data.feeding.sharding import Shard
from dltasks.tasks.base import BuiltNetwork, Say, TrainingPlan
from dltasks.tasks.bases import origin_of, refuse_changes, refuse_unused
from dltasks.tasks.translation.config import TranslationConfig, TranslatorConfig
from dltasks.tasks.translation.lexicon import build_lexicon
from dltasks.tasks.translation.preparing import Direction, Pair, make_directions
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError
from pipelines.search.graph_decoder import pad
from pipelines.search.pieces import BEGIN
from pipelines.translation.names import Lexicon, read_lexicon, write_lexicons
from pipelines.translation.pieces import TranslationPieces, frame_source
from pipelines.translation.translator_family import ENCODER_FILE, PIECES_FILE, STEP_FILE

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport


class TranslatorTraining:
    """Plans, rebuilds and exports the networks of our own family."""

    training_defaults: ClassVar[TrainingConfig] = TrainingConfig(
        epochs=20,
        batch_size=128,
        learning_rate=2e-3,
        weight_decay=0.0,
        warm_up=0.05,
        average=0.999,
    )

    def languages(self, config: TranslationConfig, base: Bundle | None) -> Languages:
        """Name the languages of the two sides of the data; see `Task.languages`."""
        return config.source, config.target

    def prepare(self, config: TranslationConfig, base: Bundle | None) -> None:
        """Refuse settings that a base has fixed, or that have no effect without one.

        Raises:
            ConfigurationError: names the first.
        """
        if base is None:
            refuse_unused(config, ["new_vocabulary"], "without --base")
        else:
            _refuse_other_network(config, base)

    def plan(
        self,
        splits: Splits,
        config: TranslationConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
        base: Bundle | None,
    ) -> TrainingPlan:
        """Learn vocabulary and lexicons, or take the base's, and plan; see `Task.plan`."""
        from dltasks.tasks.translation.recipe import TranslationRecipe

        known = None if config.new_vocabulary else base
        directions = _make_directions(splits, config, known)
        prepared = {
            item.target: item.prepare_for_training(splits.train, config.marked, training.seed)
            for item in directions
        }
        model = known.read(PIECES_FILE) if known else _learn_pieces(prepared, config)
        pieces = TranslationPieces(model, origin=PIECES_FILE)
        network_config = _choose_network(config, base, len(pieces))
        network = _build(network_config, base, pieces)
        say(
            f"{len(splits.train)} pairs to train on, {len(pieces)} pieces, "
            f"{network.count_params() / 1e6:.1f} million weights"
        )
        recipe = TranslationRecipe(
            network, pieces, directions, prepared, splits, config, training, shard, say
        )
        lexicons = {item.source: item.keeper.lexicon for item in directions}
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
        """Rebuild a network; see `Task.build_network`."""
        from dltasks.tasks.translation.network import build_network

        return build_network(TranslatorConfig.from_dict(config, "bundle's config"))

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        """Name the graphs to export, the step with inputs from within a sentence; see
        `Task.graphs`."""
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


def _make_directions(
    splits: Splits, config: TranslationConfig, known: Bundle | None
) -> list[Direction]:
    """Describe the directions, with the lexicons of a bundle, or with new ones."""
    codes = (config.source, config.target)
    if known:
        lexicons = {code: read_lexicon(known, code) for code in codes}
    else:
        lexicons = _learn_lexicons(splits.train, config)
    return make_directions(*codes, lexicons, both=config.both_directions)


def _build(config: TranslatorConfig, base: Bundle | None, pieces: TranslationPieces) -> keras.Model:
    """Build the network, with the weights of the base where there is one."""
    from dltasks.tasks.translation.network import build_network
    from dltasks.tasks.translation.weights import copy_weights

    network = build_network(config)
    if base:
        copy_weights(base, network, read_pieces(base), pieces)
    return network


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
