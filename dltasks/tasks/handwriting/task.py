"""Handwriting recognition as the toolkit sees it."""

from __future__ import annotations

import io
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from dltasks.data.examples import Example, Splits, take_groups
from dltasks.data.page_xml import find_page_files, read_pages
from dltasks.data.remote import readable
from dltasks.data.sharding import Shard
from dltasks.data.sources import read_text_file
from dltasks.data.transcripts import read_transcripts
from dltasks.evaluation.transcripts import Transcript, TranscriptReport, measure_transcripts
from dltasks.tasks.base import BuiltNetwork, Say, Task, TrainingPlan
from dltasks.tasks.handwriting.config import LINE_HEIGHT, HandwritingConfig, NetworkConfig
from dltasks.tasks.handwriting.pictures import draw_lines
from dltasks.training.config import TrainingConfig
from pipelines.alphabet import ALPHABET_FILE, Alphabet, alphabet_of, parse_alphabet, read_alphabet
from pipelines.base import Failure
from pipelines.bundle import Bundle, find
from pipelines.ctc import frames_needed
from pipelines.errors import ConfigurationError, InputError
from pipelines.handwriting import HandwritingRecognition, pad_lines
from pipelines.images import SUFFIXES
from pipelines.language_model import LANGUAGE_MODEL_FILE
from pipelines.text_lines import WIDTH_STEP, LinePreprocessing, read_line

if TYPE_CHECKING:
    import keras

    from dltasks.export import Graph

UNKNOWN_SHOWN = 12  # characters


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
        pages = find_page_files(Path(location))
        return read_pages(pages) if pages else read_transcripts(location, self.suffixes)

    def category(self, example: Example) -> str:
        return example.group

    def check_example(self, example: Example) -> None:
        line = read_line(readable(example.source), LinePreprocessing(LINE_HEIGHT))
        if not example.target:
            raise InputError(f"{example.source}: no text for it in {example.origin}")
        frames = line.shape[1] // WIDTH_STEP
        needed = frames_needed(example.target)
        if frames < needed:
            raise InputError(
                f"{example.source}: {frames} frames are too few for the {len(example.target)} "
                f"characters of {example.target!r}; the line was cut too narrow"
            )

    def prepare(self, config: HandwritingConfig) -> None:
        _find_base(config)
        _read_alphabet(config)
        if config.language_text:
            read_text_file(Path(config.language_text))

    def plan(
        self,
        splits: Splits,
        config: HandwritingConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
    ) -> TrainingPlan:
        from dltasks.tasks.handwriting.network import build_network, copy_weights
        from dltasks.tasks.handwriting.recipe import Recipe

        base = _find_base(config)
        alphabet = _choose_alphabet(config, base, splits.train)
        splits = _leave_unknown_out(splits, alphabet, say)
        size = base.config["size"] if base else config.size
        network_config = NetworkConfig(size, LINE_HEIGHT, len(alphabet.symbols), config.dropout)
        preprocessing = LinePreprocessing(LINE_HEIGHT)
        say(f"{len(splits.train)} lines to train on, {len(alphabet.symbols)} symbols")
        network = build_network(network_config)
        if base:
            copy_weights(base, network, read_alphabet(base), alphabet)
        recipe = Recipe(network, alphabet, splits, preprocessing, config, training, shard, say)
        built = BuiltNetwork(
            network=network,
            config=network_config.to_dict(),
            preprocessing=asdict(preprocessing),
            assets={ALPHABET_FILE: alphabet.to_bytes(), **_learn_language(config)},
            source=f"fine-tuned from {base.name}" if base else "from random weights",
            licence=f"{base.licence}; and that of the training data" if base else "not stated",
            training_data=f"{len(splits.train)} lines",
        )
        return TrainingPlan(built, recipe.stages())

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        from dltasks.tasks.handwriting.network import build_network

        return build_network(NetworkConfig.from_dict(config, "bundle's config"))

    def example_input(self, source: str) -> tuple[str, bytes]:
        file = io.BytesIO()
        line = read_line(readable(source), LinePreprocessing(LINE_HEIGHT))
        Image.fromarray(255 - line).save(file, "PNG")
        return ".png", file.getvalue()

    def graphs(self, network: keras.Model, sources: Sequence[str], bundle: Bundle) -> list[Graph]:
        from dltasks.export import Graph
        from dltasks.tasks.handwriting.network import without_shortcut

        preprocessing = LinePreprocessing(**bundle.preprocessing)
        lines = [read_line(readable(source), preprocessing) for source in sources]
        widths = np.array([line.shape[1] for line in lines], np.int32)
        reader = without_shortcut(network)
        inputs = {"image": pad_lines(lines), "width": widths}
        reader(inputs)  # Keras exports only what was called
        return [Graph("model.onnx", reader, inputs)]

    def evaluate(
        self, pipeline: HandwritingRecognition, examples: Sequence[Example], batch_size: int | None
    ) -> TranscriptReport:
        started = time.monotonic()
        results = pipeline.stream(
            [readable(example.source) for example in examples],
            batch_size=batch_size,
            layout="line",
            on_error="return",
        )
        transcripts = [
            Transcript(example.source, example.target, result.text, example.group)
            for example, result in zip(examples, results, strict=True)
            if not isinstance(result, Failure)
        ]
        if not transcripts:
            raise ConfigurationError("no example could be read; `dltasks data check` says why")
        return measure_transcripts(
            transcripts,
            seconds=time.monotonic() - started,
            skipped=len(examples) - len(transcripts),
            draw=draw_lines,
        )


def _find_base(config: HandwritingConfig) -> Bundle | None:
    if config.base is None:
        return None
    base = find(config.base)
    if base.task != HandwritingTask.name:
        raise ConfigurationError(
            f"base {config.base!r} is a model for {base.task}, not handwriting"
        )
    return base


def _choose_alphabet(
    config: HandwritingConfig, base: Bundle | None, train: Sequence[Example]
) -> Alphabet:
    """Take the alphabet of the user, or that of the base and of the training texts together."""
    chosen = _read_alphabet(config)
    if chosen:
        return chosen
    found = alphabet_of(example.target for example in train)
    if base is None:
        return found
    known = read_alphabet(base)
    added = tuple(symbol for symbol in found.symbols if symbol not in known.index_of)
    return Alphabet(known.symbols + added)


def _read_alphabet(config: HandwritingConfig) -> Alphabet | None:
    if config.alphabet is None:
        return None
    lines = read_text_file(Path(config.alphabet)).removesuffix("\n").split("\n")
    return parse_alphabet(lines, config.alphabet)


def _learn_language(config: HandwritingConfig) -> dict[str, bytes]:
    from dltasks.training.language_model import learn_language_model

    if config.language_text is None:
        return {}
    texts = read_text_file(Path(config.language_text)).split("\n")
    normal = (" ".join(unicodedata.normalize("NFC", text).split()) for text in texts)
    return {LANGUAGE_MODEL_FILE: learn_language_model(text for text in normal if text)}


def _leave_unknown_out(splits: Splits, alphabet: Alphabet, say: Say) -> Splits:
    """Report the characters that are not in the alphabet, and leave the lines with them out."""
    unknown = alphabet.count_unknown(example.target for example in splits.all())
    if not unknown:
        return splits
    shown = ", ".join(f"{symbol!r} {count}" for symbol, count in unknown.most_common(UNKNOWN_SHOWN))
    kept = {
        name: tuple(
            item for item in getattr(splits, name) if not alphabet.count_unknown([item.target])
        )
        for name in ("train", "valid")
    }
    left = len(splits.train) + len(splits.valid) - len(kept["train"]) - len(kept["valid"])
    say(f"characters not in the alphabet: {shown}; {left} lines with them are left out of training")
    return replace(splits, **kept)


TASK = HandwritingTask()
