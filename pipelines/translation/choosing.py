"""Choose the installed model for a pair of languages."""

from __future__ import annotations

from pathlib import Path

from pipelines import catalogue
from pipelines.bundle.folder import BUILT_IN, Bundle, installed, open_bundle
from pipelines.errors import BundleError
from pipelines.translation.languages import distance, find_direction
from pipelines.translation.pipeline import family_of

TASK = "translation"


def choose_model(source: str | None, target: str | None) -> Path:
    """Choose the model for a pair: a pulled one before the built-in one.

    A language that is not given is that of the built-in model, where it has the other one. Of
    several pulled models, one for these very codes goes first, then one of fewer languages.

    Args:
        source: code of the language to translate from.
        target: code of the language to translate to.

    Returns:
        The bundle's folder; the built-in one where no model has the pair.

    Raises:
        BundleError: the built-in bundle is damaged.
    """
    built_in = BUILT_IN / catalogue.entry(TASK).default_bundle
    wanted = find_direction(directions_of(open_bundle(built_in)), source, target)
    one, other = wanted or (source, target)
    fitting = []
    for folder in installed():
        directions = _directions_in(folder) if folder.parent != BUILT_IN else ()
        found = find_direction(directions, one, other)
        if found:
            near = max(distance(one, found[0]), distance(other, found[1]))
            fitting.append((near, len(directions), folder))
    return min(fitting)[2] if fitting else built_in


def directions_of(bundle: Bundle) -> tuple[tuple[str, str], ...]:
    """List what a bundle can do, each (source, target).

    Raises:
        BundleError: it is damaged.
    """
    return family_of(bundle).directions(bundle)


def _directions_in(folder: Path) -> tuple[tuple[str, str], ...]:
    """List the directions of a bundle; none where it is damaged or for another task."""
    try:
        bundle = open_bundle(folder)
        return directions_of(bundle) if bundle.task == TASK else ()
    except BundleError:
        return ()
