"""dltasks classify: say what photographs show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dltasks.cli import options
from dltasks.cli.console import Console
from dltasks.cli.output import FORMATS, ResultLayout, check_output, open_writer

TASK = "image-classification"


def _to_text(result: dict[str, Any]) -> str:
    return "\n".join(f"  {label['score']:6.1%}  {label['name']}" for label in result["labels"])


def _to_rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (rank, label["name"], label["identifier"], f"{label['score']:.6f}")
        for rank, label in enumerate(result["labels"], start=1)
    ]


LAYOUT = ResultLayout(_to_text, ("rank", "label", "identifier", "score"), _to_rows)


@click.command(epilog="Exit codes: 0 all classified, 3 some inputs failed, 5 no such model.")
@options.inputs_of(TASK)
@click.option(
    "--top-k", type=click.IntRange(min=1), default=5, show_default=True, help="Classes to show."
)
@options.answers(FORMATS)
@click.pass_context
def classify_command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    model: str,
    top_k: int,
    output_format: str,
    output: Path | None,
    batch_size: int | None,
    device: str,
    console: Console,
) -> None:
    """Say what photographs show.

    INPUT is a file, a folder, a glob, a URL, - for standard input, or @list.txt.
    """
    from dltasks.cli.answer import write_results
    from dltasks.cli.inputs import expand
    from pipelines import load
    from pipelines.images import SUFFIXES

    pipeline = load(model, task=TASK, device=device)
    console.detail(f"model {pipeline.bundle.name}, {pipeline.threads} threads")
    sources = list(expand(inputs, SUFFIXES))  # all, so that a mistake is told before the work
    check_output(output, [*sources, *(item.removeprefix("@") for item in inputs)])
    results = pipeline.stream(sources, batch_size=batch_size, top_k=top_k, on_error="return")
    with open_writer(output_format, output, LAYOUT) as writer:
        code = write_results(pipeline, sources, results, writer)
    ctx.exit(code)
