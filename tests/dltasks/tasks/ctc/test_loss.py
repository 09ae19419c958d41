from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from dltasks.tasks.ctc.loss import (
    PADDING,
    CtcLoss,
    ctc,
    label_table,
    portable_kernel,
    sparse_kernel,
)

KERNELS = [sparse_kernel, portable_kernel]
LABELS = [[0, 1, 2], [1, 1], [2], []]
FRAMES = [7, 5, 3, 4]
CLASSES = 4  # three symbols and the blank


def _logits(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(4, 7, CLASSES)).astype(np.float32)


def _reference(labels: list[int], logits: np.ndarray) -> float:
    """The forward variables of Graves et al. 2006, section 4.1, in double precision."""
    exponentials = np.exp(logits.astype(np.float64))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    blank = logits.shape[1] - 1
    with_blanks = [blank]
    for label in labels:
        with_blanks += [label, blank]
    alpha = np.zeros((len(logits), len(with_blanks)))
    alpha[0, :2] = probabilities[0, with_blanks[:2]]
    for frame in range(1, len(logits)):
        for place, label in enumerate(with_blanks):
            total = alpha[frame - 1, max(place - 1, 0) : place + 1].sum()
            if place >= 2 and label not in (blank, with_blanks[place - 2]):
                total += alpha[frame - 1, place - 2]
            alpha[frame, place] = total * probabilities[frame, label]
    return float(-np.log(alpha[-1, -2:].sum()))


@pytest.mark.parametrize("kernel", KERNELS)
def test_kernel_agrees_with_the_paper(kernel) -> None:
    logits = _logits()
    found = ctc(label_table(LABELS), tf.constant(logits), tf.constant(FRAMES), kernel).numpy()
    expected = [
        _reference(labels, row[:frames])
        for labels, row, frames in zip(LABELS, logits, FRAMES, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("kernel", KERNELS)
def test_gradient_is_that_of_the_paper_and_zero_beyond_the_frames(kernel) -> None:
    logits = tf.Variable(_logits(1))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(ctc(label_table(LABELS), logits, tf.constant(FRAMES), kernel))
    gradient = tape.gradient(loss, logits).numpy()
    assert np.abs(gradient[2, 3:]).max() == 0
    step = 1e-5
    for place in [(0, 0, 1), (0, 3, 3), (1, 2, 1), (2, 1, 0)]:
        example, frames = place[0], FRAMES[place[0]]
        up, down = (_logits(1).astype(np.float64) for _ in range(2))
        up[place] += step
        down[place] -= step
        slope = (
            _reference(LABELS[example], up[example, :frames])
            - _reference(LABELS[example], down[example, :frames])
        ) / (2 * step)
        assert gradient[place] == pytest.approx(slope, abs=2e-3)


@pytest.mark.parametrize("kernel", KERNELS)
def test_too_few_frames_for_the_labels_cost_nothing(kernel) -> None:
    labels = label_table([[1, 1, 1], [0, 1]])
    frames = tf.constant([4, 2])
    found = ctc(labels, tf.constant(_logits()[:2]), frames, kernel).numpy()
    assert found[0] == 0
    assert found[1] > 0


def test_label_table_pads_behind_the_labels() -> None:
    assert label_table([[1, 2], [], [3]]).tolist() == [[1, 2], [-1, -1], [3, -1]]
    assert label_table([[]]).shape == (1, 0)


def test_loss_takes_frames_and_labels_from_the_targets_and_averages() -> None:
    table = label_table(LABELS)
    targets = np.concatenate([np.array(FRAMES)[:, None], table], axis=1)
    logits, frames = tf.constant(_logits()), tf.constant(FRAMES)
    expected = ctc(table, logits, frames, sparse_kernel).numpy().mean()
    assert float(CtcLoss(CLASSES)(targets, _logits())) == pytest.approx(expected, rel=1e-5)
    assert table.min() == PADDING


def test_shortcut_counts_with_its_weight() -> None:
    targets = np.concatenate([np.array(FRAMES)[:, None], label_table(LABELS)], axis=1)
    both = np.concatenate([_logits(0), _logits(1)], axis=2)
    alone = [float(CtcLoss(CLASSES)(targets, _logits(seed))) for seed in (0, 1)]
    found = float(CtcLoss(CLASSES, shortcut_weight=0.25)(targets, both))
    assert found == pytest.approx(alone[0] + 0.25 * alone[1], rel=1e-5)


def test_a_network_learns_by_it() -> None:
    inputs = keras.Input((None, 3))
    model = keras.Model(inputs, keras.layers.Dense(CLASSES)(inputs))
    model.compile(keras.optimizers.Adam(0.1), loss=CtcLoss(CLASSES), jit_compile=False)
    frames = np.eye(3, dtype=np.float32)[[[0, 1, 2, 2]]]
    targets = np.array([[4, 0, 1, 2]])
    losses = [model.train_on_batch(frames, targets) for _ in range(60)]
    assert losses[-1] < 0.2 * losses[0]
