"""dltasks runs: list the training runs and their figures."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from dltasks.cli import options
from dltasks.cli.console import align


@click.command()
@click.argument("folder", default="runs", type=click.Path(path_type=Path))
@options.table_or_json
def runs_command(folder: Path, output_format: str) -> None:
    """List the training runs in FOLDER (by default runs) with their main metric."""
    from dltasks.tasks.run_folder import list_runs
    from pipelines.errors import ConfigurationError

    if not folder.is_dir():
        raise ConfigurationError(
            f"folder {str(folder)!r} does not exist; name the folder of your runs"
        )
    runs = list(list_runs(folder))
    if output_format == "json":
        click.echo(json.dumps([asdict(run) for run in runs], ensure_ascii=False))
        return
    rows = [("run", "task", "data", "state", "metric")]
    for run in runs:
        figure = "" if run.value is None else f"{run.metric} {run.value:.4f} ({run.split})"
        rows.append((run.folder, run.task, run.data, run.state, figure))
    click.echo(align(rows))
