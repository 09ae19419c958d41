"""Options that several commands share, and options made from settings."""

from __future__ import annotations

import functools
import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import click

from dltasks.cli.console import Console
from dltasks.download import go_offline
from dltasks.durable import write_file
from pipelines.errors import ConfigurationError
from pipelines.settings import Settings, is_tuple, types_of

Command = Callable[..., Any]

device = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="Device to use; gpu is an error on a machine without one.",
)
batch_size = click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    help="Inputs per run of the network.  [default: what suits the device]",
)


class OutputPath(click.Path):
    """The path of a file; whether it is written as that of a folder, `out/`, is noted."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if ctx and isinstance(value, str) and value.endswith(("/", os.sep)):
            ctx.meta[NAMES_FOLDER] = True
        return super().convert(value, param, ctx)


NAMES_FOLDER = f"{__name__}.names_folder"  # in the `meta` of a context
output = click.option(
    "-o",
    "--output",
    type=OutputPath(path_type=Path),
    help="Write the results to a file.",
)

REPORT_FORMATS = ("table", "json")
table_or_json = click.option(
    "--format",
    "output_format",
    type=click.Choice(REPORT_FORMATS),
    default="table",
    show_default=True,
)
report_format = click.option(
    "--format",
    "output_format",
    type=click.Choice(REPORT_FORMATS),
    help="[default: by the ending of -o, otherwise table]",
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

    say_less = click.option("-q", "--quiet", is_flag=True, help="Print only results and errors.")
    say_more = click.option("-v", "--verbose", is_flag=True, help="Print more about what is done.")
    return say_less(say_more(wrapped))


@dataclass(frozen=True)
class Picture:
    """A picture that a command draws of its one input.

    Attributes:
        flag: the option that names the file.
        path: of the file.
        make: (input, result) -> a Pillow image, or None where there is nothing to draw.
    """

    flag: str
    path: Path
    make: Callable[[Any, Any], Any]

    def check(self, output: Path | None, read: Iterable[Any], count: int) -> None:
        """Refuse a place where the picture cannot be written.

        Args:
            output: where the results go, or None.
            read: the inputs and the files that name them.
            count: of the inputs.

        Raises:
            ConfigurationError: there is not one input, or the file is of no kind that can be
                written, lies in no folder, or is an input or the output.
        """
        from dltasks.cli.output import check_output
        from pipelines.images import WRITTEN_SUFFIXES

        if count != 1:
            raise ConfigurationError(f"{self.flag} takes one input, not {count}")
        if self.path.suffix.lower() not in WRITTEN_SUFFIXES:
            known = ", ".join(sorted(WRITTEN_SUFFIXES))
            raise ConfigurationError(f"{self.flag} {str(self.path)!r} must end in one of {known}")
        if output and self.path.absolute() == output.absolute():
            raise ConfigurationError(f"{self.flag} and -o are both {str(self.path)!r}")
        check_output(self.path, read, self.flag)

    def draw(self, source: Any, result: Any) -> None:
        """Draw the input's result.

        Raises:
            ConfigurationError: the file cannot be written.
        """
        from PIL import Image

        from pipelines.base import Failure

        image = None if isinstance(result, Failure) else self.make(source, result)
        if image is None:
            return
        try:
            file = io.BytesIO()
            image.save(file, Image.registered_extensions()[self.path.suffix.lower()])
            write_file(self.path, file.getvalue())
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"{self.flag} {str(self.path)!r} cannot be written: {error}; choose another file"
            ) from None


def picture(flag: str, help_text: str) -> click.Option:
    """Make the option that names the file of a `Picture`."""
    kind = click.Path(dir_okay=False, path_type=Path)
    return click.Option([flag], type=kind, help=f"{help_text} Takes one INPUT.")


def from_settings(
    settings: type[Settings], defaults: Settings, leave_out: Sequence[str] = ()
) -> list[click.Option]:
    """Make an option of each field; its default is the field's value in `defaults`."""
    types = get_type_hints(settings)
    return [
        _option(item.name, types[item.name], item.metadata, getattr(defaults, item.name))
        for item in fields(settings)
        if item.name not in leave_out
    ]


def _option(name: str, kind: Any, metadata: Any, default: Any) -> click.Option:
    flag = metadata["flag"] or "--" + name.replace("_", "-")
    if kind is bool:
        flag = f"{flag}/--no-{name.replace('_', '-')}"
    several = is_tuple(kind)
    return click.Option(
        [flag, name],
        type=_click_type(get_args(kind)[0] if several else kind, metadata),
        multiple=several,
        default=None if several else default,
        show_default=default is not None and not several and default != "",
        help=metadata["help"],
    )


def _click_type(kind: Any, metadata: Any) -> Any:
    if metadata["choices"] or get_origin(kind) is Literal:
        return click.Choice(metadata["choices"] or get_args(kind))
    allowed = types_of(kind)
    if bool in allowed or str in allowed:
        return bool if bool in allowed else str
    number_range = click.FloatRange if float in allowed else click.IntRange
    return number_range(metadata["minimum"], metadata["maximum"])
