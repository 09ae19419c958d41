"""INPUT arguments: files, folders, globs, URLs, standard input and lists of them."""

from __future__ import annotations

import glob
import io
import os
import sys
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from dltasks.data.folders import OTHER_KINDS, list_folder, name_files
from dltasks.download import DownloadError, fetch
from pipelines.bundle.reading import read_regular
from pipelines.errors import ConfigurationError, InputError

STANDARD_INPUT = "-"
LIST_PREFIX = "@"
URL_PREFIXES = ("http://", "https://")
LARGEST_DOWNLOAD_BYTES = 200 << 20


class RemoteFile:
    """A file behind a URL, fetched when it is read."""

    def __init__(self, url: str) -> None:
        self.name = url

    def read(self) -> bytes:
        """Fetch the file.

        Raises:
            InputError: it cannot be fetched.
        """
        try:
            return fetch(self.name, limit_bytes=LARGEST_DOWNLOAD_BYTES)
        except DownloadError as error:
            raise InputError(str(error)) from None


def expand(
    arguments: Iterable[str],
    suffixes: Collection[str],
    *,
    passed_over: list[str] | None = None,
    lists: tuple[str, ...] = (),
) -> Iterator[Any]:
    """Turn arguments into inputs that a pipeline takes: paths and binary files.

    Args:
        arguments: each a file, a folder (searched to any depth), a glob, a URL, "-" for standard
            input, or "@list.txt" for a file with one of these per line.
        suffixes: of the files in a folder that count, in lower case with the dot.
        passed_over: gets a line for each folder that has files of other kinds.
        lists: the names of the lists that the arguments come from.

    Raises:
        ConfigurationError: a list or a folder cannot be used.
    """
    passed_over = [] if passed_over is None else passed_over
    further = partial(expand, suffixes=suffixes, passed_over=passed_over)
    for argument in arguments:
        if not argument:
            raise ConfigurationError("an INPUT is empty; give a file, or leave it out")
        if argument == STANDARD_INPUT:
            yield _standard_input_as_file()
        elif argument.startswith(URL_PREFIXES):
            yield RemoteFile(argument)
        elif os.path.isdir(argument):  # noqa: PTH112  pathlib's raises where a name is too long
            yield from _search(Path(argument), suffixes, passed_over)
        elif os.path.exists(argument):  # noqa: PTH110
            yield argument
        elif argument.startswith(LIST_PREFIX):
            name = argument.removeprefix(LIST_PREFIX)
            if name in lists:
                raise ConfigurationError(f"list {name!r} contains itself; remove that line")
            yield from further(_read_list(name), lists=(*lists, name))
        elif glob.has_magic(argument):
            matches = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207  absolute ones too
            if not matches:
                raise ConfigurationError(f"{argument!r} matches no file")
            yield from further(matches, lists=lists)
        else:
            yield argument


def open_standard_input() -> TextIO:
    """Give standard input.

    Raises:
        ConfigurationError: it is closed.
    """
    if sys.stdin is None:
        raise ConfigurationError("standard input is closed; open it, or give a file")
    return sys.stdin


def read_standard_input() -> bytes:
    """Read standard input to its end; here, since on another thread it could not be interrupted.

    Raises:
        ConfigurationError: it is closed.
    """
    return open_standard_input().buffer.read()


def _standard_input_as_file() -> io.BytesIO:
    content = io.BytesIO(read_standard_input())
    content.name = "<stdin>"
    return content


def _read_list(name: str) -> list[str]:
    try:
        content = read_regular(Path(name))
        lines = content.decode("utf-8-sig").splitlines()  # Notepad writes a mark
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ConfigurationError(f"list {name!r} cannot be read: {reason}") from None
    return [line.strip() for line in lines if line.strip()]


def _search(folder: Path, suffixes: Collection[str], passed_over: list[str]) -> list[str]:
    listing = list_folder(folder, suffixes)
    files = listing.files
    line = name_files(listing.others, folder, OTHER_KINDS)
    if not files:
        kinds = ", ".join(sorted(suffixes))
        found = f"; it has {line}" if line else ""
        raise ConfigurationError(f"folder {str(folder)!r} has none of these files: {kinds}{found}")
    if line:
        passed_over.append(f"{folder}: {line}")
    passed_over += listing.say_left_out(folder)
    return [str(path) for path in files]
