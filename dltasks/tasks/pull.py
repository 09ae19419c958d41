"""Convert published weights to a bundle, which then runs without TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dltasks import zoo
from dltasks.extras import check_installed
from dltasks.locks import wait_for
from dltasks.tasks import get_task
from dltasks.tasks.seal import seal
from pipelines import catalogue
from pipelines.bundle.folder import BUILT_IN, Bundle, find, open_bundle, pulled_models
from pipelines.errors import BundleError

OnProgress = Callable[[int, int], None]


def find_or_pull(name: str) -> Bundle:
    """Find a bundle; a published model that is not here yet is pulled.

    Raises:
        BundleError: there is no such model, or it cannot be fetched.
    """
    try:
        return find(name)
    except BundleError:
        if not zoo.is_published(name):
            raise
    return pull(name)


def pull(
    name: str,
    *,
    weights: Path | None = None,
    overwrite: bool = False,
    on_progress: OnProgress = lambda done, total: None,
) -> Bundle:
    """Fetch published weights, convert them and keep the bundle under $DLTASKS_HOME.

    Args:
        name: of the model; see `zoo.get_published`.
        weights: a weights file from disk, or for a translator a folder, in place of the download.
        overwrite: whether a bundle of that name is made anew.
        on_progress: called with bytes so far and bytes in all.

    Raises:
        BundleError: the file cannot be fetched, is damaged or is of another network.
    """
    zoo.get_published(name)  # a name that is not known is told before anything else
    destination = pulled_models() / name
    if destination.is_dir() and not overwrite:
        return open_bundle(destination)
    check_installed("converting a model")
    with wait_for(destination):
        if destination.is_dir() and not overwrite:  # another process has made it meanwhile
            return open_bundle(destination)
        return _make(name, weights, on_progress, overwrite=overwrite)


def _make(name: str, weights: Path | None, on_progress: OnProgress, *, overwrite: bool) -> Bundle:
    """Fetch and convert; see `pull`."""
    published = zoo.get_published(name)
    file = zoo.get_weights(name, weights, on_progress)
    task = get_task(published.task)
    built = task.convert_published(published, file)
    if weights:
        built = replace(built, **published.origin_of_brought(file))
    return seal(
        task,
        built,
        pulled_models() / name,
        [_sample(published.task)],
        overwrite=overwrite,
        half_precision=task.half_precision,
    )


def _sample(task: str) -> str:
    """Give a real input of a task: the example of its built-in bundle."""
    folder = BUILT_IN / catalogue.entry(task).default_bundle / "example"
    for file in sorted(folder.glob("input.*")):
        return str(file)
    raise BundleError(f"{folder}: the built-in model is damaged; install dltasks again")
