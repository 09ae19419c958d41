from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltasks.tasks.image_classification import augmentation
from dltasks.tasks.image_classification.augmentation import make_augmentation

SEEDS = [(1, position) for position in range(40)]


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    """Smooth, so that a shift by a pixel is a small change: uint8 [32, 32, 3]."""
    y, x = np.mgrid[0:32, 0:32]
    return np.stack([x * 7, y * 7, (x + y) * 3], axis=-1).astype(np.uint8)


@functools.cache
def _make(strength: float, flip: bool) -> Callable[..., Any]:
    return make_augmentation(strength, flip)


def _augment(image: np.ndarray, seed: tuple[int, int], strength: float, flip: bool) -> np.ndarray:
    return _make(strength, flip)(tf.constant(image[None]), tf.constant([seed]))[0].numpy()


def test_equal_seeds_give_equal_results(image: np.ndarray) -> None:
    first, again = (_augment(image, (1, 2), 1.0, True) for _ in range(2))
    np.testing.assert_array_equal(first, again, strict=True)


def test_other_seeds_give_other_results(image: np.ndarray) -> None:
    results = {_augment(image, seed, 1.0, True).tobytes() for seed in SEEDS}
    assert len(results) == len(SEEDS)


def test_strength_0_without_flip_is_the_identity(image: np.ndarray) -> None:
    for seed in SEEDS:
        np.testing.assert_array_equal(_augment(image, seed, 0.0, False), image, strict=True)


def test_flip_mirrors_left_to_right_about_half_of_the_time(image: np.ndarray) -> None:
    mirrored = 0
    for seed in SEEDS:
        result = _augment(image, seed, 0.0, True)
        is_mirrored = np.array_equal(result, image[:, ::-1])
        assert is_mirrored or np.array_equal(result, image)
        mirrored += is_mirrored
    assert 10 <= mirrored <= 30


def test_without_flip_nothing_is_mirrored(image: np.ndarray) -> None:
    for seed in SEEDS:
        red = _augment(image, seed, 1.0, False)[..., 0].astype(int)
        assert red[:, :8].mean() < red[:, -8:].mean()


def test_type_and_shape_stay(image: np.ndarray) -> None:
    result = _augment(image, (1, 1), 3.0, True)
    assert (result.dtype, result.shape) == (image.dtype, image.shape)


def test_more_strength_changes_more(image: np.ndarray) -> None:
    def change(strength: float) -> float:
        results = [_augment(image, seed, strength, False).astype(int) for seed in SEEDS]
        return float(np.mean([np.abs(result - image).mean() for result in results]))

    assert 0 < change(0.2) < change(1.0) < change(3.0)


def test_a_white_image_gets_no_dark_border() -> None:
    white = np.full((32, 32, 3), 255, np.uint8)
    for seed in SEEDS:
        result = _augment(white, seed, 1.0, False)
        assert np.unique(result).size == 1


def test_what_becomes_of_an_image_does_not_depend_on_the_batch(image: np.ndarray) -> None:
    images = np.stack([image, image[::-1], 255 - image, image])
    seeds = tf.constant(SEEDS[:4])
    together = _make(1.0, True)(tf.constant(images), seeds).numpy()
    assert not np.array_equal(together[0], together[3])
    for number, seed in enumerate(SEEDS[:4]):
        np.testing.assert_array_equal(together[number], _augment(images[number], seed, 1.0, True))


@pytest.mark.parametrize("strength", [1.0, 3.0])
def test_warp_is_the_projective_transform_of_tensorflow(strength: float) -> None:
    random = np.random.default_rng(1)
    images = tf.constant(random.integers(0, 256, (20, 32, 32, 3)).astype(np.uint8))
    draws = tf.constant(random.uniform(-1, 1, (20, 8)).astype(np.float32))
    transforms = augmentation._affine(32, draws, strength, flip=True)
    wanted = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=tf.pad(transforms, [[0, 0], [0, 2]]),
        output_shape=[32, 32],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )
    np.testing.assert_allclose(augmentation._warp(images, transforms), wanted, atol=0.02)
