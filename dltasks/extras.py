"""The heavy packages of the extra [train]: imported late, quietly, and missed politely."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import ModuleType

from pipelines.errors import MissingExtraError

INSTALL = 'pip install "dltasks[train]"'


def require(package: str, purpose: str) -> ModuleType:
    """Import a package of the extra [train].

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.partition(".")[0]:
            raise
        raise MissingExtraError(
            f"{purpose} needs {error.name}, which is not installed; run: {INSTALL}"
        ) from None


def require_tensorflow(purpose: str) -> ModuleType:
    """Import TensorFlow without its start-up messages, and Keras on top of it.

    TF_CPP_MIN_LOG_LEVEL=0 brings the messages back.

    Raises:
        MissingExtraError: one of them is not installed.
    """
    os.environ["KERAS_BACKEND"] = "tensorflow"  # tf.data and tf.distribute need it
    with _muted_start() if "tensorflow" not in sys.modules else nullcontext():
        tensorflow = require("tensorflow", purpose)
        tensorflow.config.list_physical_devices()  # the first look for a GPU writes, too
    require("keras", purpose)
    return tensorflow


@contextmanager
def _muted_start() -> Iterator[None]:
    """Turn standard error off below Python: TensorFlow 2.21 writes before it has levels."""
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") == "0":
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
