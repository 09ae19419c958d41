"""Errors of the commands: one line and an exit code, never a traceback."""

from __future__ import annotations

import io
import sys
from typing import Any

import click

from dltasks.cli.interrupt import INTERRUPTED, MESSAGE
from dltasks.terminal import write_as_escapes
from pipelines.errors import ConfigurationError, DltasksError


def as_click_error(message: str, exit_code: int) -> click.ClickException:
    """Give a failure as click shows it."""
    error = click.ClickException(message)
    error.exit_code = exit_code  # type: ignore[misc]
    return error


class ClosedOutput(io.StringIO):
    """Stands in for a closed standard output, so that writing to it is a mistake with a name."""

    def write(self, text: str) -> int:
        """Refuse to write.

        Raises:
            ConfigurationError: always.
        """
        raise ConfigurationError("standard output is closed; open it, or give -o FILE")


class CommandGroup(click.Group):
    """A group of commands that turns our errors into messages and exit codes."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.context_settings.setdefault("help_option_names", ["-h", "--help"])

    def invoke(self, ctx: click.Context) -> Any:
        if sys.stdout is None:
            sys.stdout = ClosedOutput()
        write_as_escapes(sys.stdout)
        try:
            return super().invoke(ctx)
        except DltasksError as error:
            raise as_click_error(str(error), error.exit_code) from None
        except BrokenPipeError:  # the reader of our output has gone, as `head` does
            if sys.stderr:
                sys.stderr.close()
            ctx.exit(0)
        except KeyboardInterrupt:
            click.echo(MESSAGE, err=True)
            ctx.exit(INTERRUPTED)
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            raise as_click_error(
                f"{where}{error.strerror or error}", DltasksError.exit_code
            ) from None
