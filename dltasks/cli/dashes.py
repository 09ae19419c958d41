"""Texts that begin with a dash: "- Where are you?" and "-5 degrees" are no options.

Click takes all that begins with a dash for an option. What no option can look like is given a sign
before it, which no argument can have, and the argument takes it off again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import click

SIGN = "\0"  # no argument of a process has one
NO_OPTION = re.compile(r"--?[^A-Za-z-]|--[^=\s]*\s")  # "- Hi", "-5 degrees", "--What? he said"
SHORT = re.compile(r"-([A-Za-z])[^=]*\s")


class TextCommand(click.Command):
    """A command that takes texts."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(_sign(self.get_params(ctx), args)))


def take_off(
    context: click.Context, parameter: click.Parameter, value: Sequence[str]
) -> tuple[str, ...]:
    """Take the sign off the texts: a callback of the argument."""
    return tuple(text.removeprefix(SIGN) for text in value)


def _sign(parameters: Sequence[click.Parameter], arguments: Sequence[str]) -> Iterator[str]:
    options = [item for item in parameters if isinstance(item, click.Option)]
    names = {name for item in options for name in (*item.opts, *item.secondary_opts)}
    with_value = {name for item in options if _takes_value(item) for name in item.opts}
    before = ""
    for argument in arguments:
        is_text = before not in with_value and _is_text(argument, names)
        yield f"{SIGN}{argument}" if is_text else argument
        before = argument


def _takes_value(option: Any) -> bool:
    return not (option.is_flag or option.count)


def _is_text(argument: str, names: set[str]) -> bool:
    short = SHORT.match(argument)
    return bool(NO_OPTION.match(argument)) or bool(short and f"-{short[1]}" not in names)
