"""Keras' fit on several machines: two defects of Keras 3.15 mended from outside.

Under MultiWorkerMirroredStrategy, `fit` reduces a value that each worker has (keras issue 20585):
first the sample batch from which it builds the model, which has nothing to reduce, then the scalar
losses and metrics, over an axis that scalars do not have. Later versions of Keras are left alone;
tests/dltasks/training/test_multi_worker.py says whether they need it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipelines.errors import DltasksError

if TYPE_CHECKING:
    import tensorflow as tf

DEFECTIVE_VERSIONS = ("3.15.",)


def mend_fit() -> None:
    """Replace the two functions, once, in the versions that need it."""
    import keras
    from keras.src.backend.tensorflow import trainer

    if not keras.__version__.startswith(DEFECTIVE_VERSIONS):
        return
    if trainer.reduce_per_replica is _reduce_per_replica:
        return
    global _keras_reduce
    _keras_reduce = trainer.reduce_per_replica
    trainer.reduce_per_replica = _reduce_per_replica
    trainer.TensorFlowTrainer._maybe_symbolic_build = _build_from_local_batch


_keras_reduce: Any = None


def _reduce_per_replica(values: Any, strategy: tf.distribute.Strategy, reduction: str) -> Any:
    """Take the mean of a scalar over the workers; leave the rest to Keras."""
    import tensorflow as tf

    if spans_workers(strategy) and reduction in ("auto", "mean"):
        return tf.nest.map_structure(
            lambda value: strategy.reduce("MEAN", value, axis=None), values
        )
    return _keras_reduce(values, strategy, reduction)


def _build_from_local_batch(self: Any, iterator: Any = None, data_batch: Any = None) -> None:
    """Build the model from the batch that this worker has."""
    import tensorflow as tf

    strategy = self.distribute_strategy
    if iterator is not None:
        _, _, batches = next(iter(iterator))
        data_batch = tf.nest.map_structure(
            lambda value: strategy.experimental_local_results(value)[0], next(batches)
        )
    with strategy.scope():
        self._symbolic_build(data_batch=data_batch)


@contextmanager
def lost_worker_told(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """Say in one line that another worker is gone, which TensorFlow tells in many.

    Raises:
        DltasksError: the others cannot be reached any more.
    """
    import tensorflow as tf

    gone = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.InternalError)
    try:
        yield
    except (*gone, tf.errors.CancelledError, tf.errors.FailedPreconditionError) as error:
        if not spans_workers(strategy):
            raise
        reason = str(error.message).splitlines()[0]
        raise DltasksError(
            f"another worker cannot be reached ({reason}); start all workers again with --resume"
        ) from None


def spans_workers(strategy: tf.distribute.Strategy) -> bool:
    """Tell whether a strategy joins several processes."""
    import tensorflow as tf

    several = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    return several and strategy.extended._in_multi_worker_mode()
