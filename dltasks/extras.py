"""The packages of the extras: imported late, without start-up messages, named if missing."""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import metadata
from types import ModuleType

from pipelines.errors import MissingExtraError

TRAIN = "train"
DOCUMENTS = "documents"
PDF = "pdf"
NAME = re.compile(r"[\w.-]+")  # at the beginning of a requirement (PEP 508)


def packages_of(extra: str = "") -> list[str]:
    """List the packages that the installation asks for: always, or for an extra of its own.

    setup.cfg names them, and nothing else does.
    """
    try:
        requirements = metadata.requires("dltasks") or []
    except metadata.PackageNotFoundError:  # run from a folder that is not installed
        return []
    found = []
    for requirement in requirements:
        marker = requirement.partition(";")[2]
        wanted = f'extra == "{extra}"' in marker if extra else "extra" not in marker
        if wanted and (name := NAME.match(requirement)):
            found.append(name[0])
    return found


def check_installed(purpose: str) -> None:
    """Check that the packages of the extra [train] are installed; nothing is imported.

    Raises:
        MissingExtraError: names the first that is not installed.
    """
    for package in packages_of(TRAIN):
        try:
            metadata.version(package)
        except metadata.PackageNotFoundError:
            raise _missing(package, purpose) from None


def require(package: str, purpose: str, *, extra: str = TRAIN) -> ModuleType:
    """Import a package of an extra.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.partition(".")[0]:
            raise
        raise _missing(package, purpose, extra) from None


def install_command(extra: str = TRAIN) -> str:
    """Give the pip command that adds an extra to this very installation.

    Where dltasks was installed from a folder, that folder is named: the package of that name on an
    index might be another version.
    """
    try:
        origin = json.loads(metadata.distribution("dltasks").read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, ValueError):
        origin = {}
    url = origin.get("url", "")
    source = url.removeprefix("file://") if url.startswith("file://") else "dltasks"
    return f'pip install "{source}[{extra}]"'


def _missing(package: str, purpose: str, extra: str = TRAIN) -> MissingExtraError:
    name = package.partition(".")[0]
    return MissingExtraError(
        f"{purpose} needs {name}, which is not installed; run: {install_command(extra)}"
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
