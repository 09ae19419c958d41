"""A published model of several files: what it is made of, and where its files come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from dltasks.download import DownloadError
from dltasks.durable import write_file
from dltasks.hub.files import ADDRESS, UNKNOWN_REPOSITORY, RemoteFile, fetch_files, list_files
from pipelines.bundle.folder import home
from pipelines.errors import BundleError

# Only one of those with weights is needed, the first that is there.
WEIGHTS_FILES = ("model.safetensors", "pytorch_model.bin")
REVISION_FILE = "revision.txt"  # beside a download
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class HubModel(ABC):
    """A model on the Hub.

    Attributes:
        name: under which it is pulled; of the repository, too.
        task: in the catalogue; the task knows how to make a bundle of the files.
        owner: of the repository.
        paper: where it is described.
        further_files: that are taken where they are there.
    """

    name: str

    task: ClassVar[str]
    owner: ClassVar[str]
    paper: ClassVar[str]
    further_files: ClassVar[tuple[str, ...]]

    @property
    @abstractmethod
    def training_data(self) -> str:
        """What it was trained on."""

    @property
    @abstractmethod
    def needed_files(self) -> tuple[str, ...]:
        """Without those of weights."""

    @property
    @abstractmethod
    def size_mb(self) -> int:
        """Of the download, about."""

    @property
    def repository(self) -> str:
        """Its name on the Hub."""
        return f"{self.owner}/{self.name}"

    @property
    def url(self) -> str:
        """Its page."""
        return f"{ADDRESS}/{self.repository}"

    def origin_of_brought(self, folder: Path) -> dict[str, Any]:
        """Say where files that the user brought are from; what they say of a licence stays."""
        return {"source": f"files brought from disk, not compared with {self.url}"}


def get_folder(model: HubModel, weights: Path | None, on_progress: OnProgress) -> Path:
    """Give the folder of a model's files: the user's own, or a download kept for ever.

    Args:
        model: whose files.
        weights: a folder from disk, or None to download.
        on_progress: called with bytes so far and bytes in all.

    Raises:
        BundleError: there is no such model, or its files cannot be fetched.
    """
    if weights:
        if not weights.is_dir():
            raise BundleError(
                f"weights {str(weights)!r} is not a folder; give the one with "
                f"{', '.join(model.needed_files)} and {WEIGHTS_FILES[0]} of {model.url}"
            )
        return weights
    folder = home() / "downloads" / model.name
    try:
        files = _choose_files(model)
        fetch_files(files, folder, on_progress)
        write_file(folder / REVISION_FILE, files[0].revision)
    except DownloadError as error:
        if error.status in UNKNOWN_REPOSITORY:
            raise BundleError(
                f"model {model.name!r} is not published: {error}; "
                f"`dltasks models list --all --task {model.task}` lists those that are"
            ) from None
        raise BundleError(
            f"{error}. Fetch the files of {model.url} on another machine and run: "
            f"dltasks models pull {model.name} --weights FOLDER"
        ) from None
    return folder


def _choose_files(model: HubModel) -> list[RemoteFile]:
    """Choose the files that are needed of those that are there."""
    files = {file.name: file for file in list_files(model.repository)}
    weights = [name for name in WEIGHTS_FILES if name in files] or [WEIGHTS_FILES[0]]
    needed = [*model.needed_files, weights[0]]
    for name in needed:
        if name not in files:
            raise BundleError(
                f"{model.url}: there is no {name}, so it is not a model that can be converted; "
                "choose another one"
            )
    return [files[name] for name in (*model.further_files, *needed) if name in files]
