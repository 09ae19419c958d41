"""dltasks data: look at a data set before training on it."""

from __future__ import annotations

import json

import click

from dltasks.cli import options
from dltasks.cli.console import Console
from pipelines.catalogue import TASKS


@click.group()
def data_command() -> None:
    """Check data sets."""


@data_command.command("check")
@click.argument("data")
@click.option(
    "--task",
    type=click.Choice(list(TASKS)),
    default=next(iter(TASKS)),
    show_default=True,
    help="What the data is for.",
)
@options.table_or_json
@options.offline
@options.console
@click.pass_context
def check_data(
    ctx: click.Context, data: str, task: str, output_format: str, console: Console
) -> None:
    """Read all of DATA and report what it holds and what is wrong with it.

    Exit codes: 0 all can be used, 3 some files cannot.
    """
    from dltasks.data.checks import check
    from dltasks.tasks import get_task
    from pipelines.errors import InputError

    checked = get_task(task)
    report = check(
        checked.read_examples(data),
        checked,
        lambda done, total: console.progress("reading", done, total),
    )
    if output_format == "json":
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False))
    else:
        click.echo(report.to_text())
    ctx.exit(InputError.exit_code if report.bad else 0)
