"""The families of networks that are trained further, beside our own."""

from __future__ import annotations

from typing import Any

from dltasks.tasks.translation.marian_family import MarianTraining
from pipelines.bundle.folder import find
from pipelines.errors import BundleError

FAMILIES = {"marian": MarianTraining()}
PULLED_FAMILY = "marian"  # of all translators that can be pulled


def family_of(config: dict[str, Any]) -> str:
    """Name the family of a network; "" for our own."""
    name = config.get("family")
    return name if isinstance(name, str) and name in FAMILIES else ""


def family_named(base: str | None) -> str:
    """Name the family of a base, which may still have to be pulled; "" for our own."""
    if base is None:
        return ""
    try:
        return family_of(find(base).config)
    except BundleError:
        return PULLED_FAMILY
