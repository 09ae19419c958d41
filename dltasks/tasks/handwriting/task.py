"""Handwriting recognition: data, training, export and evaluation."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from dltasks.data.encodings import read_text_file
from dltasks.data.examples import Example, Splits, take_groups
from dltasks.data.feeding.sharding import Shard
from dltasks.data.page_xml import find_page_files, is_cut, problem_of, read_pages
from dltasks.data.remote import data_path, readable
from dltasks.data.tables import TFDS_PREFIX
from dltasks.data.tfds.images import export_lines
from dltasks.data.transcripts import normalise_text, read_transcripts
from dltasks.evaluation.transcripts import Transcript, TranscriptReport, measure_transcripts
from dltasks.tasks.base import BuiltNetwork, Say, Task, TrainingPlan
from dltasks.tasks.bases import find_base, origin_of, refuse_changes
from dltasks.tasks.ctc.symbols import (
    choose_alphabet,
    learn_language,
    leave_unknown_out,
    read_alphabet_file,
)
from dltasks.tasks.evaluate import answer
from dltasks.tasks.handwriting.config import LINE_HEIGHT, HandwritingConfig, LineNetworkConfig
from dltasks.tasks.handwriting.pictures import draw_lines
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import ALPHABET_FILE, read_alphabet
from pipelines.ctc.decoding import frames_needed
from pipelines.errors import ConfigurationError, InputError
from pipelines.handwriting.lines import WIDTH_STEP, LinePreprocessing, pad_lines, read_line
from pipelines.handwriting.pipeline import HandwritingRecognition
from pipelines.images import SUFFIXES

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport


TEXT_SHOWN = 60  # characters of a text in a message


class HandwritingTask(Task):
    """Read handwriting."""

    name = "handwriting"
    config_class = HandwritingConfig
    training_defaults = TrainingConfig(
        epochs=60, batch_size=16, learning_rate=1e-3, weight_decay=0.01, clip_norm=5.0, patience=15
    )
    suffixes = SUFFIXES
    half_precision = True
    take_validation = staticmethod(take_groups)

    def read_examples(self, location: str) -> list[Example]:
        if location.startswith(TFDS_PREFIX):
            location = str(export_lines(location.removeprefix(TFDS_PREFIX)))
        place = data_path(location)
        pages = find_page_files(place) if isinstance(place, Path) else []
        return read_pages(pages) if pages else read_transcripts(location, self.suffixes)

    def category(self, example: Example) -> str:
        return example.group

    def place(self, example: Example) -> str:
        return example.origin if is_cut(example.source) else example.source

    def check_example(self, example: Example) -> None:
        place = self.place(example)
        if problem := problem_of(example.source):
            raise InputError(f"{place}: {problem}")
        line = read_line(readable(example.source), LinePreprocessing(LINE_HEIGHT))
        if not example.target:
            raise InputError(f"{place}: no text in {example.origin}")
        frames = line.shape[1] // WIDTH_STEP
        needed = frames_needed(example.target)
        if frames < needed:
            shown = shorten(example.target, TEXT_SHOWN, placeholder=" ...")
            raise InputError(
                f"{place}: {frames} frames are too few for the {len(example.target)} characters of "
                f"{shown!r}; the line was cut too narrow"
            )

    def prepare(self, config: HandwritingConfig) -> None:
        if base := find_base(config.base, self.name):
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
    ) -> TrainingPlan:
        from dltasks.tasks.handwriting.network import build_network, copy_weights
        from dltasks.tasks.handwriting.recipe import LineRecipe

        base = find_base(config.base, self.name)
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

    def example_input(self, source: str) -> tuple[str, bytes]:
        file = io.BytesIO()
        line = read_line(readable(source), LinePreprocessing(LINE_HEIGHT))
        Image.fromarray(255 - line).save(file, "PNG")
        return ".png", file.getvalue()

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
                "model.onnx",
                reader,
                inputs,
                average=True,
                lengths=widths // WIDTH_STEP,
                make_smaller=make_smaller,
            )
        ]

    def evaluate(
        self, pipeline: HandwritingRecognition, examples: Sequence[Example], batch_size: int | None
    ) -> TranscriptReport:
        answers = answer(pipeline, examples, batch_size, layout="line")
        transcripts = [
            Transcript(
                example.source, example.target, result.text, example.group, self.place(example)
            )
            for example, result in answers.pairs
        ]
        return measure_transcripts(
            transcripts, seconds=answers.seconds, skipped=answers.skipped, draw=draw_lines
        )


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


TASK = HandwritingTask()
