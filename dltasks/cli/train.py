"""dltasks train TASK DATA: a model of one's own; a subcommand a task, an option a setting."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click

from dltasks.cli import options
from dltasks.cli.console import Console
from pipelines import catalogue


class TaskGroup(click.Group):
    """The tasks that can be trained; the options of one are made when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(catalogue.TASKS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return _make_command(cmd_name) if cmd_name in catalogue.TASKS else None


@click.command(cls=TaskGroup)
def train_command() -> None:
    """Train a model on your own data."""


@click.command()
@click.argument("data")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder of the new bundle."
)
@click.option(
    "--run-folder",
    type=click.Path(path_type=Path),
    help="For history, plots and checkpoint.  [default: runs/NAME-OF-OUT]",
)
@click.option(
    "--resume",
    type=click.Choice(["no", "yes", "auto"]),
    is_flag=False,
    flag_value="yes",
    default="no",
    help="Go on with the interrupted run in the run folder; auto: where there is one.",
)
@click.option("--overwrite", is_flag=True, help="Replace the bundle and the run that are there.")
@click.option(
    "--valid-fraction",
    type=click.FloatRange(0.0, 0.9, min_open=True),
    default=0.1,
    show_default=True,
    help="Taken from training where the data has no validation split.",
)
@click.option(
    "--on-bad",
    type=click.Choice(["skip", "fail"]),
    default="skip",
    show_default=True,
    help="What to do with examples that cannot be read.",
)
@options.offline
@options.console
@click.pass_context
def _train(
    ctx: click.Context,
    data: str,
    out: Path,
    run_folder: Path | None,
    resume: str,
    overwrite: bool,
    valid_fraction: float,
    on_bad: Any,
    console: Console,
    **settings: Any,
) -> None:
    """Shared by all tasks; `settings` are the fields of the two settings classes."""
    from dltasks.tasks import get_task
    from dltasks.tasks.run import RUN_FILE, RunRequest, train
    from dltasks.training.config import TrainingConfig

    task = get_task(str(ctx.info_name))
    of_training = {name: settings.pop(name) for name in task.training_defaults.to_dict()}
    run_folder = run_folder or Path("runs") / out.name
    is_there = (run_folder / RUN_FILE).exists()
    request = RunRequest(
        task=task.name,
        data=data,
        out=out,
        run_folder=run_folder,
        config=task.config_class.from_dict(settings),
        training=TrainingConfig.from_dict(of_training),
        valid_fraction=valid_fraction,
        on_bad=on_bad,
        resume=resume == "yes" or (resume == "auto" and is_there),
        overwrite=overwrite,
    )
    try:
        outcome = train(
            request, console.say, lambda done, total: console.progress("reading", done, total)
        )
    except KeyboardInterrupt:
        console.say(f"stopped; go on with the same command and --resume ({request.run_folder})")
        raise
    if outcome is None:  # a worker beside the chief
        return
    bundle, report = outcome
    click.echo(report.to_text())
    command = catalogue.entry(task.name).command
    console.say(f"\nwrote {bundle.path}; use it: dltasks {command} INPUT --model {bundle.path}")


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
        help=f"Train a model to {catalogue.entry(task_name).summary}, on DATA.",
        short_help=catalogue.entry(task_name).summary,
    )
