"""Batches of examples of similar length, to keep padding small.

As everywhere, the order is a function of seed and position: an epoch's order is computed from its
number, so training can start at any step without reading what comes before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.feeding.cache import DecodedCache
from dltasks.data.feeding.failures import remembered
from dltasks.data.feeding.padding import stack_padded
from dltasks.data.feeding.sharding import EVERYTHING, Shard
from dltasks.data.feeding.steps import shuffled_order, steps_per_epoch
from pipelines.session import available_cores, map_in_order

if TYPE_CHECKING:
    import tensorflow as tf

# Examples are sorted by length within a pool of so many batches: enough for batches of like
# length, few enough that an example's companions change from epoch to epoch.
POOL_BATCHES = 50


def stage_order(
    examples: int | np.ndarray,
    *,
    batch_size: int,
    seed: int,
    shard: Shard,
    epochs_done: int,
    steps_done: int,
) -> tuple[tf.data.Dataset, int]:
    """Order the examples of a training stage from the step on at which it goes on.

    Args:
        examples: how many there are; or the length of each, to put similar ones together.
        batch_size: of all workers together.
        seed: of the order.
        shard: which worker's share to give.
        epochs_done: by an earlier process.
        steps_done: of the epoch after them.

    Returns:
        int64 pairs (index of the example, position since the beginning of training); and how many
        steps an epoch has.
    """
    count = examples if isinstance(examples, int) else len(examples)
    per_epoch = steps_per_epoch(count, batch_size)
    start_step = epochs_done * per_epoch + steps_done
    if isinstance(examples, int):
        order = shuffled_order(
            examples, batch_size=batch_size, seed=seed, shard=shard, start_step=start_step
        )
    else:
        order = bucketed_order(
            examples, batch_size=batch_size, seed=seed, shard=shard, start_step=start_step
        )
    return order, per_epoch


def bucketed_order(
    lengths: np.ndarray,
    *,
    batch_size: int,
    seed: int,
    shard: Shard = EVERYTHING,
    start_step: int = 0,
) -> tf.data.Dataset:
    """Count through the examples for ever, similar lengths together, in a new order each epoch.

    Args:
        lengths: [example], in frames or tokens.
        batch_size: global: of all workers together. The next step of the pipeline has to batch by
            it, in this order; tf.distribute gives each worker its part.
        seed: of the order.
        shard: which worker's share to give.
        start_step: batches to leave out at the beginning, without cost.

    Returns:
        int64 pairs (index of the example, position since the beginning of training).
    """
    import tensorflow as tf

    batches = max(len(lengths) // batch_size, 1)
    per_epoch = batches * batch_size
    first_epoch, first_step = divmod(start_step, batches)

    def order_of(epoch: Any) -> Any:
        indices = tf.numpy_function(
            lambda number: order_epoch(lengths, batch_size, seed, int(number)), [epoch], tf.int64
        )
        indices = tf.ensure_shape(indices, [per_epoch])
        positions = epoch * per_epoch + tf.range(per_epoch, dtype=tf.int64)
        return tf.data.Dataset.from_tensor_slices((indices, positions))

    epochs = tf.data.Dataset.range(first_epoch, np.iinfo(np.int64).max)
    order = epochs.flat_map(order_of).skip(first_step * batch_size)
    return order.shard(shard.count, shard.index)


def order_epoch(lengths: np.ndarray, batch_size: int, seed: int, epoch: int) -> np.ndarray:
    """Give one epoch's order: int64 [batches * batch_size].

    The few examples that do not fill the last batch are others each epoch; where there are fewer
    examples than one batch takes, some come twice.
    """
    random = np.random.default_rng([seed, epoch])
    count = max(len(lengths) // batch_size, 1) * batch_size
    shuffled = np.resize(random.permutation(len(lengths)), count)
    pool_size = POOL_BATCHES * batch_size
    pools = [shuffled[start : start + pool_size] for start in range(0, count, pool_size)]
    by_length = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
    batches = by_length.reshape(-1, batch_size)
    return random.permutation(batches).reshape(-1).astype(np.int64)


def padded_batches(
    order: tf.data.Dataset,
    make: Callable[[int, int], np.ndarray],
    spec: tf.TensorSpec,
    size: int,
    *,
    multiple_of: int = 1,
    drop_remainder: bool = False,
) -> tf.data.Dataset:
    """Make batches of examples of different lengths, padded with zeros at the end.

    As many batches as there are cores are made at a time.

    Args:
        order: pairs (index, position).
        make: (index, position) -> the example, an array of the spec's type. The same position
            must give the same array.
        spec: of one example; its length is the dimension that is None.
        size: of a batch; goes with that of `bucketed_order`.
        multiple_of: batches are as long as a multiple of this, so that a network that halves them
            comes out even and meets fewer shapes.
        drop_remainder: leave out the last batch where it is not full.

    Returns:
        Triples (inputs [batch, ...], lengths int32 [batch], indices int64 [batch]).
    """
    import tensorflow as tf

    shape = spec.shape.as_list()
    axis = shape.index(None)

    @remembered
    def make_batch(indices: Any, positions: Any) -> Any:
        pairs = zip(indices, positions, strict=True)
        arrays = [make(int(index), int(position)) for index, position in pairs]
        lengths = [array.shape[axis] for array in arrays]
        return stack_padded(arrays, shape, multiple_of=multiple_of), np.array(lengths, np.int32)

    def step(indices: Any, positions: Any) -> Any:
        types = (spec.dtype, tf.int32)
        inputs, lengths = tf.numpy_function(make_batch, [indices, positions], types, stateful=False)
        inputs = tf.ensure_shape(inputs, [indices.shape[0], *shape])
        return inputs, tf.ensure_shape(lengths, [indices.shape[0]]), indices

    batches = order.batch(size, drop_remainder=drop_remainder)
    return batches.map(step, num_parallel_calls=available_cores(), deterministic=True)


def decoded_lengths(cache: DecodedCache, count: int, *, axis: int) -> np.ndarray:
    """Decode all examples on all cores, which fills the cache, and measure them.

    Args:
        cache: index -> array.
        count: of the examples.
        axis: along which they are measured.

    Returns:
        int [example].
    """
    lengths = map_in_order(
        lambda index: cache[index].shape[axis], range(count), workers=available_cores()
    )
    return np.fromiter(lengths, np.int64, count)


def padding_share(lengths: np.ndarray, order: np.ndarray, batch_size: int) -> float:
    """Give the part of all frames that is padding when examples are batched in this order."""
    batches = np.asarray(lengths)[order].reshape(-1, batch_size)
    padded = batches.max(axis=1).sum() * batch_size
    return float(1.0 - batches.sum() / padded)
