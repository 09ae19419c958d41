"""The first Ctrl-C ends a command within two seconds, whatever it is in the middle of.

Before a command has anything to keep, Ctrl-C ends it at once: modules written in C that are being
imported would turn KeyboardInterrupt into errors of their own. Then KeyboardInterrupt is raised.
Python raises it between two of its own steps, not while a graph runs on the main thread, nor while
the name of a server is looked up. So a thread of ours, which hears of the signal at once, gives the
command some time to keep what is done, and then ends the process.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import NoReturn

INTERRUPTED = 130  # 128 + SIGINT, as shells have it
MESSAGE = "Interrupted."
SECONDS_TO_KEEP = 1.5


def watch() -> None:
    """See to it that SIGINT has an effect, from now on.

    Another handler is left to itself, such as that of training, which ends after the step.
    """
    signal.signal(signal.SIGINT, _end_now)
    if os.name == "nt":
        return
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    threading.Thread(target=_end_late, args=(heard,), daemon=True, name="interrupts").start()


def raise_from_now_on() -> None:
    """Raise KeyboardInterrupt on SIGINT: there is something to keep, or to clean up."""
    if signal.getsignal(signal.SIGINT) is _end_now:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def leave(code: int) -> NoReturn:
    """End the process; after an interrupt without waiting for what other threads are doing."""
    if code != INTERRUPTED:
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        if stream and not stream.closed:
            stream.flush()
    os._exit(code)


def _end_now(number: int, frame: object) -> NoReturn:
    if sys.stderr:
        print(MESSAGE, file=sys.stderr)
    leave(INTERRUPTED)


def _end_late(heard: int) -> None:
    while number := os.read(heard, 1):
        handler = signal.getsignal(signal.SIGINT)
        if number[0] == signal.SIGINT and handler in (_end_now, signal.default_int_handler):
            time.sleep(SECONDS_TO_KEEP)
            os._exit(INTERRUPTED)
