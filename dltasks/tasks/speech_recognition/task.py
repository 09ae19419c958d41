"""Speech recognition: data and evaluation; each family of networks has its own training."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.checks import SuspiciousError, UnsuitableError
from dltasks.data.examples import Example, Splits, take_groups
from dltasks.data.feeding.sharding import Shard
from dltasks.data.recordings import COMMON_VOICE_TABLES, read_recordings, seconds_of
from dltasks.data.remote import readable
from dltasks.data.spoken_text import NORMALISER, normalise_spoken
from dltasks.data.transcripts import MANIFEST_NAMES
from dltasks.evaluation.transcripts import Transcript, TranscriptReport, measure_transcripts
from dltasks.tasks.base import BuiltNetwork, Say, Task, TrainingPlan
from dltasks.tasks.bases import find_base
from dltasks.tasks.evaluate import answer
from dltasks.tasks.families import Family
from dltasks.tasks.speech_recognition.config import SpeechRecognitionConfig
from dltasks.tasks.speech_recognition.ctc_family import CtcFamily
from dltasks.tasks.speech_recognition.whisper_family import WhisperFamily
from dltasks.training.config import TrainingConfig
from pipelines.audio import SAMPLE_RATE_HZ, SUFFIXES, read_audio
from pipelines.bundle.folder import Bundle, find
from pipelines.ctc.decoding import frames_needed
from pipelines.errors import BundleError, ConfigurationError
from pipelines.speech_recognition.ctc_features import heard_frames, output_frames
from pipelines.speech_recognition.pipeline import SpeechRecognition
from pipelines.speech_recognition.windows import leading_silence

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport
    from dltasks.zoo import PublishedModel

LONGEST_EXAMPLE_SECONDS = 10
FULL_SCALE = 0.999
MOST_CLIPPED = 0.001  # part of the samples; more can be heard


FAMILIES: dict[str, Family[SpeechRecognitionConfig]] = {
    "ctc": CtcFamily(),
    "whisper": WhisperFamily(),
}
NEW = "ctc"  # the family of a network that starts anew


class SpeechRecognitionTask(Task):
    """Transcribe recordings."""

    name = "speech-recognition"
    config_class = SpeechRecognitionConfig
    training_defaults = CtcFamily.training_defaults
    suffixes = SUFFIXES
    tables = (*MANIFEST_NAMES, *COMMON_VOICE_TABLES)  # LJSpeech's has the name of a manifest
    half_precision = True
    take_validation = staticmethod(take_groups)

    def defaults_for(self, config: SpeechRecognitionConfig) -> TrainingConfig:
        return _get_family(_family_named(config.base)).training_defaults

    def read_examples(self, location: str) -> list[Example]:
        return read_recordings(location, self.suffixes)

    def categories(self, example: Example) -> Sequence[str]:
        return (example.group,)

    def check_example(self, example: Example) -> None:
        samples = read_audio(readable(example.source))
        text = normalise_spoken(example.target)
        if not text:
            raise UnsuitableError(f"{example.source}: nothing is said in {example.origin}")
        if leading_silence(samples) == len(samples):
            raise UnsuitableError(f"{example.source}: silent throughout")
        frames = output_frames(heard_frames(len(samples)))
        if frames < frames_needed(text):
            raise UnsuitableError(
                f"{example.source}: {len(samples) / SAMPLE_RATE_HZ:.2f} s are too short for the "
                f"{len(text)} characters of {text!r}; is it the right text?"
            )
        clipped = float(np.mean(np.abs(samples) >= FULL_SCALE))
        if clipped > MOST_CLIPPED:
            raise SuspiciousError(
                f"{example.source}: clipped, {clipped:.1%} of it is at full scale; record with "
                "less gain"
            )

    def prepare(self, config: SpeechRecognitionConfig) -> None:
        base = find_base(config.base, self.name)
        _family_of(base).prepare(config, base)

    def plan(
        self,
        splits: Splits,
        config: SpeechRecognitionConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
    ) -> TrainingPlan:
        base = find_base(config.base, self.name)
        return _family_of(base).plan(splits, config, training, shard, say, base)

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        return _get_family(config.get("family")).build_network(config)

    def convert_published(self, published: PublishedModel, weights: Path) -> BuiltNetwork:
        from dltasks.tasks.speech_recognition.whisper_published import convert

        return convert(published, weights)

    def example_input(self, source: str) -> tuple[str, bytes]:
        import soundfile

        samples = read_audio(readable(source))[: LONGEST_EXAMPLE_SECONDS * SAMPLE_RATE_HZ]
        file = io.BytesIO()
        soundfile.write(file, samples, SAMPLE_RATE_HZ, format="WAV", subtype="PCM_16")
        return ".wav", file.getvalue()

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        return _family_of(bundle).graphs(network, sources, bundle)

    def evaluate(
        self, pipeline: SpeechRecognition, examples: Sequence[Example], batch_size: int | None
    ) -> TranscriptReport:
        answers = answer(pipeline, examples, batch_size, word_times=False)
        heard = [pair for pair in answers.pairs if normalise_spoken(pair[0].target)]
        if not heard:
            raise ConfigurationError("no example has a text; run `dltasks data check` to see why")
        transcripts = [
            Transcript(
                example.source,
                normalise_spoken(example.target),
                normalise_spoken(result.text),
                example.group,
            )
            for example, result in heard
        ]
        return measure_transcripts(
            transcripts,
            seconds=answers.seconds,
            skipped=len(examples) - len(heard),
            normaliser=NORMALISER,
            audio_seconds=seconds_of([example for example, _ in heard]),
        )


def _get_family(name: Any) -> Family[SpeechRecognitionConfig]:
    if name not in FAMILIES:
        raise ConfigurationError(
            f"family {name!r} cannot be trained or rebuilt here; known: {', '.join(FAMILIES)}"
        )
    return FAMILIES[name]


def _family_named(base: str | None) -> str:
    """Name the family of a base, which may still have to be pulled; all of those are Whispers."""
    if base is None:
        return NEW
    try:
        return str(find(base).config.get("family", NEW))
    except BundleError:
        return "whisper"


def _family_of(bundle: Bundle | None) -> Family[SpeechRecognitionConfig]:
    return _get_family(bundle.config.get("family") if bundle else NEW)


TASK = SpeechRecognitionTask()
