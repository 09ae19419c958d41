"""The bundle that a training starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dltasks.tasks.pull import find_or_pull
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError
from pipelines.settings import Settings


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
        raise ConfigurationError(f"base {name!r} is a model for {base.task}, not for {task}")
    return base


def origin_of(base: Bundle | None) -> dict[str, str]:
    """Say where a network's weights come from, and under which licence they are."""
    if base is None:
        return {"source": "trained from random weights", "licence": "not stated"}
    return {
        "source": f"fine-tuned from {base.name}",
        "licence": f"{base.licence}; and that of the training data",
    }


def refuse_unused(config: Settings, names: Iterable[str], why: str) -> None:
    """Refuse settings that would change nothing.

    Args:
        config: the settings.
        names: of those that are not used.
        why: "on a Whisper", for the message.

    Raises:
        ConfigurationError: names the first that is not at its default.
    """
    defaults = type(config)()
    for name in names:
        value = getattr(config, name)
        if value != getattr(defaults, name):
            raise ConfigurationError(f"{name} {value!r} has no effect {why}; leave it out")


def refuse_changes(config: Settings, fixed: Mapping[str, Any]) -> None:
    """Refuse settings that contradict what the base has fixed.

    Args:
        config: the settings.
        fixed: what the base has, by the names of the settings.

    Raises:
        ConfigurationError: names the first that is neither at its default nor the base's.
    """
    changed = (name for name, value in fixed.items() if getattr(config, name) != value)
    refuse_unused(config, changed, "on a --base, which has its own")
