from __future__ import annotations

import numpy as np
import pytest

from dltasks.tasks.speech_recognition.augmentation import augment_features
from pipelines.speech_recognition.ctc_features import SpeechPreprocessing, level_features

PREPROCESSING = SpeechPreprocessing(highest_hz=3600.0)


@pytest.fixture
def features() -> np.ndarray:
    """A falling tone over faint noise."""
    random = np.random.default_rng(0)
    features = random.normal(-4.0, 0.2, (60, PREPROCESSING.used_bands)).astype(np.float32)
    features[np.arange(60), 50 - np.arange(60) // 2] = 1.0
    return features


def _change(features: np.ndarray, number: int, strength: float = 1.0, least: int = 0) -> np.ndarray:
    seed = np.array([7, number])
    return augment_features(features, seed, strength, PREPROCESSING, least, batch_seed=seed)


def test_strength_zero_only_levels(features: np.ndarray) -> None:
    np.testing.assert_array_equal(_change(features, 1, 0.0), level_features(features))


def test_equal_seeds_give_equal_features_and_others_differ(features: np.ndarray) -> None:
    first, again, other = (_change(features, number) for number in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or (first != other).any()


def test_speed_and_silence_vary_the_length_and_values_stay_levels(features: np.ndarray) -> None:
    kept = features.copy()
    changed = [_change(features, number) for number in range(30)]
    lengths = [len(item) for item in changed]
    assert min(lengths) < 60 < max(lengths)
    for item in changed:
        assert item.dtype == np.float32
        assert item.shape[1] == features.shape[1]
        assert np.isfinite(item).all()
        assert -1 <= item.min() < item.max() <= 1
    np.testing.assert_array_equal(features, kept)  # which lie in a cache


def test_frames_stay_enough_for_the_text(features: np.ndarray) -> None:
    assert min(len(_change(features, number, least=58)) for number in range(30)) >= 60


@pytest.mark.parametrize("frames", [1, 2, 9])
def test_recordings_of_any_length_can_be_changed(frames: int) -> None:
    features = np.zeros((frames, PREPROCESSING.used_bands), np.float32)
    for number in range(10):
        assert len(_change(features, number, 3.0)) >= 1


def test_recordings_of_a_batch_grow_alike(features: np.ndarray) -> None:
    for batch in range(10):
        lengths = {
            len(augment_features(features, seed, 1.0, PREPROCESSING, 0, np.array([7, batch])))
            for seed in np.arange(10)
        }
        assert len(lengths) == 1
