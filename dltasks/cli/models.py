"""dltasks models: list, show, pull, verify and remove models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from dltasks.cli import options
from dltasks.cli.console import Console, align
from dltasks.cli.interrupt import raise_from_now_on
from pipelines.catalogue import TASKS


@click.group()
def models_command() -> None:
    """List, show, pull, verify and remove models."""


@models_command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also list models that can be pulled.")
@click.option("--task", type=click.Choice(list(TASKS)), help="List only models for this task.")
@click.option("--from", "source", help="List only translators from this language, by its code.")
@click.option("--to", "target", help="List only translators to this language, by its code.")
@options.table_or_json
def list_models(
    everything: bool, task: str | None, source: str | None, target: str | None, output_format: str
) -> None:
    """List the installed models."""
    from dltasks.cli.model_filter import ModelFilter
    from dltasks.zoo import list_published
    from pipelines.bundle.folder import BUILT_IN, installed, open_bundle
    from pipelines.errors import BundleError

    wanted = ModelFilter(task, source, target)
    rows = []
    for folder in installed():
        kind = "built-in" if folder.parent == BUILT_IN else "pulled"
        try:
            bundle = open_bundle(folder)
        except BundleError as error:
            click.echo(f"Error: {error}", err=True)
            continue
        if not wanted.takes_bundle(bundle):
            continue
        rows.append((folder.name, bundle.task, kind, f"{bundle.size_bytes / 1e6:.0f} MB"))
    if everything:
        known = {row[0] for row in rows}
        rows += [
            (model.name, model.task, "to pull", f"{model.size_mb} MB download")
            for model in list_published()
            if model.name not in known and wanted.takes_published(model)
        ]
    columns = ("name", "task", "kind", "size")
    if output_format == "json":
        click.echo(json.dumps([dict(zip(columns, row, strict=True)) for row in rows]))
        return
    click.echo(align([columns, *rows]))


@models_command.command("show")
@click.argument("model")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["card", "json"]),
    default="card",
    show_default=True,
)
def show_model(model: str, output_format: str) -> None:
    """Print the model card of MODEL."""
    from pipelines.bundle.folder import MANIFEST, find

    bundle = find(model)
    if output_format == "json":
        click.echo((bundle.path / MANIFEST).read_text(encoding="utf-8", errors="replace").rstrip())
    else:
        click.echo(bundle.read_text("README.md").rstrip())


@models_command.command("pull")
@click.argument("name")
@click.option(
    "--weights",
    type=click.Path(path_type=Path),
    help="Use this weights file, or for opus-mt and trocr this folder of files, instead of "
    "downloading it.",
)
@click.option("--overwrite", is_flag=True, help="Replace the model if it is already installed.")
@options.offline
@options.console
def pull_model(name: str, weights: Path | None, overwrite: bool, console: Console) -> None:
    """Download the published model NAME and convert it.

    \b
    dltasks models pull whisper-small
    dltasks models pull opus-mt-en-de            # any of OPUS-MT's translators
    dltasks models pull trocr-base-handwritten
    """
    from dltasks.tasks.pull import pull

    raise_from_now_on()
    bundle = pull(
        name,
        weights=weights,
        overwrite=overwrite,
        on_progress=lambda done, total: console.progress(f"fetching {name}", done, total),
    )
    console.say(f"{name} is in {bundle.path} ({bundle.source})")


@models_command.command("verify")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
def verify_models(models: tuple[str, ...]) -> None:
    """Check every file of each MODEL and run its example. By default all models."""
    from pipelines.bundle.folder import find, installed
    from pipelines.bundle.verification import verify
    from pipelines.errors import BundleError

    damaged = []
    for model in models or tuple(str(folder) for folder in installed()):
        try:
            verify(find(model))
        except BundleError as error:
            damaged.append(model)
            click.echo(f"Error: {error}", err=True)
        else:
            click.echo(f"{Path(model).name}: ok")
    if damaged:
        raise BundleError(f"{len(damaged)} models failed: {', '.join(damaged)}")


@models_command.command("remove")
@click.argument("model")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove_model(model: str, yes: bool) -> None:
    """Delete MODEL, which was pulled."""
    from pipelines.bundle.folder import find, pulled_models
    from pipelines.errors import BundleError

    folder = pulled_models() / model  # not opened: a damaged model can be removed, too
    if folder.resolve().parent != pulled_models().resolve() or not folder.is_dir():
        raise BundleError(
            f"model {model!r} in {find(model).path} was not pulled by dltasks; delete it yourself"
        )
    if not yes:
        click.confirm(f"Delete {folder}?", abort=True)
    shutil.rmtree(folder)
    click.echo(f"removed {folder}")
