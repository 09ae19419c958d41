"""Read files, of bundles and of users, but no named pipe or device: those may never end."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

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
