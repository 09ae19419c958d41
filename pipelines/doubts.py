"""What a person should know of an input that was read, such as that a part of it is missing.

An app gets it as a warning of the logger "dltasks"; who checks inputs keeps it instead.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_KEPT: ContextVar[list[str] | None] = ContextVar("kept", default=None)


def tell_doubt(message: str) -> None:
    """Tell something of an input, in one line that names it."""
    kept = _KEPT.get()
    if kept is None:
        logging.getLogger("dltasks").warning("%s", message)
    else:
        kept.append(message)


@contextmanager
def keep_doubts() -> Iterator[list[str]]:
    """Keep what is told on this thread, in a list, in place of the logger."""
    kept: list[str] = []
    token = _KEPT.set(kept)
    try:
        yield kept
    finally:
        _KEPT.reset(token)
