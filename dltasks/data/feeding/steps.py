"""The shared tf.data pipeline: small steps from data set to data set.

The order of the examples is a function of seed and position alone, so training can start at any
step, and every worker can find its share, without reading what comes before.

    order = shuffled_order(count, seed=1, batch_size=32)          # endless: (index, position)
    batches = fetch_batches(order, cache, tf.TensorSpec([224, 224, 3], tf.uint8), targets, 32)
    batches = augment_batches(batches, random_flips, seed=1)      # (inputs, targets)
    batches = read_ahead(batches)

Each step of tf.data costs some 30 microseconds, so whatever is done with examples is done with a
whole batch of them at a time, which is ten times cheaper.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.feeding.cache import DecodedCache
from dltasks.data.feeding.failures import remembered
from dltasks.data.feeding.padding import stack_padded
from dltasks.data.feeding.sharding import EVERYTHING, Shard
from pipelines.session import available_cores

if TYPE_CHECKING:
    import tensorflow as tf

SHUFFLE_KEY = 498247692  # TensorFlow's own; with 0 there, small seeds hardly shuffle at all
READ_AHEAD = 2  # batches
LOCATED_AT_ONCE = 256  # positions of an order; one at a time they would cost as much as a step


def shuffled_order(
    count: int, *, batch_size: int, seed: int, shard: Shard = EVERYTHING, start_step: int = 0
) -> tf.data.Dataset:
    """Count through the examples for ever, in another order each epoch.

    An epoch is `steps_per_epoch(count, batch_size)` batches; the few examples that do not fill the
    last batch are others each time.

    Args:
        count: of the examples.
        batch_size: global: of all workers together.
        seed: of the order.
        shard: which worker's share to give.
        start_step: batches to leave out at the beginning, without cost.

    Returns:
        int64 pairs (index of the example, position since the beginning of training).

    >>> list(shuffled_order(3, batch_size=1, seed=1).take(3).map(lambda i, _: i))  # doctest: +SKIP
    [2, 0, 1]
    """
    import tensorflow as tf

    per_epoch = steps_per_epoch(count, batch_size) * batch_size

    def locate(positions: Any) -> Any:
        epochs, places = positions // per_epoch, positions % per_epoch
        of_run = tf.fill(tf.shape(epochs), tf.constant(seed, tf.int64))
        of_all = tf.fill(tf.shape(epochs), tf.constant(SHUFFLE_KEY, tf.int64))
        # tf.random.experimental.index_shuffle is this, but fails on vectors.
        indices = tf.raw_ops.RandomIndexShuffle(
            index=places % count,
            seed=tf.stack([of_all, of_run, epochs], axis=1),
            max_index=tf.constant(count - 1, tf.int64),
            rounds=4,
        )
        return indices, positions

    positions = tf.data.Dataset.range(start_step * batch_size, np.iinfo(np.int64).max)
    share = positions.shard(shard.count, shard.index)
    return share.batch(LOCATED_AT_ONCE).map(locate).unbatch()


def plain_order(count: int, shard: Shard = EVERYTHING) -> tf.data.Dataset:
    """Count through the examples once, in their own order: int64 pairs (index, position)."""
    import tensorflow as tf

    indices = tf.data.Dataset.range(count).shard(shard.count, shard.index)
    if shard.count > 1:
        # Keras takes a worker's number of examples for that of all workers together, and would
        # stop before the end; of a filtered data set it does not know the number.
        indices = indices.filter(lambda index: True)
    return indices.map(lambda index: (index, index))


def steps_per_epoch(count: int, batch_size: int) -> int:
    """Count the full batches in an epoch; at least one, from examples used again."""
    return max(count // batch_size, 1)


def fetch_batches(
    order: tf.data.Dataset,
    cache: DecodedCache,
    spec: tf.TensorSpec,
    targets: np.ndarray,
    size: int,
    *,
    drop_remainder: bool = False,
) -> tf.data.Dataset:
    """Look batches of examples of one shape up; `padded_batches` is for those of many lengths.

    As many batches as there are cores are decoded at a time.

    Args:
        order: pairs (index, position).
        cache: index -> array of the spec's shape and type.
        spec: of one decoded example.
        targets: [example, ...].
        size: of a batch.
        drop_remainder: leave out the last batch where it is not full.

    Returns:
        Triples (inputs, targets, positions).
    """
    import tensorflow as tf

    target_table = tf.constant(targets)
    shape = spec.shape.as_list()

    @remembered
    def read(indices: Any) -> Any:
        arrays = [cache[int(index)] for index in indices]
        return stack_padded(arrays, shape)

    def look_up(indices: Any, positions: Any) -> Any:
        inputs = tf.numpy_function(read, [indices], spec.dtype, stateful=False)
        inputs = tf.ensure_shape(inputs, [indices.shape[0], *shape])
        return inputs, tf.gather(target_table, indices), positions

    batches = order.batch(size, drop_remainder=drop_remainder)
    return batches.map(look_up, num_parallel_calls=available_cores(), deterministic=True)


def augment_batches(
    batches: tf.data.Dataset, change: Callable[[Any, Any], Any], *, seed: int
) -> tf.data.Dataset:
    """Change the inputs of (inputs, targets, positions) triples; give (inputs, targets) pairs.

    Args:
        batches: triples from `fetch_batches`.
        change: (inputs [batch, ...], int32 seeds [batch, 2]) -> inputs. What becomes of an example
            may follow from its own seed alone, for each worker has another part of the batch.
        seed: of the run; with the position it makes the seed of each example.
    """

    def step(inputs: Any, targets: Any, positions: Any) -> Any:
        return change(inputs, _seeds(seed, positions)), targets

    return batches.map(step, num_parallel_calls=available_cores(), deterministic=True)


def draw_each(seeds: tf.Tensor, count: int) -> tf.Tensor:
    """Draw numbers evenly from -1 to 1 for each example, from its seed alone.

    Args:
        seeds: int32 [batch, 2].
        count: of numbers an example.

    Returns:
        float32 [batch, count].
    """
    import tensorflow as tf

    def draw(seed: Any) -> Any:
        return tf.random.stateless_uniform([count], seed, -1.0, 1.0)

    return tf.map_fn(draw, seeds, fn_output_signature=tf.TensorSpec([count], tf.float32))


def _seeds(seed: int, positions: tf.Tensor) -> tf.Tensor:
    """Give int32 [..., 2] for positions [...]."""
    import tensorflow as tf

    of_run = tf.fill(tf.shape(positions), tf.constant(seed % (1 << 31), tf.int64))
    return tf.cast(tf.stack([of_run, positions % (1 << 31)], axis=-1), tf.int32)


def drop_position(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Give (input, target) pairs of (input, target, position) triples."""
    return dataset.map(lambda example, target, position: (example, target))


def batch(dataset: tf.data.Dataset, size: int, *, drop_remainder: bool = False) -> tf.data.Dataset:
    """Batch examples of one shape, and read ahead of the network."""
    return read_ahead(dataset.batch(size, drop_remainder=drop_remainder))


def read_ahead(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Have batches ready before the network asks for them; the last step of a pipeline."""
    return as_it_is(batches.prefetch(READ_AHEAD))


def as_it_is(dataset: tf.data.Dataset) -> tf.data.Dataset:
    """Have TensorFlow neither shard nor tune a pipeline.

    Sharding is already done, by the order; tf.distribute must not do it again. What tunes is a
    thread that sleeps for up to a minute; whoever drops an iterator waits for it to wake up.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    options.autotune.enabled = False
    return dataset.with_options(options)
