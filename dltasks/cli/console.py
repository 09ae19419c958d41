"""Messages and progress of the commands, always on standard error."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click

from dltasks.terminal import CLEAR_LINE, send


class _Teller(logging.Handler):
    """Shows the warnings of `pipelines` as lines of a console."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.say(record.getMessage())


class Console:
    """Lines and progress for the user.

    Args:
        quiet: say nothing.
        verbose: say more.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        # Standard error may be closed.
        self._moving = not quiet and sys.stderr is not None and sys.stderr.isatty()

    def say(self, line: str) -> None:
        """Show a line."""
        if not self.quiet:
            self._clear()
            click.echo(line, err=True)

    def detail(self, line: str) -> None:
        """Show a line to those who want to know more."""
        if self.verbose:
            self.say(line)

    def progress(self, what: str, done: int, total: int) -> None:
        """Show how far something has come, on a terminal only; `total` may be 0."""
        if self._moving:
            share = f" {done / total:4.0%}" if total else ""
            self._clear()
            click.echo(f"{what}{share}", nl=False, err=True)
            if done == total:
                self._clear()

    def show_doubts(self) -> None:
        """Show from now on what `pipelines` tells of inputs, such as that one breaks off."""
        logger = logging.getLogger("dltasks")
        for other in logger.handlers:
            if isinstance(other, _Teller):
                logger.removeHandler(other)
        logger.addHandler(_Teller(self))

    def _clear(self) -> None:
        if self._moving:
            send(sys.stderr, CLEAR_LINE)


def align(rows: Sequence[Sequence[str]]) -> str:
    """Lay rows out as a table; the first is the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
