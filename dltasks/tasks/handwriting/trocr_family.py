"""The family "trocr": published readers, rebuilt from a bundle, trained further, exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dltasks.data.examples import Example, Splits
from dltasks.data.feeding.sharding import Shard
from dltasks.data.remote import readable
from dltasks.tasks.base import BuiltNetwork, Say, TrainingPlan
from dltasks.tasks.bases import origin_of, refuse_unused
from dltasks.tasks.handwriting.config import HandwritingConfig
from dltasks.tasks.handwriting.trocr_config import TrocrConfig
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError
from pipelines.handwriting.trocr_decoding import name_seen
from pipelines.handwriting.trocr_family import ENCODER_FILE, STEP_FILE, TrocrFamily
from pipelines.handwriting.trocr_pictures import read_square
from pipelines.handwriting.trocr_pieces import PIECES_FILE, TOKENIZER_FILE, UNKNOWN
from pipelines.handwriting.trocr_settings import TrocrPreprocessing

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport

USED = ("base", "augment")  # of the settings
# Where weights have 8 bits: of the encoder's largest value, and the probability that the step would
# draw another piece.
MOST_DIFFERENCE = 0.05


class TrocrTraining:
    """See `dltasks.tasks.handwriting.families.Family`."""

    # As the published models were trained further on handwriting: Li et al. 2021, section 4.2.
    training_defaults: ClassVar[TrainingConfig] = TrainingConfig(
        epochs=10, batch_size=8, learning_rate=2e-5, weight_decay=0.0001, warm_up=0.1, clip_norm=1.0
    )

    def prepare(self, config: HandwritingConfig, base: Bundle | None) -> None:
        """Refuse settings that a TrOCR does not use.

        Raises:
            ConfigurationError: names the first.
        """
        refuse_unused(config, [name for name in config.names() if name not in USED], "on a TrOCR")

    def plan(
        self,
        splits: Splits,
        config: HandwritingConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
        base: Bundle | None,
    ) -> TrainingPlan:
        """Rebuild the base's network and plan its further training; see `Task.plan`."""
        from dltasks.export.weights import load_weights
        from dltasks.tasks.handwriting.trocr_network import build_trocr
        from dltasks.tasks.handwriting.trocr_recipe import TrocrRecipe

        assert base is not None  # a TrOCR never starts anew
        network_config = TrocrConfig.from_dict(base.config, "bundle's config")
        reader = TrocrFamily(base)
        splits = leave_unwritable_out(splits, reader, say)
        parts = build_trocr(network_config)
        load_weights(base, parts.whole)
        say(
            f"{len(splits.train)} lines to train on, "
            f"{parts.whole.count_params() / 1e6:.1f} million weights"
        )
        recipe = TrocrRecipe(parts, reader, splits, config.augment, training, shard, say)
        files = [file for file in (PIECES_FILE, TOKENIZER_FILE) if file in base.files]
        built = BuiltNetwork(
            network=parts.whole,
            config=network_config.to_dict(),
            preprocessing=base.preprocessing,
            assets={file: base.read(file) for file in files},
            **origin_of(base),
            training_data=f"{base.training_data}; then {len(splits.train)} lines",
        )
        return TrainingPlan(built, recipe.stages())

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        from dltasks.tasks.handwriting.trocr_network import build_trocr

        return build_trocr(TrocrConfig.from_dict(config, "bundle's config")).whole

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        """Name the graphs to export, the step with inputs from within a line; see `Task.graphs`."""
        from dltasks.export.graphs import KerasGraph
        from dltasks.export.smaller import choice_difference, relative_difference
        from dltasks.tasks.handwriting.trocr_network import build_trocr

        config = TrocrConfig.from_dict(bundle.config, "bundle's config")
        parts = build_trocr(config)
        parts.whole.set_weights(network.get_weights())
        preprocessing = bundle.read_preprocessing(TrocrPreprocessing)
        image = np.stack([read_square(readable(source), preprocessing) for source in sources])
        seen = KerasGraph(parts.encoder).run(image=image)
        layers = config.decoder_layers
        inputs = {
            "piece": np.full(len(image), config.begin, np.int32),
            "state": np.zeros((len(image), 2 * layers, 0, config.width), np.float32),
            **dict(zip(name_seen(layers), seen, strict=True)),
        }
        scores, state, _ = KerasGraph(parts.step).run(**inputs)
        following = {**inputs, "piece": scores.argmax(axis=1).astype(np.int32), "state": state}
        return [
            _export(ENCODER_FILE, parts.encoder, {"image": image}, relative_difference),
            _export(STEP_FILE, parts.step, following, choice_difference),
        ]


def leave_unwritable_out(splits: Splits, reader: TrocrFamily, say: Say) -> Splits:
    """Report the lines that the vocabulary cannot write, or that are too long, and leave them out.

    Raises:
        ConfigurationError: none are left to train on or to validate with.
    """
    longest = reader.preprocessing.longest

    def is_writable(example: Example) -> bool:
        pieces = reader.pieces.encode(example.target)
        return len(pieces) <= longest and UNKNOWN not in pieces

    kept = {name: tuple(filter(is_writable, getattr(splits, name))) for name in ("train", "valid")}
    left = len(splits.train) + len(splits.valid) - sum(map(len, kept.values()))
    if left:
        say(
            f"{left} lines have letters that the vocabulary lacks, or more than {longest} pieces, "
            "and are left out of training"
        )
    for name, use in (("train", "train on"), ("valid", "validate with")):
        if not kept[name]:
            raise ConfigurationError(
                f"no lines are left to {use}; choose a base with another vocabulary, or train "
                "without one"
            )
    return replace(splits, **kept)


def _export(file: str, model: keras.Model, inputs: dict[str, Any], difference: Any) -> GraphExport:
    """Name a graph, to be stored with weights of 8 bits where it still agrees.

    What is computed stays float32: bytes would be scaled by the largest value of a batch, so that
    lines would change each other.
    """
    from dltasks.export.graphs import GraphExport
    from dltasks.export.quantisation import shrink
    from dltasks.export.smaller import make_smaller

    smaller = partial(
        make_smaller, ways=[shrink], inputs=inputs, difference=difference, most=MOST_DIFFERENCE
    )
    return GraphExport(file, model, inputs, relative=True, make_smaller=smaller)
