from __future__ import annotations

import weakref

import numpy as np
import pytest
import tensorflow as tf

from dltasks.data.feeding import steps
from dltasks.data.feeding.cache import DecodedCache
from dltasks.data.feeding.failures import let_go_when_interrupted, told_as_raised
from pipelines.errors import InputError


def _read_all(decode) -> None:
    spec, targets = tf.TensorSpec([1], tf.uint8), np.zeros(1)
    cache = DecodedCache(decode, "none")
    list(steps.fetch_batches(steps.plain_order(1), cache, spec, targets, 1))


def test_an_error_of_ours_comes_out_of_tf_data_as_it_was_raised() -> None:
    def decode(index: int) -> np.ndarray:
        raise InputError("a.jpg: damaged")

    with pytest.raises(InputError, match=r"^a\.jpg: damaged$"), told_as_raised():
        _read_all(decode)


def test_other_errors_stay_what_tf_data_makes_of_them() -> None:
    def decode(index: int) -> np.ndarray:
        raise ZeroDivisionError("a mistake of the program")

    with pytest.raises(tf.errors.OpError, match="a mistake of the program"), told_as_raised():
        _read_all(decode)


def test_an_error_of_before_is_forgotten() -> None:
    def decode(index: int) -> np.ndarray:
        raise InputError("a.jpg: damaged")

    with pytest.raises(InputError), told_as_raised():
        _read_all(decode)
    with pytest.raises(tf.errors.OutOfRangeError), told_as_raised():
        raise tf.errors.OutOfRangeError(None, None, "the end")


def test_an_interrupt_lets_go_of_what_was_under_way() -> None:
    class Iterator:
        pass

    under_way: list[weakref.ref[Iterator]] = []

    def train() -> None:
        iterator = Iterator()
        under_way.append(weakref.ref(iterator))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught, let_go_when_interrupted():
        train()
    assert caught.value.__traceback__ is not None  # it is held, as it is until the process ends
    assert under_way[0]() is None
