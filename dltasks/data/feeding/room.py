"""A limit on the space that decoded examples take."""

from __future__ import annotations

import threading
from collections.abc import Callable

BYTES = 10**9  # of a gigabyte, as disks are sold


class Room:
    """The space that all caches share; reports once when it is full.

    Args:
        gigabytes: in all; None is no limit.
        say: shows a line to the user.
    """

    def __init__(
        self, gigabytes: float | None = None, say: Callable[[str], None] = lambda line: None
    ) -> None:
        self._gigabytes = gigabytes
        self._left = float("inf") if gigabytes is None else gigabytes * BYTES
        self._say = say
        self._lock = threading.Lock()
        self._told = False

    def take(self, size_bytes: int) -> bool:
        """Take room, if there is enough left."""
        with self._lock:
            if size_bytes <= self._left:
                self._left -= size_bytes
                return True
            if not self._told:
                self._told = True
                self._say(
                    f"the cache is full at {self._gigabytes:g} GB; examples that do not fit are "
                    "decoded each time"
                )
            return False
