"""The family "ctc": our own networks, built, trained and exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dltasks.data.encodings import read_text_file
from dltasks.data.examples import Example, Splits
from dltasks.data.feeding.sharding import Shard
from dltasks.data.remote import readable
from dltasks.data.transcripts import normalise_text
from dltasks.tasks.base import BuiltNetwork, Say, TrainingPlan
from dltasks.tasks.bases import origin_of, refuse_changes
from dltasks.tasks.ctc.symbols import (
    choose_alphabet,
    learn_language,
    leave_unknown_out,
    read_alphabet_file,
)
from dltasks.tasks.handwriting.config import LINE_HEIGHT, HandwritingConfig, LineNetworkConfig
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import ALPHABET_FILE, read_alphabet
from pipelines.errors import ConfigurationError
from pipelines.handwriting.ctc_family import GRAPH_FILE
from pipelines.handwriting.lines import WIDTH_STEP, LinePreprocessing, pad_lines, read_line
from pipelines.images import SUFFIXES

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport


class CtcTraining:
    """See `dltasks.tasks.handwriting.families.Family`."""

    training_defaults: ClassVar[TrainingConfig] = TrainingConfig(
        epochs=60, batch_size=16, learning_rate=1e-3, weight_decay=0.01, clip_norm=5.0, patience=15
    )

    def prepare(self, config: HandwritingConfig, base: Bundle | None) -> None:
        if base:
            refuse_changes(config, {"size": base.config["size"]})
        read_alphabet_file(config.alphabet)
        if config.language_text:
            read_text_file(Path(config.language_text))
        list_blanks(config.blanks)

    def plan(
        self,
        splits: Splits,
        config: HandwritingConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
        base: Bundle | None,
    ) -> TrainingPlan:
        from dltasks.tasks.handwriting.network import build_network, copy_weights
        from dltasks.tasks.handwriting.recipe import LineRecipe

        texts = (example.target for example in splits.train)
        alphabet = choose_alphabet(config.alphabet, base, texts)
        splits = leave_unknown_out(splits, alphabet, say, "lines")
        blanks = list_blanks(config.blanks)
        splits = replace(splits, train=splits.train + blanks)
        size = base.config["size"] if base else config.size
        network_config = LineNetworkConfig(
            size, LINE_HEIGHT, len(alphabet.symbols), config.dropout, config.hide
        )
        preprocessing = LinePreprocessing(LINE_HEIGHT)
        if base:
            preprocessing = base.read_preprocessing(LinePreprocessing)
        say(f"{len(splits.train)} lines to train on, {len(alphabet.symbols)} symbols")
        if blanks:
            say(f"{len(blanks)} of them are without writing")
        network = build_network(network_config)
        if base:
            copy_weights(base, network, read_alphabet(base), alphabet)
        recipe = LineRecipe(network, alphabet, splits, preprocessing, config, training, shard, say)
        built = BuiltNetwork(
            network=network,
            config=network_config.to_dict(),
            preprocessing=asdict(preprocessing),
            assets={
                ALPHABET_FILE: alphabet.to_bytes(),
                **learn_language(config.language_text, splits.train, normalise_text),
            },
            **origin_of(base),
            training_data=f"{len(splits.train)} lines",
        )
        return TrainingPlan(built, recipe.stages())

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        from dltasks.tasks.handwriting.network import build_network

        return build_network(LineNetworkConfig.from_dict(config, "bundle's config"))

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        from dltasks.export.graphs import GraphExport
        from dltasks.export.quantisation import quantise, quantise_convolutions
        from dltasks.networks.sequences import without_shortcut

        preprocessing = bundle.read_preprocessing(LinePreprocessing)
        lines = [read_line(readable(source), preprocessing) for source in sources]
        widths = np.array([line.shape[1] for line in lines], np.int32)
        reader = without_shortcut(network)
        inputs = {"image": pad_lines(lines), "width": widths}
        reader(inputs)  # Keras exports only what was called

        def make_smaller(content: bytes) -> bytes:
            return quantise(quantise_convolutions(content, inputs), "LSTM")

        return [
            GraphExport(
                GRAPH_FILE,
                reader,
                inputs,
                average=True,
                lengths=widths // WIDTH_STEP,
                make_smaller=make_smaller,
            )
        ]


def list_blanks(folder: str | None) -> tuple[Example, ...]:
    """List pictures of lines without writing, as examples whose text is empty.

    Raises:
        ConfigurationError: the folder has no pictures in it.
    """
    if folder is None:
        return ()
    pictures = [path for path in Path(folder).rglob("*") if path.suffix.lower() in SUFFIXES]
    if not pictures:
        raise ConfigurationError(
            f"blanks {folder!r}: no pictures in it; give a folder of {', '.join(sorted(SUFFIXES))}"
        )
    return tuple(Example(str(path), "", origin=folder) for path in sorted(pictures))
