"""Pass our errors through tf.data, which wraps them in errors of its own."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pipelines.errors import DltasksError

_raised: list[DltasksError] = []


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Remember the errors of a function that tf.data calls, for `told_as_raised`."""

    @functools.wraps(function)
    def wrapped(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except DltasksError as error:
            _raised.append(error)
            raise

    return wrapped


@contextmanager
def told_as_raised() -> Iterator[None]:
    """Raise the error that a function raised inside tf.data, and not what tf.data made of it."""
    import tensorflow as tf

    _raised.clear()
    try:
        yield
    except tf.errors.OpError:
        if _raised:
            raise _raised[0] from None
        raise


@contextmanager
def let_go_when_interrupted() -> Iterator[None]:
    """Let go of iterators over data sets before an interrupt ends the process.

    The interrupt's traceback holds them until Python ends. Then they wait for calls of ours that
    are under way, which wait for Python, and the process never ends.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        traceback.clear_frames(interrupt.__traceback__)
        raise
