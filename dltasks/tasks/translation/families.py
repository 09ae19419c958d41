"""The families of networks."""

from __future__ import annotations

from typing import Any

from dltasks.tasks.translation.marian_family import MarianTraining
from dltasks.tasks.translation.translator_family import TranslatorTraining
from pipelines.bundle.folder import find
from pipelines.errors import BundleError

Family = TranslatorTraining | MarianTraining
OWN_FAMILY = "translator"  # of a network that says nothing of its family
PULLED_FAMILY = "marian"  # of all translators that can be pulled
FAMILIES: dict[str, Family] = {OWN_FAMILY: TranslatorTraining(), PULLED_FAMILY: MarianTraining()}


def family_of(config: dict[str, Any]) -> Family:
    """Give the family of a network by its config."""
    name = config.get("family")
    return FAMILIES[name if isinstance(name, str) and name in FAMILIES else OWN_FAMILY]


def family_named(base: str | None) -> Family:
    """Give the family of a base, which may still have to be pulled."""
    if base is None:
        return FAMILIES[OWN_FAMILY]
    try:
        return family_of(find(base).config)
    except BundleError:
        return FAMILIES[PULLED_FAMILY]
