"""Write files and folders so that what was there stands until what is new is whole, on the disk."""

from __future__ import annotations

import errno
import glob
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from dltasks.terminal import AS_ESCAPES

DISK_ERRORS = (errno.ENOSPC, errno.EIO, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))
PART = ".part"  # ends the name of what is being written
REPLACED = ".old"  # ends the name of a folder that is being replaced, where two cannot change names
AT_WORKING_FOLDER = -100  # AT_FDCWD of Linux, to which relative paths belong
EXCHANGE = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


@contextmanager
def replacing(path: Path, mode: str = "w", **options: Any) -> Iterator[IO[Any]]:
    """Open a file beside a path; it takes the path's name when the block ends without an error.

    A device or a named pipe is opened itself, and so is a file in a folder that takes no new files.

    Args:
        path: of the file; where it is a link, of what it leads to.
        mode: of `open`.
        options: of `open`.

    Raises:
        OSError: the file cannot be written; what was there stands.
    """
    path = path.resolve()
    part = part_of(path)
    is_special = path.exists() and not path.is_file()
    if is_special or (path.exists() and not os.access(path.parent, os.W_OK)):
        with _naming(path), path.open(mode, **options) as file:
            yield file
        return
    remove_leftovers(path)
    try:
        with _naming(path), part.open(mode, **options) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
        flush_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file in the error of a disk that is full or damaged, which does not say which."""
    try:
        yield
    except OSError as error:
        if error.errno in DISK_ERRORS and error.filename is None:
            error.filename = str(path)
        raise


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file, text as UTF-8 with the line breaks that it has; see `replacing`.

    What is not UTF-8 in the name of a file, `\\udce9` to Python, is written so.
    """
    if isinstance(content, bytes):
        with replacing(path, "wb") as file:
            file.write(content)
    else:
        with replacing(path, encoding="utf-8", errors=AS_ESCAPES, newline="") as file:
            file.write(content)


def part_of(path: Path) -> Path:
    """Name what this process writes, until it takes the name of a path."""
    return path.with_name(f".{path.name}.{os.getpid()}{PART}")


def remove_leftovers(path: Path) -> None:
    """Remove what processes that have died were writing for a path, and bring back what they had
    moved away."""
    name = glob.escape(path.name)
    for left in path.parent.glob(f".{name}.*{PART}"):
        if not _is_alive(left):
            _remove(left)
    for left in path.parent.glob(f".{name}.*{REPLACED}"):
        if not _is_alive(left) and not path.exists():
            left.rename(path)
        elif not _is_alive(left):
            _remove(left)


def replace_folder(new: Path, path: Path) -> None:
    """Give a finished folder the name of another, which is removed.

    One of them has the name at every moment where the system can exchange two names: on Linux and
    macOS. Elsewhere `remove_leftovers` brings the old one back after a crash.
    """
    flush_tree(new)
    if not path.exists():
        new.rename(path)
    elif _exchange(new, path):
        shutil.rmtree(new, ignore_errors=True)
    else:
        _replace_in_two_steps(new, path)
    flush_folder(path.parent)


def _replace_in_two_steps(new: Path, path: Path) -> None:
    replaced = path.with_name(f".{path.name}.{os.getpid()}{REPLACED}")
    path.rename(replaced)
    try:
        new.rename(path)
    except OSError:
        replaced.rename(path)
        raise
    shutil.rmtree(replaced, ignore_errors=True)


def _exchange(one: Path, other: Path) -> bool:
    """Let two paths change names at once; give False where the system cannot."""
    import ctypes

    names = os.fsencode(one), os.fsencode(other)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return bool(library.renamex_np(*names, EXCHANGE) == 0)
        rename, here = library.renameat2, AT_WORKING_FOLDER
        return bool(rename(here, names[0], here, names[1], EXCHANGE) == 0)
    except (AttributeError, OSError, TypeError):  # another system, or an older one
        return False


def flush_tree(folder: Path) -> None:
    """Have the files of a folder, and the folders in it, written to the disk."""
    for path in folder.rglob("*"):
        if path.is_dir():
            flush_folder(path)
        else:
            with path.open("rb") as file:
                os.fsync(file.fileno())
    flush_folder(folder)


def flush_folder(folder: Path) -> None:
    """Have the names in a folder written to the disk, where the system can."""
    with suppress(OSError):  # Windows opens no folders; some network disks flush none
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_alive(left: Path) -> bool:
    """Tell whether the process that made `.name.PID.part` still runs."""
    number = left.name.split(".")[-2]
    if not number.isdecimal():
        return True  # not ours
    if os.name == "nt":  # where os.kill(number, 0) is Ctrl-C; locks keep other writers away
        return int(number) == os.getpid()
    try:
        os.kill(int(number), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
