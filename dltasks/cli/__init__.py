"""The command line: one small module per command; heavy imports only where they are needed."""

from __future__ import annotations

import importlib
import sys
import warnings

import click

from dltasks import __version__
from dltasks.cli.group import CommandGroup
from dltasks.cli.interrupt import leave, watch
from dltasks.terminal import guard
from pipelines.catalogue import TASKS

VERBS = ("similar", "train", "runs", "evaluate", "models", "data", "doctor")


@click.group(cls=CommandGroup)
@click.version_option(__version__, prog_name="dltasks")
def cli() -> None:
    """Applied deep-learning tasks: use a model, train your own, import it in an app.

    \b
    dltasks classify photo.jpg
    dltasks train image-classification flowers/ --out my_models/flowers
    """


def _add_commands() -> None:
    """Every command is a module of its name, with a click command of the same name in it."""
    for name in (*(task.command for task in TASKS.values()), *VERBS):
        module = importlib.import_module(f"dltasks.cli.{name}")
        cli.add_command(getattr(module, f"{name}_command"), name)


_add_commands()


def main() -> None:
    """Run the command line and exit with its code."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # of the libraries; ours are messages
    watch()
    sys.stdout, sys.stderr = guard(sys.stdout), guard(sys.stderr)
    try:
        cli(prog_name="dltasks")
    except SystemExit as ended:
        leave(ended.code if isinstance(ended.code, int) else 0)
