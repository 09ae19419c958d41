from __future__ import annotations

import numpy as np
import tensorflow as tf

from dltasks.training.sequences import ReverseWithin

FRAMES = np.array([2, 0, 3], np.int32)


def test_each_sequence_is_turned_around_within_its_length() -> None:
    found = ReverseWithin()(np.arange(9, dtype=np.float32).reshape(3, 3, 1), FRAMES)
    assert found.numpy()[..., 0].tolist() == [[1, 0, 2], [3, 4, 5], [8, 7, 6]]


def test_what_is_learnt_goes_to_the_frame_it_came_from() -> None:
    x = tf.constant(np.zeros((3, 3, 1), np.float32))
    weights = np.arange(9, dtype=np.float32).reshape(3, 3, 1)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(ReverseWithin()(x, FRAMES) * weights)
    turned = [[1, 0, 2], [3, 4, 5], [8, 7, 6]]  # its own inverse
    assert tape.gradient(loss, x).numpy()[..., 0].tolist() == turned
