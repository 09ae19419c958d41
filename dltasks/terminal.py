"""Text on a terminal: of control characters it gets those alone that we send ourselves.

A label, a model card or the name of a file may come from a stranger, and escape sequences in it
would move the cursor, change the window's title, or hide what was printed before.
"""

from __future__ import annotations

import io
import re
from typing import TextIO

# How to write the names of files that are not UTF-8: \udce9 is also how JSON writes such a byte.
AS_ESCAPES = "backslashreplace"
CLEAR_LINE = "\r\033[K"
# Control characters but for tab and line break, marks that turn the direction of writing, and
# halves of characters, with which Python reads names that are not UTF-8.
UNPRINTABLE = re.compile(
    r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Write what is unprintable as JSON does: `\u001b`."""
    return UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def write_as_escapes(stream: TextIO) -> None:
    """Have a stream write what its encoding does not have as escapes; see `AS_ESCAPES`."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=AS_ESCAPES)


class TerminalText(io.TextIOWrapper):
    """A terminal that only shows what is printable."""

    def write(self, text: str) -> int:
        super().write(printable(text))
        return len(text)

    def send(self, text: str) -> None:
        """Write control sequences of our own."""
        super().write(text)


def guard(stream: TextIO) -> TextIO:
    """Give a stream that shows only what is printable, if it is a terminal."""
    if not isinstance(stream, io.TextIOWrapper) or not stream.isatty():
        return stream
    stream.flush()
    return TerminalText(
        stream.buffer, stream.encoding, stream.errors, line_buffering=stream.line_buffering
    )


def send(stream: TextIO, text: str) -> None:
    """Write control sequences of our own to a stream, which may be guarded."""
    if isinstance(stream, TerminalText):
        stream.send(text)
    else:
        stream.write(text)
    stream.flush()
