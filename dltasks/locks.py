"""Let one process at a time use a place; a lock is free again as soon as its process has ended."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dltasks.terminal import AS_ESCAPES
from pipelines.bundle.folder import home
from pipelines.errors import ConfigurationError

WAIT_FOR_EVER = -1.0


@contextmanager
def hold(place: Path, remedy: str) -> Iterator[None]:
    """Hold a place, such as the folder of a run, while the block runs.

    Raises:
        ConfigurationError: another process holds it; says which one.
    """
    from filelock import Timeout

    try:
        with _locked(place, timeout=0.0):
            yield
    except Timeout:
        holder = _read_holder(_lock_of(place))
        raise ConfigurationError(f"{place}: in use by {holder}; {remedy}") from None


@contextmanager
def wait_for(place: Path) -> Iterator[None]:
    """Hold a place while the block runs, once nobody else does."""
    with _locked(place, timeout=WAIT_FOR_EVER):
        yield


@contextmanager
def _locked(place: Path, timeout: float) -> Iterator[None]:
    from filelock import FileLock

    path = _lock_of(place)
    with FileLock(path, timeout=timeout):
        with suppress(OSError):  # Windows lets nobody write to a locked file
            holder = _describe_process()
            _holder_of(path).write_text(holder, encoding="utf-8", errors=AS_ESCAPES)
        try:
            yield
        finally:
            _holder_of(path).unlink(missing_ok=True)


def _lock_of(place: Path) -> Path:
    """Name the lock of a place: in $DLTASKS_HOME, as most places are a user's own folders."""
    digest = hashlib.sha256(os.fsencode(place.absolute().resolve())).hexdigest()[:24]
    folder = home() / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir())
    return folder / f"{digest}.lock"


def _holder_of(lock: Path) -> Path:
    return lock.with_suffix(".holder")


def _describe_process() -> str:
    command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:3]])
    since = time.strftime("%Y-%m-%d %H:%M")
    return f"process {os.getpid()} on {platform.node()} ({command}, since {since})"


def _read_holder(lock: Path) -> str:
    try:
        return _holder_of(lock).read_text(encoding="utf-8")
    except OSError:
        return "another process"
