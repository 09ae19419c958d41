"""Options that several commands share, and options made from settings."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import click

from dltasks.cli.console import Console
from dltasks.download import go_offline
from pipelines.settings import Settings

Command = Callable[..., Any]

device = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="Where to run; gpu is an error where there is none.",
)
batch_size = click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    help="Inputs a run of the network.  [default: what suits the device]",
)
output = click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the results to a file.",
)

table_or_json = click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
)


def _set_offline(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        go_offline()


offline = click.option(
    "--offline",
    is_flag=True,
    expose_value=False,
    callback=_set_offline,
    help="Never use the network (also DLTASKS_OFFLINE=1).",
)


def console(command: Command) -> Command:
    """Add -q and -v, and give the command a `console` to talk to the user with."""

    @functools.wraps(command)
    def wrapped(*args: Any, quiet: bool, verbose: bool, **kwargs: Any) -> Any:
        return command(*args, console=Console(quiet=quiet, verbose=verbose), **kwargs)

    say_less = click.option("-q", "--quiet", is_flag=True, help="Say nothing but results, errors.")
    say_more = click.option("-v", "--verbose", is_flag=True, help="Say more about what is done.")
    return say_less(say_more(wrapped))


def inputs_of(task: str, *, required: bool = True) -> Callable[[Command], Command]:
    """Add what a command that answers with a model begins with: INPUT... and --model."""
    metavar = "INPUT..." if required else "[INPUT]..."
    inputs = click.argument("inputs", nargs=-1, required=required, metavar=metavar)
    model = click.option(
        "--model", default=task, help="A bundle's folder or name.  [default: built-in]"
    )
    return lambda command: inputs(model(command))


def answers(formats: Sequence[str]) -> Callable[[Command], Command]:
    """Add what such a command ends with: --format, the first by default, and how to run."""
    form = click.option(
        "--format",
        "output_format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
    )
    return lambda command: form(output(batch_size(device(offline(console(command))))))


def from_settings(settings: type[Settings], defaults: Settings) -> list[click.Option]:
    """Make an option of each field; its default is the field's value in `defaults`."""
    types = get_type_hints(settings)
    return [
        _option(item.name, types[item.name], item.metadata, getattr(defaults, item.name))
        for item in fields(settings)
    ]


def _option(name: str, kind: Any, metadata: Any, default: Any) -> click.Option:
    flag = "--" + name.replace("_", "-")
    if kind is bool:
        flag = f"{flag}/--no-{name.replace('_', '-')}"
    return click.Option(
        [flag],
        type=_click_type(kind, metadata),
        default=default,
        show_default=default is not None,
        help=metadata["help"],
    )


def _click_type(kind: Any, metadata: Any) -> Any:
    if metadata["choices"]:
        return click.Choice(metadata["choices"])
    allowed = getattr(kind, "__args__", (kind,))
    if bool in allowed or str in allowed:
        return allowed[0]
    number_range = click.FloatRange if float in allowed else click.IntRange
    return number_range(metadata["minimum"], metadata["maximum"])
