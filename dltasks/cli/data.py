"""dltasks data: check a data set, or make one."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import click

from dltasks.cli import options
from dltasks.cli.console import Console
from dltasks.terminal import printable
from pipelines.catalogue import TASKS


@click.group()
def data_command() -> None:
    """Check a data set, or make one."""


@data_command.command("check")
@click.argument("data")
@click.option(
    "--task",
    type=click.Choice(list(TASKS)),
    default=next(iter(TASKS)),
    show_default=True,
    help="Task that the data is for.",
)
@click.option("--source", help="Language code of the sources, for --task translation.")
@click.option("--target", help="Language code of the targets, for --task translation.")
@options.table_or_json
@options.offline
@options.console
@click.pass_context
def check_data(
    ctx: click.Context,
    data: str,
    task: str,
    source: str | None,
    target: str | None,
    output_format: str,
    console: Console,
) -> None:
    """Read all of DATA, count its examples and report problems. Of text files, say the encoding
    and why, the size, and show a line as it was read.

    Exit codes: 0 all files can be used, 3 some cannot, 4 some need a package that is missing.
    """
    from dltasks.data.checks import check
    from dltasks.data.text_files import describe_text_file, list_text_files, summarise
    from dltasks.tasks import get_task

    checked = get_task(task)
    languages = _languages(checked.config_class.names(), source, target)
    examples = checked.read_examples(data)
    passed_over = checked.passed_over(data, examples)
    for line in passed_over:
        console.say(printable(line))
    if languages:
        examples = [example.arranged(languages) for example in examples]
    report = check(
        examples,
        checked,
        lambda done, total: console.progress("reading", done, total),
        languages,
        data,
    )
    texts = [describe_text_file(path, stated) for path, stated in list_text_files(data)]
    if output_format == "json":
        found = report.to_dict() | {
            "texts": [text.to_dict() for text in texts],
            "passed_over": passed_over,
        }
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        click.echo("\n".join(filter(None, (summarise(texts), report.to_text()))))
    ctx.exit(report.exit_code)


def _languages(
    settings: Collection[str], source: str | None, target: str | None
) -> tuple[str, str] | None:
    """Give the languages of a task that has two sides, if both are named.

    Raises:
        click.UsageError: one of them has no effect.
    """
    for option, value in (("source", source), ("target", target)):
        if value and option not in settings:
            raise click.UsageError(f"--{option} has no effect with this --task; leave it out")
    if bool(source) != bool(target):
        raise click.UsageError("--source and --target work together; give both")
    return (source, target) if source and target else None


@data_command.group("synthesize")
def synthesize_data() -> None:
    """Make synthetic training data."""


@synthesize_data.command("handwriting")
@click.option(
    "--text",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="UTF-8 file with one text per line; long texts are split between words.",
)
@click.option(
    "--fonts",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder of .ttf, .otf, .woff or .woff2 files. Keep the fonts for testing out of it.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="New folder for the lines."
)
@click.option(
    "--count", type=click.IntRange(min=1), default=1000, show_default=True, help="Number of lines."
)
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Random seed."
)
@options.console
def synthesize_handwriting(
    text: Path, fonts: Path, out: Path, count: int, seed: int, console: Console
) -> None:
    """Draw lines of text in handwriting fonts, with varied pen, ink, slant and paper.

    Writes pictures and a labels.tsv that has the text of each picture, and its font as the writer.
    """
    from dltasks.tasks.handwriting.synthesis import synthesize

    manifest, written = synthesize(
        text,
        fonts,
        out,
        count=count,
        seed=seed,
        on_progress=lambda done, total: console.progress("writing", done, total),
    )
    if written < count:
        console.say(f"{count - written} lines left out: no font has all characters of their text")
    console.say(f"wrote {written} lines and {manifest}")
