"""Published data sets, written to files once: training reads by index, which they cannot."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

SUFFIX_OF_MAGIC = {b"\xff\xd8": ".jpg", b"\x89P": ".png", b"RI": ".webp", b"GI": ".gif"}


def write_once(destination: Path, write: Callable[[Path], None]) -> Path:
    """Give the folder that `write` fills; it appears when it is complete.

    Args:
        destination: of the folder.
        write: fills an empty folder.
    """
    if not destination.is_dir():
        partial = destination.with_name(f"{destination.name}.part")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        write(partial)
        partial.rename(destination)
    return destination


def suffix_of(encoded: bytes) -> str:
    """Give the ending that suits the content of a picture's file."""
    return SUFFIX_OF_MAGIC.get(encoded[:2], ".png")
