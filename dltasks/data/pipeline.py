"""The shared tf.data pipeline: small steps from data set to data set.

The order of the examples is a function of seed and position alone, so training can start at any
step, and every worker can find its share, without reading what comes before.

    order = shuffled_order(count, seed=1, batch_size=32)          # endless: (index, position)
    batches = fetch_batches(order, cache, tf.TensorSpec([224, 224, 3], tf.uint8), targets, 32)
    batches = augment_batches(batches, random_flips, seed=1)      # (inputs, targets)
    batches = read_ahead(batches)

Each step of tf.data costs some 30 microseconds, so steps that take a whole batch are ten times
cheaper than those that take an example. `fetch`, `augment` and `batch` are for what has to be done
example by example.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.cache import DecodedCache
from dltasks.data.failures import remembered
from dltasks.data.padding import stack_padded
from dltasks.data.sharding import EVERYTHING, Shard
from pipelines.session import available_cores

if TYPE_CHECKING:
    import tensorflow as tf

SHUFFLE_KEY = 498247692  # TensorFlow's own; with 0 there, small seeds hardly shuffle at all
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

    def locate(positions):
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


def fetch(
    order: tf.data.Dataset, cache: DecodedCache, spec: tf.TensorSpec, targets: np.ndarray
) -> tf.data.Dataset:
    """Look examples up, decoding on all cores what is not in the cache yet.

    Args:
        order: pairs (index, position).
        cache: index -> array of the spec's shape and type.
        spec: of one decoded example; a dimension may be None.
        targets: [example, ...].

    Returns:
        Triples (input, target, position).
    """
    import tensorflow as tf

    target_table = tf.constant(targets)

    @remembered
    def read(index):
        return cache[int(index)]

    def look_up(index, position):
        example = tf.numpy_function(read, [index], spec.dtype, stateful=False)
        example = tf.ensure_shape(example, spec.shape)
        return example, target_table[index], position

    return order.map(look_up, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def fetch_batches(
    order: tf.data.Dataset,
    cache: DecodedCache,
    spec: tf.TensorSpec,
    targets: np.ndarray,
    size: int,
    *,
    padding: float = 0,
    multiple_of: int = 1,
    drop_remainder: bool = False,
) -> tf.data.Dataset:
    """Look whole batches up: what `fetch` and `padded_batch` give, at a tenth of the cost.

    As many batches as there are cores are decoded at a time.

    Args:
        order: pairs (index, position).
        cache: index -> array of the spec's shape and type.
        spec: of one decoded example; a dimension that is None is padded to the batch's longest.
        targets: [example, ...].
        size: of a batch.
        padding: the value that fills.
        multiple_of: such dimensions are padded up to a multiple of this.
        drop_remainder: leave out the last batch where it is not full.

    Returns:
        Triples (inputs, targets, positions).
    """
    import tensorflow as tf

    target_table = tf.constant(targets)
    shape = spec.shape.as_list()

    @remembered
    def read(indices):
        arrays = [cache[int(index)] for index in indices]
        return stack_padded(arrays, shape, padding=padding, multiple_of=multiple_of)

    def look_up(indices, positions):
        inputs = tf.numpy_function(read, [indices], spec.dtype, stateful=False)
        inputs = tf.ensure_shape(inputs, [indices.shape[0], *shape])
        return inputs, tf.gather(target_table, indices), positions

    batches = order.batch(size, drop_remainder=drop_remainder)
    return batches.map(look_up, num_parallel_calls=available_cores(), deterministic=True)


def augment(
    dataset: tf.data.Dataset, change: Callable[[Any, Any], Any], *, seed: int
) -> tf.data.Dataset:
    """Change the input of (input, target, position) triples; give (input, target) pairs.

    Args:
        dataset: triples from `fetch`.
        change: (input, int32 seed [2]) -> input. Equal seeds must give equal results.
        seed: of the run; with the position it makes the seed of each example.
    """
    import tensorflow as tf

    def step(example, target, position):
        return change(example, _seeds(seed, position)), target

    return dataset.map(step, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


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

    def step(inputs, targets, positions):
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

    def draw(seed):
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


def padded_batch(
    dataset: tf.data.Dataset,
    size: int,
    *,
    padding: Any = 0,
    drop_remainder: bool = False,
    multiple_of: int = 1,
) -> tf.data.Dataset:
    """Batch examples of different lengths, padded at the end, and read ahead of the network.

    Args:
        dataset: examples of any structure; the dimensions that its spec leaves open are padded.
        size: of a batch; goes with that of `bucketed_order`.
        padding: one value for all parts of an example, or a structure like the example's.
        drop_remainder: leave out the last batch where it is not full.
        multiple_of: lengths are padded up to a multiple of this, so that a network that halves
            them comes out even and is traced for fewer shapes.

    >>> list(padded_batch(lines, 2, multiple_of=4))  # lines of 3 and 5 numbers  # doctest: +SKIP
    [[[1, 2, 3, 0, 0, 0, 0, 0], [1, 2, 3, 4, 5, 0, 0, 0]]]
    """
    import tensorflow as tf

    spec = dataset.element_spec
    if not tf.nest.is_nested(padding):
        padding = tf.nest.map_structure(lambda _: padding, spec)
    values = tf.nest.map_structure(lambda part, value: tf.cast(value, part.dtype), spec, padding)

    def round_up(part, part_spec, value):
        sizes = zip(tf.unstack(tf.shape(part)), [1, *part_spec.shape], strict=True)
        ends = [-size % multiple_of if known is None else 0 for size, known in sizes]
        return tf.pad(part, [[0, end] for end in ends], constant_values=value)

    def round_all_up(*batch):
        parts = batch if isinstance(spec, tuple) else batch[0]
        return tf.nest.map_structure(round_up, parts, spec, values)

    batches = dataset.padded_batch(size, padding_values=values, drop_remainder=drop_remainder)
    return read_ahead(batches.map(round_all_up) if multiple_of > 1 else batches)


def read_ahead(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Have batches ready before the network asks for them; the last step of a pipeline.

    Sharding is already done, by the order; tf.distribute must not do it again.
    """
    import tensorflow as tf

    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return batches.prefetch(tf.data.AUTOTUNE).with_options(options)
