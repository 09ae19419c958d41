"""Augmentation of the features of a recording.

Speed (Ko et al. 2015, "Audio augmentation for speech recognition"), the length of the vocal tract
(Jaitly & Hinton 2013, "Vocal tract length perturbation"), noise, the microphone, silence around,
and masks (Park et al. 2019, "SpecAugment"). All are done on log-mel features, where they cost a
tenth of what they cost on samples.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from pipelines.audio import mel_edges_hz
from pipelines.speech_recognition.ctc_features import SpeechPreprocessing, level_features

SPEED = 0.2  # as a logarithm
VOICE = 0.2  # of all frequencies, as a logarithm: a child's formants are a fifth above a man's
MICROPHONE = 0.3  # log10 of power, standard deviation at the nodes of a curve over frequency
MICROPHONE_NODES = 6
FAINTEST_NOISE, LOUDEST_NOISE = -5.0, -2.0  # log10 of its power, from the loudest speech
NOISY = 0.5  # part of the recordings
NOISE_SLOPE = 1.5  # log10 of power from the lowest band to the highest
ROUGHNESS = 0.25  # log10 of power: how the noise of a frame varies
LONGEST_SILENCE = 80  # frames, before and after it together
SILENCED = 0.6  # part of the recordings
BAND_MASKS, WIDEST_BAND_MASK = 2, 0.15  # of all bands
TIME_MASKS, LONGEST_TIME_MASK = 2, 8  # frames
LONGEST_TIME_SHARE = 0.12  # of all frames
LN_10 = np.float32(np.log(10.0))
ROOM = 2  # frames that are left over what the text needs


def augment_features(
    features: np.ndarray,
    seed: np.ndarray,
    strength: float,
    preprocessing: SpeechPreprocessing,
    least_frames: int,
    batch_seed: np.ndarray,
) -> np.ndarray:
    """Change a recording at random, and level it.

    Args:
        features: of `read_features`, float32 [frames, bands].
        seed: integers; equal ones give equal results.
        strength: 1 is usual, 0 only levels.
        preprocessing: of the features.
        least_frames: that the text needs; the result has no fewer, where the recording has not.
        batch_seed: integers, of the speed and of how much silence is added: recordings of like
            length that are changed alike stay of similar length.

    Returns:
        float32 [another number of frames, bands], as of `level_features`.
    """
    if not strength:
        return level_features(features)
    random = np.random.default_rng(np.abs(seed))
    of_batch = np.random.default_rng(batch_seed)
    speed = np.exp(of_batch.uniform(-SPEED, SPEED) * strength)
    silenced = of_batch.random() < SILENCED * strength
    silence = int(of_batch.integers(LONGEST_SILENCE + 1)) if silenced else 0
    changed = _change_speed(features, speed, least_frames + ROOM)
    changed = _change_voice(changed, random, strength, preprocessing)
    changed = changed + _microphone(changed.shape[1], random) * strength
    if silence:
        changed = _add_silence(changed, random, silence)
    if random.random() < NOISY * strength:
        changed = _add_noise(changed, random)
    return _mask(level_features(changed), random, strength)


def _change_speed(features: np.ndarray, speed: float, least_frames: int) -> np.ndarray:
    """Say it faster or slower."""
    count = max(round(len(features) / speed), min(least_frames, len(features)), 1)
    return _between(features, np.linspace(0, len(features) - 1, count), axis=0)


def _change_voice(
    features: np.ndarray,
    random: np.random.Generator,
    strength: float,
    preprocessing: SpeechPreprocessing,
) -> np.ndarray:
    """Say it by a longer or shorter vocal tract."""
    factor = np.exp(random.uniform(-VOICE, VOICE) * strength)
    middles_hz = band_middles_hz(preprocessing.bands)[: features.shape[1]]
    bands = np.interp(middles_hz * factor, middles_hz, np.arange(features.shape[1]))
    return _between(features, bands, axis=1)


@lru_cache
def band_middles_hz(bands: int) -> np.ndarray:
    """Give where each band is highest: [bands]."""
    return mel_edges_hz(bands)[1:-1]


def _between(array: np.ndarray, places: np.ndarray, *, axis: int) -> np.ndarray:
    """Look up at places between the indices, in straight lines."""
    lower = np.minimum(places.astype(np.intp), array.shape[axis] - 1)
    upper = np.minimum(lower + 1, array.shape[axis] - 1)
    part = (places - lower).astype(np.float32)
    part = part[:, None] if axis == 0 else part
    below, above = np.take(array, lower, axis=axis), np.take(array, upper, axis=axis)
    return np.asarray(below + part * (above - below))


def _microphone(bands: int, random: np.random.Generator) -> np.ndarray:
    """Give a smooth curve over the bands: float32 [bands]."""
    nodes = random.normal(0.0, MICROPHONE, MICROPHONE_NODES)
    places = np.linspace(0, MICROPHONE_NODES - 1, bands)
    return np.interp(places, np.arange(MICROPHONE_NODES), nodes).astype(np.float32)


def _add_silence(features: np.ndarray, random: np.random.Generator, frames: int) -> np.ndarray:
    """Put before and after it what its faintest frames sound like."""
    faint = np.quantile(features, 0.1, axis=0)
    before = random.integers(frames + 1)
    silence = faint + _roughness(random, (frames, len(faint)))
    return np.concatenate([silence[:before], features, silence[before:]]).astype(np.float32)


def _add_noise(features: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Add the powers of a noise that rises or falls with frequency."""
    level = features.max() + random.uniform(FAINTEST_NOISE, LOUDEST_NOISE)
    slope = random.uniform(-NOISE_SLOPE, NOISE_SLOPE) * np.linspace(-0.5, 0.5, features.shape[1])
    colour = (level + slope - abs(slope).max()).astype(np.float32)
    noise = colour + _roughness(random, features.shape)
    apart = np.abs(features - noise) * LN_10
    return np.asarray(np.maximum(features, noise) + np.log1p(np.exp(-apart)) / LN_10)


def _roughness(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return random.standard_normal(shape, np.float32) * ROUGHNESS


def _mask(features: np.ndarray, random: np.random.Generator, strength: float) -> np.ndarray:
    """Take a few bands and a few moments away."""
    frames, bands = features.shape
    filling = features.mean()
    widest = max(round(WIDEST_BAND_MASK * bands * strength), 1)
    for _ in range(BAND_MASKS):
        width = int(random.integers(0, widest + 1))
        start = int(random.integers(0, bands - min(width, bands) + 1))
        features[:, start : start + width] = filling
    longest = round(min(LONGEST_TIME_MASK, LONGEST_TIME_SHARE * frames) * strength)
    for _ in range(TIME_MASKS):
        length = int(random.integers(0, longest + 1))
        start = int(random.integers(0, frames - min(length, frames) + 1))
        features[start : start + length] = filling
    return features
