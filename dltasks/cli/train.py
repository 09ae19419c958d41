"""dltasks train TASK DATA: train a model; one subcommand per task, one option per setting."""

from __future__ import annotations

import importlib
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from dltasks.cli import options
from dltasks.cli.console import Console
from dltasks.cli.interrupt import raise_from_now_on
from pipelines import catalogue

if TYPE_CHECKING:
    from dltasks.tasks.request import RunRequest


class TaskGroup(click.Group):
    """The tasks that can be trained; the options of a task are made when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(catalogue.TASKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _make_command(cmd_name) if cmd_name in catalogue.TASKS else None


_out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder of the new bundle.  [required without --config]",
)
_run_folder = click.option(
    "--run-folder",
    type=click.Path(path_type=Path),
    help="Folder for history, plots and checkpoint.  [default: runs/NAME-OF-OUT]",
)
_resume = click.option(
    "--resume",
    type=click.Choice(["no", "yes", "auto"]),
    is_flag=False,
    flag_value="yes",
    default="no",
    help="Continue the interrupted run in the run folder; auto: only if there is one.",
)
_overwrite = click.option("--overwrite", is_flag=True, help="Replace an existing bundle and run.")


@click.command(cls=TaskGroup, invoke_without_command=True)
@click.option("--config", type=click.Path(path_type=Path), help="Repeat the run of this run.toml.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a setting of --config, such as training.epochs=3. May be repeated.",
)
@_out
@_run_folder
@_resume
@_overwrite
@options.offline
@options.console
@click.pass_context
def train_command(
    ctx: click.Context,
    config: Path | None,
    changes: tuple[str, ...],
    out: Path | None,
    run_folder: Path | None,
    resume: str,
    overwrite: bool,
    console: Console,
) -> None:
    """Train a model for TASK on your own DATA, or repeat a run with --config.

    \b
    dltasks train image-classification flowers/ --out my_models/flowers
    dltasks train --config runs/flowers/run.toml --set training.epochs=20 --out my_models/longer
    """
    given = config or changes or out or run_folder or overwrite or resume != "no"
    if ctx.invoked_subcommand:
        if given:
            raise click.UsageError(
                "give the options of TASK after its name; --config takes no TASK"
            )
        return
    if not config and given:
        raise click.UsageError("give a TASK with its DATA, or --config")
    if not config:
        click.echo(ctx.get_help())
        return
    from dltasks.tasks.request import read_request

    request = read_request(config, changes)
    if out:
        request = replace(request, out=out, run_folder=Path("runs") / out.name)
    _run(request, run_folder, resume, overwrite, console)


@click.command()
@click.argument("data")
@_out
@_run_folder
@_resume
@_overwrite
@click.option(
    "--valid-fraction",
    type=click.FloatRange(0.0, 0.9, min_open=True),
    default=0.1,
    show_default=True,
    help="Part of the training data to hold out if there is no validation split.",
)
@click.option("--split", help="Train only on this part of tfds:NAME, such as 'train[:80%]'.")
@click.option(
    "--on-bad",
    type=click.Choice(["skip", "fail"]),
    default="skip",
    show_default=True,
    help="What to do with examples that cannot be read.",
)
@click.option(
    "--find-lr", is_flag=True, help="Only find a learning rate, and plot learning_rate.png."
)
@options.offline
@options.console
@click.pass_context
def _train(
    ctx: click.Context,
    /,
    data: str,
    out: Path | None,
    run_folder: Path | None,
    resume: str,
    overwrite: bool,
    valid_fraction: float,
    split: str | None,
    on_bad: Any,
    find_lr: bool,
    console: Console,
    **settings: Any,
) -> None:
    """Shared by all tasks; `settings` are the fields of the two settings classes."""
    from dltasks.tasks.request import make_request

    if out is None:
        raise click.MissingParameter(ctx=ctx, param_hint="'--out'", param_type="option")
    chosen = {
        name: value
        for name, value in settings.items()
        if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    request = make_request(
        str(ctx.info_name),
        chosen,
        data=data,
        out=out,
        split=split,
        valid_fraction=valid_fraction,
        on_bad=on_bad,
    )
    raise_from_now_on()
    if find_lr:
        _find_learning_rate(replace(request, run_folder=run_folder or request.run_folder), console)
    else:
        _run(request, run_folder, resume, overwrite, console)


def _run(
    request: RunRequest, run_folder: Path | None, resume: str, overwrite: bool, console: Console
) -> None:
    from dltasks.tasks.request import continues
    from dltasks.tasks.train import train

    run_folder = run_folder or request.run_folder
    goes_on = continues("auto" if resume == "auto" else resume == "yes", run_folder)
    request = replace(request, run_folder=run_folder, resume=goes_on, overwrite=overwrite)
    try:
        outcome = train(
            request, console.say, lambda done, total: console.progress("reading", done, total)
        )
    except KeyboardInterrupt:
        console.say(f"stopped; continue with the same command and --resume ({request.run_folder})")
        raise
    if outcome is None:  # a worker beside the chief
        return
    bundle, report = outcome
    console.say(f"measured on split {bundle.metrics[0]['split']}")
    click.echo(report.to_text())
    command = catalogue.entry(request.task).command
    model = shlex.quote(str(bundle.path))
    console.say(f"\nwrote {bundle.path}; use it: dltasks {command} INPUT --model {model}")


def _find_learning_rate(request: RunRequest, console: Console) -> None:
    from dltasks.tasks.train import find_learning_rate

    rate, picture = find_learning_rate(
        request, console.say, lambda done, total: console.progress("reading", done, total)
    )
    click.echo(f"{rate:.1e}")
    console.say(f"wrote {picture}; train with --learning-rate {rate:.1e}")


def _make_command(task_name: str) -> click.Command:
    """Add a task's settings to the shared command as options."""
    module = importlib.import_module(f"dltasks.tasks.{catalogue.module_name(task_name)}.task")
    task = module.TASK
    return click.Command(
        name=task_name,
        callback=_train.callback,
        params=[
            *_train.params,
            *options.from_settings(task.config_class, task.config_class()),
            *options.from_settings(type(task.training_defaults), task.training_defaults),
        ],
        help=f"Train a model on DATA to {catalogue.entry(task_name).summary}.",
        short_help=catalogue.entry(task_name).summary,
    )
