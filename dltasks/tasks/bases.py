"""The bundle that a training starts from."""

from __future__ import annotations

from dltasks.tasks.pull import find_or_pull
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError


def find_base(name: str | None, task: str) -> Bundle | None:
    """Find the bundle to start from, or pull it; None where none is named.

    Raises:
        BundleError: it is not there and cannot be pulled.
        ConfigurationError: it is a model for another task.
    """
    if name is None:
        return None
    base = find_or_pull(name)
    if base.task != task:
        raise ConfigurationError(f"base {name!r} is a model for {base.task}, not {task}")
    return base
