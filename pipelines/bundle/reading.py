"""Read files, of bundles and of users, but no named pipe or device: those may never end."""

from __future__ import annotations

import errno
import stat
from pathlib import Path, PurePosixPath

from pipelines.errors import BundleError

NOT_A_FILE = "a named pipe or a device, not a file"


def check_regular(path: Path) -> None:
    """Refuse what is neither a file nor a folder.

    Raises:
        OSError: it is something else, or is not there.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, NOT_A_FILE, str(path))


def read_regular(path: Path) -> bytes:
    """Read a file.

    Raises:
        OSError: it is no file, or cannot be read.
    """
    check_regular(path)
    return path.read_bytes()


def safe_path(folder: Path, file: str) -> str:
    """Give the name of a bundle's file if it stays in the bundle's folder.

    Raises:
        BundleError: it leaves the folder, by itself or through a link.
    """
    path = PurePosixPath(file)
    outside = path.is_absolute() or ".." in path.parts or "\\" in file or ":" in file
    if outside or not (folder / path).resolve().is_relative_to(folder.resolve()):
        raise BundleError(f"{folder}: the file {file!r} leaves the bundle's folder")
    return file
