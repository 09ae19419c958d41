"""The files of a folder: those that count, and those that are passed over, which a person is told.

What is hidden is not looked at, nor what systems and programs leave in every folder.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from dltasks.data.remote import DataPath

# In small letters: of Windows, of macOS, of picture viewers, and of network storage.
BY_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "picasa.ini", "icon\r"})
BY_FOLDERS = frozenset({"__macosx", "@eadir"})
MOST_NAMED = 5
OTHER_KINDS = "of other kinds"
REPEATED = "that a link names again; it is read once"
CLOSED = "that may not be read; change its permissions"


class Listing(NamedTuple):
    """The files of a folder, at any depth, in order; links are followed, each folder read once.

    Attributes:
        files: those whose endings count.
        others: those of other kinds.
        repeated: links to folders that are read already, by another name, or that lead back to a
            folder above.
        closed: folders that may not be read.
    """

    files: list[Any]
    others: list[Any]
    repeated: list[Any]
    closed: list[Any]

    def say_left_out(self, folder: DataPath) -> Iterator[str]:
        """Say which folders are left out, a line for each reason."""
        for paths, what in ((self.repeated, REPEATED), (self.closed, CLOSED)):
            if line := name_files(paths, folder, what, noun="folder"):
                yield f"{folder}: {line}"


def list_folder(folder: DataPath, suffixes: Collection[str]) -> Listing:
    """List the files of a folder.

    Args:
        folder: local or remote.
        suffixes: that count, in lower case with the dot.
    """
    found = Listing([], [], [], [])
    paths = _walk_local(folder, found) if isinstance(folder, Path) else _walk_remote(folder)
    for path in sorted(paths):
        (found.files if path.suffix.lower() in suffixes else found.others).append(path)
    return found


def list_folders(folder: DataPath) -> list[Any]:
    """List the folders directly in a folder, in order, but those that are passed over."""
    return sorted(path for path in folder.iterdir() if not _is_by_file(path) and path.is_dir())


def is_link(path: DataPath) -> bool:
    """Tell whether a file or folder stands in for another; remote ones never do."""
    return isinstance(path, Path) and path.is_symlink()


def _walk_remote(folder: Any) -> Iterator[Any]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if not any(_is_hidden(part) for part in parts) and not _is_by_file(path):
            yield path


def _walk_local(folder: Path, found: Listing) -> Iterator[Path]:
    """Give the files: first those of folders in their own place, then those behind links."""
    whole = folder.resolve()
    seen: set[Path] = set()
    own: list[Path] = [folder]
    links: list[Path] = []
    while own or links:
        current = own.pop() if own else links.pop()
        place = current.resolve()
        if place in seen or (current != folder and whole.is_relative_to(place)):
            found.repeated.append(current)
            continue
        seen.add(place)
        try:
            inside = [(path, path.is_dir()) for path in current.iterdir() if not _is_by_file(path)]
        except OSError:
            found.closed.append(current)
            continue
        for path, is_folder in sorted(inside, reverse=True):  # taken from the end
            if not is_folder:
                yield path
            else:
                (links if is_link(path) else own).append(path)
    found.repeated.sort()


def _is_by_file(path: Any) -> bool:
    return _is_hidden(path.name) or path.name.lower() in BY_FILES


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name.lower() in BY_FOLDERS


def name_files(paths: Iterable[Any], folder: DataPath, what: str, *, noun: str = "file") -> str:
    """Name files in one line: how many there are, and the first of them; "" where there is none.

    Args:
        paths: below the folder.
        folder: that was searched.
        what: they are, as in "of other kinds".
        noun: for one of them.
    """
    names = [path.relative_to(folder).as_posix() for path in paths]
    if not names:
        return ""
    files = f"1 {noun}" if len(names) == 1 else f"{len(names)} {noun}s"
    more = ", ..." if len(names) > MOST_NAMED else ""
    return f"{files} {what}: {', '.join(names[:MOST_NAMED])}{more}"


def _as_one_name(path: str) -> str:
    """Give the one name of a path, which a table may name in another way."""
    return path if "://" in path else os.path.abspath(path)  # noqa: PTH100  without links


def name_unused(
    folder: DataPath, suffixes: Collection[str], used: Collection[str], unused: str
) -> Iterator[str]:
    """Say, a line for each, which files of a data set are of other kinds or of no example.

    Args:
        folder: of the data set.
        suffixes: of examples, in lower case with the dot.
        used: the paths of the files that examples are made of, tables and texts among them.
        unused: what files of no example are, as in "without a text".
    """
    listing = list_folder(folder, suffixes)
    known = set(map(_as_one_name, used))
    for paths, what in (
        (listing.others, OTHER_KINDS),
        (listing.files, unused),
    ):
        line = name_files(
            [path for path in paths if _as_one_name(str(path)) not in known], folder, what
        )
        if line:
            yield f"{folder}: {line}"
    yield from listing.say_left_out(folder)
