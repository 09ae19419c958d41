"""The features of the family "ctc"; training calls these same functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.audio import HOP, SAMPLE_RATE_HZ, log_mel, mel_edges_hz
from pipelines.errors import ConfigurationError
from pipelines.settings import Settings, setting

FRAMES_A_STEP = 2  # of the features, 10 ms each, for one of the network's output
STEP_SECONDS = FRAMES_A_STEP * HOP / SAMPLE_RATE_HZ  # between two frames of the output
MARGIN_FRAMES = 16  # of silence around: CTC says a letter when it has heard it, which may be late
RANGE = 6.0  # log10 of power: what is 60 dB fainter than the loudest is silence


@dataclass(frozen=True)
class SpeechPreprocessing(Settings):
    """How a recording becomes the network's input; sealed in its bundle.

    Attributes:
        bands: of the mel scale from 0 to 8 kHz.
        highest_hz: bands that reach higher are left out; for recordings of telephones, 3800.
        language: ISO 639-1 code of the spoken language, or "" if it is not stated.
        language_weight: of the bundle's language model, where it has one; needs beams.
    """

    bands: int = setting(80, minimum=1, maximum=512)
    highest_hz: float = setting(SAMPLE_RATE_HZ / 2, minimum=1.0, maximum=SAMPLE_RATE_HZ / 2)
    language: str = setting("")
    language_weight: float = setting(0.4, minimum=0.0, maximum=10.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.used_bands < 1:
            raise ConfigurationError(
                f"no band of {self.bands} lies below {self.highest_hz} Hz; give a higher highest_hz"
            )

    @property
    def used_bands(self) -> int:
        """How many bands the network hears."""
        upper_hz = mel_edges_hz(self.bands)[2:]
        return int(np.sum(upper_hz <= self.highest_hz + 1.0))


def read_features(samples: np.ndarray, preprocessing: SpeechPreprocessing) -> np.ndarray:
    """Give log10 of the power in the bands that are used, with a margin of silence around.

    Args:
        samples: float32 [samples] at SAMPLE_RATE_HZ, at least one.
        preprocessing: which bands.

    Returns:
        float32 [frames, bands]; frames as `heard_frames` says.
    """
    around = np.pad(samples, MARGIN_FRAMES * HOP)
    return log_mel(around, preprocessing.bands)[:, : preprocessing.used_bands]


def heard_frames(samples: int) -> int:
    """Count the frames of features for samples at SAMPLE_RATE_HZ."""
    return -(-samples // HOP) + 2 * MARGIN_FRAMES


def level_features(features: np.ndarray) -> np.ndarray:
    """Count from the loudest, so that it does not matter how loud the recording is.

    Args:
        features: of `read_features`, at least one frame.

    Returns:
        float32 [frames, bands] from -1, silence, to 1, the loudest.
    """
    levelled = np.maximum((features - features.max()) * (2 / RANGE) + 1, -1)
    return np.asarray(levelled, np.float32)


def output_frames(frames: int) -> int:
    """Count the frames of the network's output for frames of features."""
    return -(-frames // FRAMES_A_STEP)


def pad_features(arrays: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Put features into one array, zeros behind each, a whole number of steps long.

    Returns:
        float32 [example, frames, bands], and int32 [example], the frames of each.
    """
    lengths = np.array([len(array) for array in arrays], np.int32)
    longest = output_frames(int(lengths.max())) * FRAMES_A_STEP
    padded = np.zeros((len(arrays), longest, arrays[0].shape[1]), np.float32)
    for row, array in zip(padded, arrays, strict=True):
        row[: len(array)] = array
    return padded, lengths
