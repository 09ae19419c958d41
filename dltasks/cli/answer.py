"""Run a pipeline over inputs: a result or an error a line, and an exit code that says which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from dltasks.cli.output import Record, ResultWriter
from pipelines.base import Failure, Pipeline
from pipelines.errors import InputError
from pipelines.images import describe


def write_results(
    pipeline: Pipeline, sources: Iterable[Any], results: Iterable[Any], writer: ResultWriter
) -> int:
    """Write the results of a stream, and its failures also to standard error.

    Args:
        pipeline: that made the results.
        sources: the inputs, in the order of the results.
        results: of `stream(..., on_error="return")`.
        writer: takes the records.

    Returns:
        The exit code: 0, or 3 where some inputs failed.
    """
    failed = False
    task, model = pipeline.bundle.task, pipeline.bundle.name
    for source, result in zip(sources, results, strict=True):
        name = describe(source)
        if isinstance(result, Failure):
            failed = True
            click.echo(f"Error: {result.error}", err=True)
            writer.write(Record(name, task, model, error=str(result.error)))
        else:
            writer.write(Record(name, task, model, result=asdict(result)))
    return InputError.exit_code if failed else 0
