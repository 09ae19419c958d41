"""The heavy packages of the extra [train]: imported late, quietly, and missed politely."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import metadata
from types import ModuleType

from pipelines.errors import MissingExtraError

# What a training needs before its end, by the names that are imported.
TRAINING_PACKAGES = (
    "tensorflow",
    "keras",
    "onnx",
    "tf2onnx",
    "sklearn",
    "jiwer",
    "matplotlib",
    "sacrebleu",
    "tomli_w",
)


def check_installed(purpose: str, packages: tuple[str, ...]) -> None:
    """Miss a package before the work begins rather than at its end; nothing is imported.

    Raises:
        MissingExtraError: names the first that is not installed.
    """
    for package in packages:
        if package not in sys.modules and importlib.util.find_spec(package) is None:
            raise _missing(package, purpose)


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
        raise _missing(package, purpose) from None


def install_command() -> str:
    """Give the pip command that adds the extra to this very installation.

    Where dltasks was installed from a folder, that folder is named: the package of that name on an
    index might be another version.
    """
    try:
        origin = json.loads(metadata.distribution("dltasks").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        origin = {}
    url = origin.get("url", "")
    source = url.removeprefix("file://") if url.startswith("file://") else "dltasks"
    return f'pip install "{source}[train]"'


def _missing(package: str, purpose: str) -> MissingExtraError:
    name = package.partition(".")[0]
    return MissingExtraError(
        f"{purpose} needs {name}, which is not installed; run: {install_command()}"
    )


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
