"""Which family of networks a bundle's network is of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError

Family = TypeVar("Family")


def choose_family(
    bundle: Bundle, families: Mapping[str, Family], unnamed: str | None = None
) -> Family:
    """Choose the family of a bundle's network.

    Args:
        bundle: its config has the name of the family.
        families: of the task, by name.
        unnamed: the family of a bundle that names none.

    Raises:
        BundleError: it is not known.
    """
    name = bundle.config.get("family", unnamed)
    if not isinstance(name, str) or name not in families:
        raise BundleError(
            f"{bundle.path}: family {name!r} is not one of {', '.join(families)}; upgrade dltasks"
        )
    return families[name]
