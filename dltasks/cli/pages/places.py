"""The files that pages are written to: their names, and that they take no place of an input."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from dltasks.cli.inputs import URL_PREFIXES
from dltasks.cli.output import Record
from pipelines.errors import ConfigurationError
from pipelines.images import describe


class Places:
    """Names files in a folder, which is made when the first is asked for.

    Args:
        folder: of the files.
        ending: of the files, with the dot.
        read: the files that are read: none of them may be written over.
    """

    def __init__(self, folder: Path, ending: str, read: Iterable[Any]) -> None:
        self._folder = folder
        self._ending = ending
        self._read = {_identity(item) for item in read if isinstance(item, (str, Path))} - {None}
        self._names: dict[Path, str] = {}

    def check(self, files: Sequence[Any]) -> None:
        """Check before the work that all inputs get files of their own.

        Raises:
            ConfigurationError: two have the same name, or a file is also an input.
        """
        if self._folder.exists() and not self._folder.is_dir():
            raise ConfigurationError(f"-o {str(self._folder)!r} is a file; name a folder")
        for file in files:
            self.choose(describe(file))
        self._names.clear()

    def choose(self, file: str, page: str = "") -> Path:
        """Give the file for an input or a page of it.

        Raises:
            ConfigurationError: it was given before, or is also an input.
        """
        name = f"{file} page {page}" if page else file
        place = self._folder / f"{stem_of(file)}{f'-{page}' if page else ''}{self._ending}"
        if place in self._names:
            raise ConfigurationError(
                f"{self._names[place]} and {name} would both become {place}; read them into two "
                "folders"
            )
        if _identity(place) in self._read:
            raise ConfigurationError(
                f"output {str(place)!r} is also an input and would be lost; choose another folder"
            )
        self._names[place] = name
        return place

    def make(self) -> None:
        """Make the folder.

        Raises:
            ConfigurationError: it cannot be made.
        """
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"-o {str(self._folder)!r} cannot be made a folder: {error.strerror}; name another "
                "one"
            ) from None


def stem_of(file: str) -> str:
    """Give the name of an input without its folder and ending; that of standard input is stdin."""
    path = file.partition("?")[0] if file.startswith(URL_PREFIXES) else Path(file).as_posix()
    return PurePosixPath(path).stem.strip("<>") or "page"


def picture_of(record: Record, place: Path | None) -> str:
    """Name the picture of a page: as a path from where its file is, if it is a file.

    Args:
        record: of the page.
        place: of the file that names it; None is standard output.
    """
    name = record.source
    if os.path.isfile(name):  # noqa: PTH113  pathlib's raises where a name is too long
        name = _path_from(name, place)
    return name if record.page is None else f"{name}#page={record.page}"


def _path_from(file: str, place: Path | None) -> str:
    if place is None:
        return Path(file).as_posix()
    whole = Path(file).parent.resolve() / Path(file).name
    try:
        return Path(os.path.relpath(whole, place.resolve().parent)).as_posix()
    except ValueError:  # on another drive
        return Path(file).name


def _identity(path: str | Path) -> tuple[int, int] | None:
    """Give what two names of one file share; None where there is no file."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino)
