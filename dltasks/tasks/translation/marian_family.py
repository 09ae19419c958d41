"""The family "marian": published translators, rebuilt from a bundle, trained further, exported."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from dltasks.data.examples import Languages, Splits
from dltasks.data.feeding.sharding import Shard
from dltasks.tasks.base import BuiltNetwork, Say, TrainingPlan
from dltasks.tasks.bases import origin_of, refuse_unused
from dltasks.tasks.translation.config import TranslationConfig
from dltasks.tasks.translation.marian_config import MarianConfig
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError
from pipelines.search.graph_decoder import pad
from pipelines.translation.languages import find_direction, language_of
from pipelines.translation.marian_decoding import name_heard
from pipelines.translation.marian_family import ENCODER_FILE, STEP_FILE, MarianFamily

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport

# Settings that also count where a base is trained further.
USED = ("base", "source", "target", "both_directions", "max_pieces", "label_smoothing")
# Where weights have 8 bits: of the encoder's largest value, and the probability that the step would
# draw another piece.
MOST_DIFFERENCE = 0.05
ASSETS = ("source.spm", "target.spm", "vocab.json", "target_vocab.json")


class MarianTraining:
    """Plans, rebuilds and exports the networks of the family "marian"."""

    training_defaults: ClassVar[TrainingConfig] = TrainingConfig(
        epochs=3, batch_size=32, learning_rate=3e-5, weight_decay=0.0, warm_up=0.05, clip_norm=1.0
    )

    def languages(self, config: TranslationConfig, base: Bundle | None) -> Languages:
        """Name the languages of the two sides of the data; see `Task.languages`."""
        source, target = choose_direction(config, _given(base))
        return language_of(source), language_of(target)

    def prepare(self, config: TranslationConfig, base: Bundle | None) -> None:
        """Refuse settings that a base has fixed.

        Raises:
            ConfigurationError: names the first.
        """
        unused = [name for name in config.names() if name not in USED]
        refuse_unused(config, unused, "on a --base, which has its own")
        choose_direction(config, _given(base))

    def plan(
        self,
        splits: Splits,
        config: TranslationConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
        base: Bundle | None,
    ) -> TrainingPlan:
        """Rebuild the base's network and plan its further training; see `Task.plan`."""
        from dltasks.export.weights import load_weights
        from dltasks.tasks.translation.marian_network import build_marian
        from dltasks.tasks.translation.marian_recipe import MarianRecipe

        base = _given(base)
        source, target = choose_direction(config, base)
        network_config = MarianConfig.from_dict(base.config, "bundle's config")
        parts = build_marian(network_config)
        load_weights(base, parts.whole)
        say(
            f"{len(splits.train)} pairs to train on, {source} to {target}, "
            f"{parts.whole.count_params() / 1e6:.1f} million weights"
        )
        translator = MarianFamily(base, target)
        recipe = MarianRecipe(
            parts.whole,
            translator.pieces,
            (),
            {},
            splits,
            config,
            training,
            shard,
            say,
            parts=parts,
            network_config=network_config,
            translator=translator,
        )
        targets = list(base.preprocessing["targets"])
        targets.sort(key=lambda code: code != target)  # what was trained comes first
        built = BuiltNetwork(
            network=parts.whole,
            config=network_config.to_dict(),
            preprocessing={**base.preprocessing, "targets": targets},
            assets={file: base.read(file) for file in ASSETS if file in base.files},
            **origin_of(base),
            training_data=f"{base.training_data}; then {len(splits.train)} pairs of sentences",
        )
        return TrainingPlan(built, recipe.stages())

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        """Rebuild a network; see `Task.build_network`."""
        from dltasks.tasks.translation.marian_network import build_marian

        return build_marian(MarianConfig.from_dict(config, "bundle's config")).whole

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        """Name the graphs to export, the step with inputs from within a sentence; see
        `Task.graphs`."""
        import numpy as np

        from dltasks.export.graphs import KerasGraph
        from dltasks.export.smaller import choice_difference, relative_difference
        from dltasks.tasks.translation.marian_network import build_marian

        config = MarianConfig.from_dict(bundle.config, "bundle's config")
        parts = build_marian(config)
        parts.whole.set_weights(network.get_weights())
        translator = MarianFamily(bundle, MarianFamily.directions(bundle)[0][1])
        pieces = [translator.pieces.encode(text)[: translator.longest] for text in sources]
        source = pad([translator.frame(row) for row in pieces], config.padding)
        heard = KerasGraph(parts.encoder).run(source=source)
        inputs = {
            "source": source,
            "piece": np.full(len(source), config.begin, np.int32),
            "state": np.zeros(
                (len(source), 2 * config.decoder_layers, 0, config.width), np.float32
            ),
            **dict(zip(name_heard(config.decoder_layers), heard, strict=True)),
        }
        scores, state, _ = KerasGraph(parts.step).run(**inputs)
        following = {**inputs, "piece": scores.argmax(axis=1).astype(np.int32), "state": state}
        return [
            _export(ENCODER_FILE, parts.encoder, {"source": source}, relative_difference),
            _export(STEP_FILE, parts.step, following, choice_difference),
        ]


def _given(base: Bundle | None) -> Bundle:
    assert base is not None  # only a base is of this family
    return base


def choose_direction(config: TranslationConfig, base: Bundle) -> tuple[str, str]:
    """Choose what is trained of what a base can do.

    Raises:
        ConfigurationError: it does not translate between the languages of the settings.
    """
    directions = MarianFamily.directions(base)
    found = find_direction(directions, config.source, config.target)
    defaults = TranslationConfig()
    is_default = (config.source, config.target) == (defaults.source, defaults.target)
    if found is None and is_default and len(directions) == 1:
        return directions[0]
    if found is None:
        sources, targets = base.preprocessing["sources"], base.preprocessing["targets"]
        raise ConfigurationError(
            f"base {base.name!r} does not translate {config.source} to {config.target}; choose "
            f"--source from {', '.join(sources)} and --target from {', '.join(targets)}"
        )
    return found


def _export(file: str, model: keras.Model, inputs: dict[str, Any], difference: Any) -> GraphExport:
    """Name a graph, to be stored with weights of 8 bits where it still agrees.

    What is computed stays float32: bytes would be scaled by the largest value of a batch, so that
    sentences would change each other.
    """
    from dltasks.export.graphs import GraphExport
    from dltasks.export.quantisation import shrink
    from dltasks.export.smaller import make_smaller

    smaller = partial(
        make_smaller, ways=[shrink], inputs=inputs, difference=difference, most=MOST_DIFFERENCE
    )
    return GraphExport(file, model, inputs, relative=True, make_smaller=smaller)
