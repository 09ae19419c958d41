"""The option --layout: a way to find lines, or a file that says where they are."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import click
from click.shell_completion import CompletionItem

from pipelines.errors import ConfigurationError, InputError
from pipelines.options import PageLayout, ReadingOptions

WAYS = get_args(PageLayout)
SUFFIX = ".xml"
MORE_HELP = "; FILE.xml: read the lines of a PAGE or ALTO file."


def parse_layout(context: click.Context, option: click.Parameter, value: str) -> str | Path:
    """Read the value of the option.

    Raises:
        click.BadParameter: it is neither a way to find lines nor the name of an XML file.
    """
    if value in WAYS:
        return value
    if not value.lower().endswith(SUFFIX):
        raise click.BadParameter(f"{value!r} is not one of {', '.join(WAYS)}, nor a file FILE.xml")
    return Path(value)


def layout_option() -> click.Option:
    """Make the option, of the run-time option that it adds a file to."""
    declared = next(item for item in fields(ReadingOptions) if item.name == "layout")
    return click.Option(
        ["--layout"],
        metavar=f"[{'|'.join(WAYS)}|FILE.xml]",
        default=declared.default,
        show_default=True,
        callback=parse_layout,
        shell_complete=_complete,
        help=declared.metadata["help"].removesuffix(".") + MORE_HELP,
    )


def _complete(
    context: click.Context, option: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    ways = [CompletionItem(way) for way in WAYS if way.startswith(incomplete)]
    return [*ways, CompletionItem(incomplete, type="file")]


def lay_out(pages: list[Any], file: Path) -> Any:
    """Give the one page, with the lines that a file says it has.

    Raises:
        ConfigurationError: there is not one page, or the file cannot be used.
    """
    from pipelines.handwriting.page_xml import LaidOutPage, read_layout

    if len(pages) != 1:
        raise ConfigurationError(
            f"--layout {str(file)!r} has the lines of one page, not of {len(pages)}; read one at a "
            "time"
        )
    try:
        layout = read_layout(file)
    except InputError as error:
        raise ConfigurationError(f"--layout {error}") from None
    if not layout.lines:
        raise ConfigurationError(f"--layout {str(file)!r} has no line in it; find them without it")
    return LaidOutPage(pages[0], layout, str(file))
