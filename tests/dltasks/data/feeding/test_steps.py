from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from dltasks.data.feeding import steps
from dltasks.data.feeding.cache import CACHE_KINDS, CacheKind, DecodedCache
from dltasks.data.feeding.sharding import EVERYTHING, Shard


def _indices(dataset: tf.data.Dataset, count: int) -> list[int]:
    return [int(index) for index, _ in dataset.take(count).as_numpy_iterator()]


def _pairs(dataset: tf.data.Dataset, count: int) -> list[tuple[int, int]]:
    return [(int(index), int(at)) for index, at in dataset.take(count).as_numpy_iterator()]


@pytest.mark.parametrize("count", [2, 3, 12, 97])
def test_each_epoch_is_a_permutation(count: int) -> None:
    order = steps.shuffled_order(count, batch_size=1, seed=5)
    indices = _indices(order, 4 * count)
    for epoch in range(4):
        assert sorted(indices[epoch * count : (epoch + 1) * count]) == list(range(count))


def test_epochs_and_seeds_differ() -> None:
    order = _indices(steps.shuffled_order(40, batch_size=4, seed=1), 120)
    epochs = [order[0:40], order[40:80], order[80:120]]
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert epochs[0] != list(range(40))
    assert order == _indices(steps.shuffled_order(40, batch_size=4, seed=1), 120)
    assert epochs[0] != _indices(steps.shuffled_order(40, batch_size=4, seed=2), 40)


def test_no_example_is_seen_twice_in_an_epoch_of_full_batches() -> None:
    count, batch_size = 10, 4
    in_epoch = steps.steps_per_epoch(count, batch_size) * batch_size
    indices = _indices(steps.shuffled_order(count, batch_size=batch_size, seed=1), 20 * in_epoch)
    left_out = Counter()
    for start in range(0, len(indices), in_epoch):
        epoch = indices[start : start + in_epoch]
        assert len(set(epoch)) == in_epoch == 8
        left_out.update(set(range(count)) - set(epoch))
    assert len(left_out) > 4  # not always the same two


def test_fewer_examples_than_a_batch_are_used_again() -> None:
    assert steps.steps_per_epoch(3, 8) == 1
    indices = _indices(steps.shuffled_order(3, batch_size=8, seed=1), 16)
    for start in (0, 8):
        assert sorted(Counter(indices[start : start + 8]).values()) == [2, 3, 3]


@pytest.mark.parametrize("start_step", [1, 3, 7, 25])
def test_starting_later_gives_exactly_the_tail(start_step: int) -> None:
    whole = _pairs(steps.shuffled_order(10, batch_size=3, seed=1), 120)
    tail = _pairs(steps.shuffled_order(10, batch_size=3, seed=1, start_step=start_step), 30)
    assert tail == whole[start_step * 3 : start_step * 3 + 30]


@pytest.mark.parametrize("start_step", [0, 2])
def test_two_shards_together_give_the_global_batch(start_step: int) -> None:
    def order(shard: Shard) -> tf.data.Dataset:
        return steps.shuffled_order(11, batch_size=4, seed=1, shard=shard, start_step=start_step)

    whole = _pairs(order(Shard()), 40)
    halves = [_pairs(order(Shard(2, index)), 20) for index in (0, 1)]
    for step in range(10):
        of_workers = [pair for half in halves for pair in half[step * 2 : step * 2 + 2]]
        assert sorted(of_workers) == sorted(whole[step * 4 : step * 4 + 4])


def test_plain_order_counts_through_once() -> None:
    assert _pairs(steps.plain_order(3), 10) == [(0, 0), (1, 1), (2, 2)]


@pytest.mark.parametrize("kind", CACHE_KINDS)
def test_batches_hold_the_examples_of_the_order_with_their_targets(kind: CacheKind) -> None:
    images = np.random.default_rng(0).integers(0, 255, (9, 4, 5, 3)).astype(np.uint8)
    cache = DecodedCache(lambda index: images[index], kind)
    spec, targets = tf.TensorSpec([4, 5, 3], tf.uint8), np.eye(9, dtype=np.float32)
    order = steps.shuffled_order(9, batch_size=3, seed=1)
    batches = steps.fetch_batches(order, cache, spec, targets, 3).take(9)
    for step, (found, found_targets, positions) in enumerate(batches.as_numpy_iterator()):
        np.testing.assert_array_equal(found, images[found_targets.argmax(axis=1)], strict=True)
        assert positions.tolist() == [3 * step, 3 * step + 1, 3 * step + 2]
    assert batches.element_spec[0].shape.as_list() == [None, 4, 5, 3]


def test_fetched_batches_without_remainder_are_full_and_know_their_size() -> None:
    cache = DecodedCache(lambda index: np.zeros(3, np.uint8), "none")
    batches = steps.fetch_batches(
        steps.plain_order(5),
        cache,
        tf.TensorSpec([3], tf.uint8),
        np.zeros(5),
        2,
        drop_remainder=True,
    )
    assert batches.element_spec[0].shape == (2, 3)
    assert len(list(batches)) == 2


def test_an_example_of_another_shape_is_refused() -> None:
    cache = DecodedCache(lambda index: np.zeros((2, 2, 3), np.uint8), "none")
    spec = tf.TensorSpec([4, 4, 3], tf.uint8)
    batches = steps.fetch_batches(steps.plain_order(1), cache, spec, np.zeros((1, 1)), 1)
    with pytest.raises(tf.errors.InvalidArgumentError):
        list(batches)


def test_an_error_in_decoding_is_not_swallowed() -> None:
    def decode(index: int) -> np.ndarray:
        raise OSError("the file went away")

    cache = DecodedCache(decode, "memory")
    spec = tf.TensorSpec([1], tf.uint8)
    batches = steps.fetch_batches(steps.plain_order(1), cache, spec, np.zeros((1, 1)), 1)
    with pytest.raises(tf.errors.OpError, match="the file went away"):
        list(batches)


def _order_and_rest(start_step: int, shard: Shard = EVERYTHING) -> tuple[Any, ...]:
    order = steps.shuffled_order(4, batch_size=2, seed=1, start_step=start_step, shard=shard)
    cache = DecodedCache(lambda index: np.full(3, index, np.float32), "memory")
    return order, cache, tf.TensorSpec([3], tf.float32), np.arange(4, dtype=np.float32)[:, None]


def _shift_each(examples: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
    return examples + steps.draw_each(seeds, 3) / 2 + 0.5


def _augmented(seed: int, start_step: int, shard: Shard = EVERYTHING) -> list[np.ndarray]:
    batches = steps.fetch_batches(*_order_and_rest(start_step, shard), 2)
    changed = steps.augment_batches(batches, _shift_each, seed=seed)
    return [example for batch, _ in changed.take(4).as_numpy_iterator() for example in batch]


def test_augmentation_is_a_function_of_seed_and_position() -> None:
    whole = _augmented(seed=1, start_step=0)
    np.testing.assert_array_equal(whole, _augmented(seed=1, start_step=0))
    np.testing.assert_array_equal(whole[4:], _augmented(seed=1, start_step=2)[:4])
    assert not np.array_equal(whole, _augmented(seed=2, start_step=0))


def test_an_example_looks_different_each_time() -> None:
    fractions = [example - np.floor(example) for example in _augmented(seed=1, start_step=0)]
    assert len({fraction.tobytes() for fraction in fractions}) == len(fractions)


def test_large_seeds_are_taken() -> None:
    assert len(_augmented(seed=2**40 + 1, start_step=0)) == 8


def test_a_worker_augments_its_examples_as_one_process_would() -> None:
    whole = _augmented(seed=1, start_step=0)
    share = _augmented(seed=1, start_step=0, shard=Shard(2, 1))
    np.testing.assert_array_equal(share[:4], whole[1::2])


def test_batch_keeps_the_last_small_one_unless_told() -> None:
    dataset = tf.data.Dataset.range(5)
    assert [batch.tolist() for batch in steps.batch(dataset, 2).as_numpy_iterator()] == [
        [0, 1],
        [2, 3],
        [4],
    ]
    full = steps.batch(dataset, 2, drop_remainder=True)
    assert [batch.tolist() for batch in full.as_numpy_iterator()] == [[0, 1], [2, 3]]


def test_drop_position_keeps_input_and_target() -> None:
    dataset = tf.data.Dataset.from_tensors((1, 2, 3))
    assert list(steps.drop_position(dataset).as_numpy_iterator()) == [(1, 2)]


def test_batches_are_not_divided_among_workers_a_second_time() -> None:
    options = steps.batch(tf.data.Dataset.range(2), 2).options().experimental_distribute
    assert options.auto_shard_policy == tf.data.experimental.AutoShardPolicy.OFF
