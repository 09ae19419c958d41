"""Results to records; standard error is told of failures and of what is doubtful."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import click

from dltasks.cli.console import Console
from dltasks.cli.output import Record

MOST_DOUBTS = 10  # results of which standard error tells one by one; then their number


class RecordMaker:
    """Makes the records of one call of a command.

    Args:
        pipeline: that answers.
        console: to tell of doubts.
        doubt: what a person should know of a result; "" is nothing.
        prepare: gives each result as it is written.

    Attributes:
        exit_code: 0, or the highest of the inputs that failed.
    """

    def __init__(
        self,
        pipeline: Any,
        console: Console,
        doubt: Callable[[Any], str],
        prepare: Callable[[Any], Any],
    ) -> None:
        self.exit_code = 0
        self._bundle = pipeline.bundle
        self._console = console
        self._doubt = doubt
        self._prepare = prepare
        self._doubts = self._count = 0

    def make(self, source: Any, result: Any) -> Record:
        """Make the record of a result or of a failure, and tell of it."""
        from pipelines.base import Failure

        self._count += 1
        if isinstance(result, Failure):
            self.exit_code = max(self.exit_code, result.error.exit_code)
            if not getattr(source, "is_told", False):
                click.echo(f"Error: {result.error}", err=True)
            return self._record(source, error=str(result.error))
        prepared = self._prepare(result)
        record = self._record(source, result=asdict(prepared), answer=result)
        for problem in getattr(source, "problems", ()):
            self._console.say(f"{problem}; left out")
        if doubt := self._doubt(prepared):
            self._doubts += 1
            if self._doubts <= MOST_DOUBTS:
                self._console.say(f"{record.name}: {doubt}")
        return record

    def finish(self) -> int:
        """Tell how many results are doubtful, if they are many; give the exit code."""
        if self._doubts > MOST_DOUBTS:
            self._console.say(f"{self._doubts} of {self._count} results are doubtful")
        return self.exit_code

    def _record(self, source: Any, **outcome: Any) -> Record:
        from pipelines.images import DocumentPage, describe

        page = getattr(source, "picture", source)  # of one whose lines a file gives
        is_of_document = isinstance(page, DocumentPage)
        return Record(
            source=page.file if is_of_document else describe(page),
            page=page.number if is_of_document else None,
            task=self._bundle.task,
            model=self._bundle.name,
            before=getattr(source, "before", ""),
            end=getattr(source, "end", "\n"),
            **outcome,
        )
