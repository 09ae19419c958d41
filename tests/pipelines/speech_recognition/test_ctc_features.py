from __future__ import annotations

import numpy as np
import pytest

from pipelines.errors import ConfigurationError
from pipelines.speech_recognition.ctc_features import (
    SpeechPreprocessing,
    level_features,
    output_frames,
    pad_features,
    read_features,
)

NOISE = np.random.default_rng(0).normal(0, 0.1, 4000).astype(np.float32)


def test_bands_above_the_highest_frequency_are_left_out() -> None:
    everything, telephone = SpeechPreprocessing(), SpeechPreprocessing(highest_hz=3600.0)
    assert everything.used_bands == 80
    assert telephone.used_bands < 64
    both = [read_features(NOISE, item) for item in (everything, telephone)]
    np.testing.assert_array_equal(both[0][:, : telephone.used_bands], both[1])
    with pytest.raises(ConfigurationError, match=r"no band of 80 lies below 10.0 Hz"):
        SpeechPreprocessing(highest_hz=10.0)


def test_levels_count_from_the_loudest() -> None:
    features = read_features(NOISE, SpeechPreprocessing())
    levelled = level_features(features)
    assert levelled.max() == 1
    assert levelled.min() >= -1
    np.testing.assert_allclose(level_features(features - 2.5), levelled, atol=1e-6)


def test_padding_ends_with_a_whole_step() -> None:
    arrays = [np.ones((count, 3), np.float32) for count in (5, 2)]
    padded, frames = pad_features(arrays)
    assert padded.shape == (2, 6, 3)
    assert frames.tolist() == [5, 2]
    assert padded[1, 2:].max() == 0
    assert [output_frames(count) for count in (1, 2, 3)] == [1, 1, 2]
