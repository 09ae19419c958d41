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


class Listing(NamedTuple):
    """The files of a folder, at any depth, in order.

    Attributes:
        files: those whose endings count.
        others: those of other kinds; also links to folders, which are not followed.
    """

    files: list[Any]
    others: list[Any]


def list_folder(folder: DataPath, suffixes: Collection[str]) -> Listing:
    """List the files of a folder.

    Args:
        folder: local or remote.
        suffixes: that count, in lower case with the dot.
    """
    found = Listing([], [])
    for path in sorted(_walk(folder)):
        is_right = path.suffix.lower() in suffixes and not _is_linked_folder(path)
        (found.files if is_right else found.others).append(path)
    return found


def _walk(folder: Any) -> Iterator[Any]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        is_hidden = any(part.startswith(".") or part.lower() in BY_FOLDERS for part in parts)
        if is_hidden or path.name.lower() in BY_FILES:
            continue
        if _is_linked_folder(path) or not path.is_dir():
            yield path


def _is_linked_folder(path: Any) -> bool:
    return isinstance(path, Path) and path.is_symlink() and path.is_dir()


def name_files(paths: Iterable[Any], folder: DataPath, what: str) -> str:
    """Name files in one line: how many there are, and the first of them; "" where there is none.

    Args:
        paths: below the folder.
        folder: that was searched.
        what: they are, as in "of other kinds".
    """
    names = [path.relative_to(folder).as_posix() for path in paths]
    if not names:
        return ""
    files = "1 file" if len(names) == 1 else f"{len(names)} files"
    more = ", ..." if len(names) > MOST_NAMED else ""
    return f"{files} {what}: {', '.join(names[:MOST_NAMED])}{more}"


def _as_one_name(path: str) -> str:
    """Give the one name of a path, which a table may name in another way."""
    return path if "://" in path else os.path.abspath(path)  # noqa: PTH100  without links


def name_unused(
    folder: DataPath, suffixes: Collection[str], used: Collection[str]
) -> Iterator[str]:
    """Say, a line for each, which files of a data set are of other kinds or of no example.

    Args:
        folder: of the data set.
        suffixes: of examples, in lower case with the dot.
        used: the paths of the files that examples are made of, tables and texts among them.
    """
    files, others = list_folder(folder, suffixes)
    known = set(map(_as_one_name, used))
    for paths, what in (
        (others, OTHER_KINDS),
        (files, "without a class or a text"),
    ):
        line = name_files(
            [path for path in paths if _as_one_name(str(path)) not in known], folder, what
        )
        if line:
            yield f"{folder}: {line}"
