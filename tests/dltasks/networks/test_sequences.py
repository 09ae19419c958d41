from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from dltasks.export.graphs import to_onnx
from dltasks.networks.recurrent import bidirectional_lstm
from dltasks.networks.sequences import HideSpans, ReverseWithin, reverse_within
from pipelines.session import Graph

FRAMES = np.array([2, 0, 3], np.int32)


def test_each_sequence_is_turned_around_within_its_length() -> None:
    found = ReverseWithin()(np.arange(9, dtype=np.float32).reshape(3, 3, 1), FRAMES)
    assert found.numpy()[..., 0].tolist() == [[1, 0, 2], [3, 4, 5], [8, 7, 6]]


def test_what_lies_behind_a_sequence_stays_there_when_it_is_turned() -> None:
    x = np.arange(10, dtype=np.float32).reshape(2, 5, 1)
    found = reverse_within(x, np.array([3, 5], np.int32)).numpy()[:, :, 0]
    np.testing.assert_array_equal(found, [[2, 1, 0, 3, 4], [9, 8, 7, 6, 5]])


def test_what_is_learned_goes_to_the_frame_it_came_from() -> None:
    x = tf.constant(np.zeros((3, 3, 1), np.float32))
    weights = np.arange(9, dtype=np.float32).reshape(3, 3, 1)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(ReverseWithin()(x, FRAMES) * weights)
    turned = [[1, 0, 2], [3, 4, 5], [8, 7, 6]]  # its own inverse
    assert tape.gradient(loss, x).numpy()[..., 0].tolist() == turned


def test_an_exported_lstm_reads_each_sequence_from_its_own_end() -> None:
    x = keras.Input((None, 3), name="x")
    frames = keras.Input((), dtype="int32", name="frames")
    network = keras.Model({"x": x, "frames": frames}, bidirectional_lstm(x, frames, units=4))
    values = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)
    lengths = np.array([4, 6], np.int32)
    expected = network({"x": values, "frames": lengths}).numpy()
    graph = Graph(to_onnx(network), origin="test", device="cpu", threads=1)
    (together,) = graph.run(x=values, frames=lengths)
    (alone,) = graph.run(x=values[:1, :4], frames=lengths[:1])
    np.testing.assert_allclose(together[0, :4], alone[0], atol=1e-6)
    np.testing.assert_allclose(together[1], expected[1], atol=1e-5)
    np.testing.assert_allclose(together[0, :4], expected[0, :4], atol=1e-5)


def test_spans_are_hidden_in_training_only() -> None:
    keras.utils.set_random_seed(1)
    layer = HideSpans(0.3, 4)
    frames = np.ones((50, 200, 3), np.float32)
    hidden = np.asarray(layer(frames, training=True)) == 0
    assert abs(hidden.mean() - 0.3) < 0.03
    assert (hidden == hidden[:, :, :1]).all()  # the whole frame
    for line in hidden[:, :, 0]:
        edges = np.flatnonzero(np.diff(line.astype(int)))
        inside = line[edges[0] + 1 : edges[-1] + 1]  # what the ends cut off left out
        lengths = [len(run) for run in "".join("x" if h else " " for h in inside).split()]
        assert min(lengths) >= 4
    np.testing.assert_array_equal(layer(frames), frames)
    np.testing.assert_array_equal(HideSpans(0.0, 4)(frames, training=True), frames)
