"""The family "ctc": small recognisers, a CTC network over an alphabet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dltasks.data.encodings import read_text_file
from dltasks.data.examples import Example, Splits
from dltasks.data.feeding.sharding import Shard
from dltasks.data.recordings import seconds_of
from dltasks.data.remote import readable
from dltasks.data.spoken_text import NORMALISER, normalise_spoken
from dltasks.tasks.base import BuiltNetwork, Say, TrainingPlan
from dltasks.tasks.bases import origin_of, refuse_changes
from dltasks.tasks.ctc.symbols import (
    choose_alphabet,
    learn_language,
    leave_unknown_out,
    read_alphabet_file,
)
from dltasks.tasks.speech_recognition.config import CtcConfig, SpeechRecognitionConfig
from dltasks.training.config import TrainingConfig
from pipelines.audio import HOP, read_audio
from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import ALPHABET_FILE, Alphabet, read_alphabet
from pipelines.ctc.decoding import frames_needed
from pipelines.speech_recognition.ctc_features import (
    SpeechPreprocessing,
    heard_frames,
    level_features,
    output_frames,
    pad_features,
    read_features,
)

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport


class CtcFamily:
    """Plans, rebuilds and exports the networks of the family "ctc"."""

    training_defaults: ClassVar[TrainingConfig] = TrainingConfig(
        epochs=60, batch_size=32, learning_rate=2e-3, weight_decay=0.01, clip_norm=5.0, patience=15
    )

    def prepare(self, config: SpeechRecognitionConfig, base: Bundle | None) -> None:
        """Miss files before the work begins, and refuse settings that the base has fixed.

        Raises:
            ConfigurationError: names the first.
        """
        if base:
            heard = base.read_preprocessing(SpeechPreprocessing)
            fixed = {"bands": heard.bands, "highest_hz": heard.highest_hz}
            refuse_changes(config, {"size": base.config["size"], **fixed})
        read_alphabet_file(config.alphabet)
        if config.language_text:
            read_text_file(Path(config.language_text))

    def plan(
        self,
        splits: Splits,
        config: SpeechRecognitionConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
        base: Bundle | None,
    ) -> TrainingPlan:
        """Build the network and plan its training; see `Task.plan`."""
        from dltasks.tasks.speech_recognition.ctc_network import build_ctc
        from dltasks.tasks.speech_recognition.ctc_recipe import RecordingRecipe

        splits = _normalised(splits)
        texts = (example.target for example in splits.train)
        alphabet = choose_alphabet(config.alphabet, base, texts)
        splits = _leave_unusable_out(leave_unknown_out(splits, alphabet, say, "recordings"), say)
        preprocessing = _choose_preprocessing(config, base)
        network_config = CtcConfig(
            size=base.config["size"] if base else config.size,
            bands=preprocessing.used_bands,
            symbols=len(alphabet.symbols),
            dropout=config.dropout,
        )
        hours = seconds_of(splits.train) / 3600
        say(
            f"{len(splits.train)} recordings to train on, {hours:.2f} hours, "
            f"{len(alphabet.symbols)} symbols; texts in {NORMALISER}"
        )
        network = build_ctc(network_config)
        if base:
            _copy_weights(base, network, alphabet)
        recipe = RecordingRecipe(
            network, alphabet, splits, preprocessing, config, training, shard, say
        )
        built = BuiltNetwork(
            network=network,
            config=network_config.to_dict(),
            preprocessing=asdict(preprocessing),
            assets={
                ALPHABET_FILE: alphabet.to_bytes(),
                **learn_language(config.language_text, splits.train, normalise_spoken),
            },
            **origin_of(base),
            training_data=f"{len(splits.train)} recordings, {hours:.2f} hours; texts in "
            f"{NORMALISER}",
        )
        return TrainingPlan(built, recipe.stages())

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        """Rebuild a network; see `Task.build_network`."""
        from dltasks.tasks.speech_recognition.ctc_network import build_ctc

        return build_ctc(CtcConfig.from_dict(config, "bundle's config"))

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        """Name the graphs to export; see `Task.graphs`."""
        from dltasks.export.graphs import GraphExport
        from dltasks.networks.sequences import without_shortcut

        preprocessing = bundle.read_preprocessing(SpeechPreprocessing)
        recordings = (read_audio(readable(source)) for source in sources)
        mel, frames = pad_features(
            [level_features(read_features(samples, preprocessing)) for samples in recordings]
        )
        reader = without_shortcut(network)
        inputs = {"mel": mel, "frames": frames}
        reader(inputs)  # Keras exports only what was called
        lengths = np.array([output_frames(int(count)) for count in frames])
        return [GraphExport("model.onnx", reader, inputs, lengths=lengths)]


def _normalised(splits: Splits) -> Splits:
    def normalise(examples: Sequence[Example]) -> tuple[Example, ...]:
        return tuple(replace(item, target=normalise_spoken(item.target)) for item in examples)

    return Splits(normalise(splits.train), normalise(splits.valid), normalise(splits.test))


def _leave_unusable_out(splits: Splits, say: Say) -> Splits:
    """Leave out what no path of CTC spells: recordings without text, or with too much of it."""
    train, valid = (tuple(filter(is_long_enough, part)) for part in (splits.train, splits.valid))
    left = len(splits.train) + len(splits.valid) - len(train) - len(valid)
    if left:
        say(f"{left} recordings have no text or are too short for it; left out of training")
    return replace(splits, train=train, valid=valid)


def is_long_enough(example: Example) -> bool:
    """Tell whether CTC can spell an example's text, which is normalised, in its frames."""
    from dltasks.data.recordings import count_frames

    if not example.target:
        return False
    frames = heard_frames(count_frames(example) * HOP)
    return output_frames(frames) >= frames_needed(example.target)


def _choose_preprocessing(
    config: SpeechRecognitionConfig, base: Bundle | None
) -> SpeechPreprocessing:
    """Hear as the base does; the language may be told anew, and how much its model weighs."""
    if base is None:
        return SpeechPreprocessing(
            bands=config.bands,
            highest_hz=config.highest_hz,
            language=config.language,
            language_weight=config.language_weight,
        )
    known = base.read_preprocessing(SpeechPreprocessing)
    language = config.language or known.language
    return replace(known, language=language, language_weight=config.language_weight)


def _copy_weights(base: Bundle, network: keras.Model, alphabet: Alphabet) -> None:
    from dltasks.export.weights import load_weights
    from dltasks.networks.sequences import copy_symbol_weights
    from dltasks.tasks.speech_recognition.ctc_network import build_ctc

    source = build_ctc(CtcConfig.from_dict(base.config, "bundle's config"))
    load_weights(base, source)
    copy_symbol_weights(source, network, read_alphabet(base), alphabet)
