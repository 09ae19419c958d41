"""The recipe of the family "ctc" for recordings; the rest is in `dltasks.tasks.ctc.recipe`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from dltasks.data.examples import Example
from dltasks.data.recordings import count_frames
from dltasks.data.remote import readable
from dltasks.tasks.ctc.recipe import CtcRecipe
from dltasks.tasks.speech_recognition.augmentation import augment_features
from dltasks.tasks.speech_recognition.config import SpeechRecognitionConfig
from pipelines.audio import read_audio
from pipelines.ctc.decoding import frames_needed
from pipelines.speech_recognition.ctc_features import (
    FRAMES_A_STEP,
    SpeechPreprocessing,
    level_features,
    output_frames,
    read_features,
)

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class RecordingRecipe(CtcRecipe):
    """Recordings are features, float32 [frames, bands]; the network takes them levelled."""

    preprocessing: SpeechPreprocessing
    config: SpeechRecognitionConfig

    inputs: ClassVar = ("mel", "frames")
    lengths_together: ClassVar = 16

    @property
    def spec(self) -> tf.TensorSpec:
        import tensorflow as tf

        return tf.TensorSpec([None, self.preprocessing.used_bands], tf.float32)

    def decode(self, example: Example) -> np.ndarray:
        return read_features(read_audio(readable(example.source)), self.preprocessing)

    def train_lengths(self) -> np.ndarray:
        return np.array([count_frames(example) for example in self.splits.train])

    def augment(
        self, decoded: np.ndarray, example: Example, seed: np.ndarray, batch_seed: np.ndarray
    ) -> np.ndarray:
        least = FRAMES_A_STEP * frames_needed(example.target)
        strength = self.config.augment
        return augment_features(decoded, seed, strength, self.preprocessing, least, batch_seed)

    def finish(self, decoded: np.ndarray) -> np.ndarray:
        return level_features(decoded)

    def output_frames(self, lengths: Any) -> Any:
        return output_frames(lengths)
