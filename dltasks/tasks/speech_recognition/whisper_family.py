"""Whisper: rebuilt from a bundle, fine-tuned, and exported as an encoder and a decoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dltasks.data.examples import Example, Splits
from dltasks.data.feeding.sharding import Shard
from dltasks.data.recordings import count_frames, seconds_of
from dltasks.data.remote import readable
from dltasks.tasks.base import BuiltNetwork, Say, TrainingPlan
from dltasks.tasks.bases import origin_of, refuse_unused
from dltasks.tasks.speech_recognition.config import SpeechRecognitionConfig
from dltasks.training.config import TrainingConfig
from pipelines.audio import HOP, SAMPLE_RATE_HZ, read_audio
from pipelines.bundle.folder import Bundle
from pipelines.speech_recognition.whisper_decoder import name_heard
from pipelines.speech_recognition.whisper_family import (
    DECODER_FILE,
    ENCODER_FILE,
    FRAMES_A_POSITION,
    whisper_features,
)
from pipelines.speech_recognition.whisper_settings import WhisperSettings
from pipelines.speech_recognition.whisper_tokens import ENGLISH, TOKENIZER_FILE, WhisperTokens

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport
    from dltasks.tasks.speech_recognition.config import WhisperConfig


class WhisperFamily:
    """Plans, rebuilds and exports the networks of the family "whisper"."""

    training_defaults: ClassVar[TrainingConfig] = TrainingConfig(
        epochs=4, batch_size=8, learning_rate=1e-5, weight_decay=0.01, clip_norm=5.0, patience=15
    )

    def prepare(self, config: SpeechRecognitionConfig, base: Bundle | None) -> None:
        """Refuse settings that Whisper does not use.

        Raises:
            ConfigurationError: names the first.
        """
        unused = [name for name in config.names() if name not in ("base", "language")]
        refuse_unused(config, unused, "on a Whisper")

    def plan(
        self,
        splits: Splits,
        config: SpeechRecognitionConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
        base: Bundle | None,
    ) -> TrainingPlan:
        """Rebuild the base's network and plan its further training; see `Task.plan`."""
        from dltasks.export.weights import load_weights
        from dltasks.tasks.speech_recognition.config import WhisperConfig
        from dltasks.tasks.speech_recognition.whisper_recipe import WhisperRecipe

        assert base is not None  # a Whisper never starts anew
        network_config = WhisperConfig.from_dict(base.config, "bundle's config")
        settings = base.read_preprocessing(WhisperSettings)
        tokenizer = base.read(TOKENIZER_FILE)
        tokens = WhisperTokens(tokenizer, multilingual=settings.multilingual)
        language = config.language or ENGLISH
        tokens.check(language, translate=False)
        longest = network_config.audio_positions * FRAMES_A_POSITION  # frames
        splits = _leave_long_out(splits, longest, say)
        network = self.build_network(base.config)
        load_weights(base, network)
        recipe = WhisperRecipe(
            network, network_config, tokens, language, splits, config, training, shard, say
        )
        splits = recipe.splits
        hours = seconds_of(splits.train) / 3600
        say(f"{len(splits.train)} recordings to train on, {hours:.2f} hours")
        built = BuiltNetwork(
            network=network,
            config=network_config.to_dict(),
            preprocessing=base.preprocessing,
            assets={TOKENIZER_FILE: tokenizer},
            **origin_of(base),
            training_data=f"{base.training_data}; then {len(splits.train)} recordings, "
            f"{hours:.2f} hours",
        )
        return TrainingPlan(built, recipe.stages())

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        """Rebuild a network; see `Task.build_network`."""
        from dltasks.tasks.speech_recognition.config import WhisperConfig
        from dltasks.tasks.speech_recognition.whisper_network import build_whisper

        return build_whisper(WhisperConfig.from_dict(config, "bundle's config")).whole

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        """Name the graphs to export; see `Task.graphs`."""
        from dltasks.tasks.speech_recognition.config import WhisperConfig

        settings = bundle.read_preprocessing(WhisperSettings)
        tokens = WhisperTokens(bundle.read(TOKENIZER_FILE), multilingual=settings.multilingual)
        config = WhisperConfig.from_dict(bundle.config, "bundle's config")
        recordings = [read_audio(readable(source)) for source in sources]
        return make_graphs(network, config, recordings, tokens)


def make_graphs(
    network: keras.Model,
    config: WhisperConfig,
    recordings: Sequence[np.ndarray],
    tokens: WhisperTokens,
) -> list[GraphExport]:
    """Name the graphs, each with the inputs that it gets early in recordings.

    Args:
        network: that trains, in float32.
        config: of the network.
        recordings: each float32 [samples].
        tokens: of the network.
    """
    from dltasks.export.graphs import GraphExport
    from dltasks.export.quantisation import quantise, shrink
    from dltasks.tasks.speech_recognition.whisper_network import build_whisper

    parts = build_whisper(config)
    parts.whole.set_weights(network.get_weights())
    frames = FRAMES_A_POSITION * config.audio_positions
    mel = np.stack(
        [
            whisper_features(samples[: frames * HOP], frames, config.mel_bands)
            for samples in recordings
        ]
    )
    heard = name_heard([array.numpy() for array in parts.encoder(mel)])
    nothing = np.zeros((len(mel), config.text_layers, 0, config.width), np.float32)
    opening = [*tokens.opening(ENGLISH, translate=False), tokens.first_timestamp]
    inputs = {
        "tokens": np.array([opening] * len(mel), np.int32),
        "past_keys": nothing,
        "past_values": nothing,
        **heard,
    }
    logits, past_keys, past_values, _ = (item.numpy() for item in parts.decoder(inputs))
    following = {
        **inputs,
        "tokens": logits.argmax(axis=1)[:, None].astype(np.int32),
        "past_keys": past_keys,
        "past_values": past_values,
    }
    return [
        GraphExport(ENCODER_FILE, parts.encoder, {"mel": mel}, relative=True, make_smaller=shrink),
        GraphExport(DECODER_FILE, parts.decoder, following, relative=True, make_smaller=quantise),
    ]


def _leave_long_out(splits: Splits, longest_frames: int, say: Say) -> Splits:
    """Leave out recordings that are longer than a window: it is unknown which words fit."""

    def keep(examples: Sequence[Example]) -> tuple[Example, ...]:
        return tuple(item for item in examples if count_frames(item) <= longest_frames)

    kept = replace(splits, train=keep(splits.train), valid=keep(splits.valid))
    left = len(splits.train) + len(splits.valid) - len(kept.train) - len(kept.valid)
    if left:
        seconds = longest_frames * HOP / SAMPLE_RATE_HZ
        say(
            f"{left} recordings are longer than {seconds:.0f} s and left out of training; split "
            "them to use them"
        )
    return kept
