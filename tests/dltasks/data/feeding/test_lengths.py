"""Batches of like length: little padding, another order each epoch, and any step can be first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltasks.data.feeding.cache import DecodedCache
from dltasks.data.feeding.lengths import (
    bucketed_order,
    decoded_lengths,
    order_epoch,
    padded_batches,
    padding_share,
)
from dltasks.data.feeding.sharding import Shard
from dltasks.data.feeding.steps import plain_order

LENGTHS = np.random.default_rng(0).integers(20, 400, 1003)


def _take(count: int, **settings: int | Shard) -> np.ndarray:
    order = bucketed_order(LENGTHS, batch_size=16, seed=3, **settings)  # type: ignore[arg-type]
    return np.array([tuple(map(int, pair)) for pair in order.take(count).as_numpy_iterator()])


def test_padding_stays_under_a_seventh_where_a_shuffle_wastes_almost_half() -> None:
    assert padding_share(LENGTHS, order_epoch(LENGTHS, 16, seed=3, epoch=0), 16) < 0.15
    shuffled = np.random.default_rng(1).permutation(len(LENGTHS))[: 62 * 16]
    assert padding_share(LENGTHS, shuffled, 16) > 0.4


def test_padding_share_by_hand() -> None:
    lengths = np.array([1, 3, 2, 2])
    assert padding_share(lengths, np.array([0, 1, 2, 3]), 2) == pytest.approx(2 / 10)


def test_measuring_decodes_each_example_once_and_keeps_it() -> None:
    decoded: list[int] = []

    def decode(index: int) -> np.ndarray:
        decoded.append(index)
        return np.zeros((3, LENGTHS[index]))

    cache = DecodedCache(decode, "memory")
    np.testing.assert_array_equal(decoded_lengths(cache, 20, axis=1), LENGTHS[:20])
    assert cache[7].shape == (3, LENGTHS[7])
    assert sorted(decoded) == list(range(20))


def test_an_epoch_has_no_example_twice_and_epochs_differ() -> None:
    first, second = (order_epoch(LENGTHS, 16, seed=3, epoch=number) for number in (0, 1))
    assert len(first) == len(set(first)) == 62 * 16
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, order_epoch(LENGTHS, 16, seed=4, epoch=0))


def test_fewer_examples_than_a_batch_come_again() -> None:
    order = order_epoch(np.array([5, 6, 7]), 8, seed=1, epoch=0)
    assert len(order) == 8
    assert set(order) == {0, 1, 2}


@pytest.mark.parametrize("start_step", [1, 61, 62, 100])
def test_a_later_start_gives_exactly_the_tail(start_step: int) -> None:
    whole = _take(110 * 16)
    later = _take((110 - start_step) * 16, start_step=start_step)
    np.testing.assert_array_equal(later, whole[start_step * 16 :])


def test_shards_together_are_the_whole() -> None:
    whole = _take(64)
    for index in range(2):
        np.testing.assert_array_equal(_take(32, shard=Shard(2, index)), whole[index::2])


def _count_up(index: int, position: int) -> np.ndarray:
    """Make an example a number longer than the one before, that starts at ten times its place."""
    return np.arange(index + 1)[None] + 10 * position


def _padded(count: int, **settings: Any) -> tf.data.Dataset:
    spec = tf.TensorSpec([1, None], tf.int64)
    return padded_batches(plain_order(count), _count_up, spec, 2, **settings)


def test_each_batch_is_padded_to_its_longest() -> None:
    first, second = _padded(3).as_numpy_iterator()
    assert first[0].tolist() == [[[0, 0]], [[10, 11]]]
    assert [part.tolist() for part in first[1:]] == [[1, 2], [0, 1]]
    assert [part.tolist() for part in second] == [[[[20, 21, 22]]], [3], [2]]


def test_batches_are_as_long_as_a_multiple_and_full_where_told() -> None:
    batches = _padded(3, multiple_of=4, drop_remainder=True)
    ((inputs, lengths, _),) = batches.as_numpy_iterator()
    assert inputs.shape == (2, 1, 4)
    assert lengths.tolist() == [1, 2]
    assert lengths.dtype == np.int32
    assert batches.element_spec[0].shape.as_list() == [2, 1, None]


def test_an_example_of_another_shape_is_refused() -> None:
    spec = tf.TensorSpec([2, None], tf.int64)
    with pytest.raises(tf.errors.InvalidArgumentError):
        list(padded_batches(plain_order(1), _count_up, spec, 1))
