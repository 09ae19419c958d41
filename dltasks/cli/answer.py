"""The answering commands: their shared options, and the order of their steps.

A command declares its task, run-time options and layout in an `Answering`. Its function is given an
`Answer`, which loads the model, expands the inputs, checks the outputs, streams, and writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import tee
from pathlib import Path
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from dltasks.cli import options as shared
from dltasks.cli.console import Console
from dltasks.cli.dashes import TextCommand, take_off
from dltasks.cli.endings import choose_format
from dltasks.cli.interrupt import raise_from_now_on
from dltasks.cli.output import MakeWriter, ResultLayout, check_output, open_writer
from dltasks.cli.records import RecordMaker
from dltasks.terminal import printable
from pipelines.catalogue import entry
from pipelines.errors import ConfigurationError
from pipelines.settings import Settings

STANDARD_OUTPUT = Path("-")
EPILOG = (
    "Exit codes: 0 all answered, 3 some inputs failed, 4 a package is missing, 5 no such model."
)


@click.command()
@click.option("--model", help="Folder or name of a bundle.  [default: built-in]")
@shared.output
@shared.batch_size
@shared.device
@shared.offline
@shared.console
def _shared() -> None:
    """Hold the options of all answering commands, for their `params`."""


@dataclass(frozen=True)
class Answering:
    """The declaration of an answering command.

    Attributes:
        task: in the catalogue.
        options: the task's run-time options; each field becomes an option of the command.
        layout: how results look where they are not JSON.
        formats: choices of --format; the first is the default.
        replaced: run-time options for which the command has an option of its own.
        needs_input: whether at least one INPUT has to be given.
        shows: options -> the formats that show all that they ask for, the default first; by
            default all of them.
        doubt: what a person should know of a result, such as that it is empty; "" is nothing.
        takes_text: whether an INPUT is a text, which may begin with a dash.
        endings: of files that are of the command's own formats, and which each may be.
        name: of the command, where it is not the task's own.
    """

    task: str
    options: type[Settings]
    layout: ResultLayout
    formats: Sequence[str]
    replaced: Sequence[str] = ()
    needs_input: bool = True
    shows: Callable[[dict[str, Any]], Sequence[str]] | None = None
    doubt: Callable[[Any], str] = lambda result: ""
    takes_text: bool = False
    endings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    name: str = ""

    def shown_in(self, options: dict[str, Any]) -> Sequence[str]:
        """List the formats that show all that options ask for, the default first."""
        return self.shows(options) if self.shows else self.formats

    def command(self, *own: click.Option) -> Callable[[Callable[..., None]], click.Command]:
        """Make a command of a function that takes an `Answer` and the values of `own` options."""

        def decorate(function: Callable[..., None]) -> click.Command:
            names = {option.name for option in own}

            def run(**given: Any) -> None:
                values = {name: given.pop(name) for name in tuple(given) if name in names}
                function(Answer(self, given), **values)

            kind = TextCommand if self.takes_text else click.Command
            return kind(
                name=self.name or entry(self.task).command,
                callback=run,
                params=[*self._begin(), *own, *self._end()],
                help=function.__doc__,
                epilog=EPILOG,
            )

        return decorate

    def _begin(self) -> list[click.Parameter]:
        metavar = "INPUT..." if self.needs_input else "[INPUT]..."
        inputs = click.Argument(
            ["inputs"],
            nargs=-1,
            required=self.needs_input,
            metavar=metavar,
            callback=take_off if self.takes_text else None,
        )
        return [inputs, *shared.from_settings(self.options, self.options(), self.replaced)]

    def _end(self) -> list[click.Parameter]:
        default = f"[default: by the ending of -o, otherwise {self.formats[0]}]"
        choice = click.Choice(self.formats)
        form = click.Option(["--format", "output_format"], type=choice, help=default)
        return [form, *_shared.params]


class Answer:
    """One call of an answering command.

    Args:
        declared: by the command.
        given: the values of the shared options and of the run-time options, by name.

    Attributes:
        inputs: the arguments.
        read: the files that are read, as far as they are known: no output may take their place.
        output: the file to write to, or None for standard output.
        names_folder: whether it is written as a folder, `out/`.
        console: to talk to the user with.
    """

    def __init__(self, declared: Answering, given: dict[str, Any]) -> None:
        self.declared = declared
        self.inputs: tuple[str, ...] = given["inputs"]
        self.read: list[Any] = [item.removeprefix("@") for item in self.inputs]
        self.output: Path | None = given["output"] if given["output"] != STANDARD_OUTPUT else None
        self.console: Console = Console(quiet=given["quiet"], verbose=given["verbose"])
        self.console.show_doubts()
        self._given = given
        self._context = click.get_current_context()
        self.names_folder: bool = self._context.meta.get(shared.NAMES_FOLDER, False)

    @property
    def names_model(self) -> bool:
        """Whether --model is given."""
        return self._given["model"] is not None

    @property
    def goes_into_folder(self) -> bool:
        """Whether the output is a folder, in which each input gets a file of its own."""
        return bool(self.output and (self.names_folder or self.output.is_dir()))

    @cached_property
    def output_format(self) -> str:
        """The format: as given, as the ending of the output says, or the default.

        Raises:
            ConfigurationError: they contradict each other.
            click.UsageError: the format would drop what the options ask for.
        """
        declared = self.declared
        able = declared.shown_in(self._given)
        file = None if self.goes_into_folder else self.output
        chosen = choose_format(
            self._given["output_format"], file, declared.formats, able[0], declared.endings
        )
        if chosen not in able:
            raise click.UsageError(
                f"--format {chosen} does not show all that the options ask for; use "
                f"{', '.join(able)}"
            )
        return chosen

    def options(self, **replaced: Any) -> dict[str, Any]:
        """Give the run-time options by name, checked; an empty list counts as not given.

        Args:
            replaced: values of the options that the command declares itself.

        Raises:
            ConfigurationError: a value cannot be used.
        """
        names = set(self.declared.options.names()) - set(self.declared.replaced)
        chosen = {name: self._given[name] for name in names if self._given[name] != ()}
        chosen |= replaced
        self.declared.options.from_dict(chosen, self.declared.task)
        return chosen

    def load(self, default: Path | None = None, **arguments: Any) -> Any:
        """Load the pipeline.

        Args:
            default: the bundle to load where --model is not given; by default the built-in one.
            arguments: those of the pipeline's class.
        """
        from pipelines import load

        task = self.declared.task
        pipeline = load(
            self._given["model"] or default or task,
            task=task,
            device=self._given["device"],
            **arguments,
        )
        self.console.detail(f"model {pipeline.bundle.name}, {pipeline.threads} threads")
        return pipeline

    def expand_files(self, suffixes: Iterable[str], arguments: Sequence[str] = ()) -> list[Any]:
        """Give the inputs, or other arguments like them, as files, before the work begins.

        Files of other kinds in folders are passed over, and named.
        """
        from dltasks.cli.inputs import expand

        passed_over: list[str] = []
        given = arguments or self.inputs
        files = list(expand(given, frozenset(suffixes), passed_over=passed_over))
        for line in passed_over:
            self.console.say(printable(line))
        self.read += files
        return files

    def check_output(self) -> str:
        """Refuse an output that cannot be written, by ConfigurationError; give its format."""
        if self.names_folder and self.output and not self.output.is_dir():
            raise ConfigurationError(f"-o {str(self.output)!r} is a folder; name a file")
        check_output(self.output, self.read)
        return self.output_format

    def run(
        self,
        pipeline: Any,
        sources: Sequence[Any] | Iterator[Iterable[Any]],
        options: dict[str, Any],
        *,
        picture: shared.Picture | None = None,
        prepare: Callable[[Any], Any] = lambda result: result,
        writer: MakeWriter | None = None,
        failed: int = 0,
    ) -> NoReturn:
        """Check the outputs, answer all inputs, write the results, and exit with the right code.

        Args:
            pipeline: of `load`.
            sources: the inputs, expanded; an iterator gives groups of them, and the results of one
                are written before the next is asked for.
            options: of `options`.
            picture: what is drawn of the one input, and where to.
            prepare: gives each result as it is written.
            writer: in place of that of the format.
            failed: the exit code of files that were read before and failed, or 0.
        """
        form = self.check_output()
        groups = iter([sources]) if isinstance(sources, Sequence) else sources
        if picture:
            whole = [source for group in groups for source in group]
            picture.check(self.output, self.read, len(whole))
            groups = iter([whole])
        raise_from_now_on()
        records = self.make_records(pipeline, prepare)
        with open_writer(writer or form, self.output, self.declared.layout) as opened:
            for group in groups:
                for source, result in self.stream(pipeline, group, options):
                    opened.write(records.make(source, result))
                    if picture:
                        picture.draw(source, result)
                opened.file.flush()
        self._context.exit(max(records.finish(), failed))

    def stream(
        self, pipeline: Any, sources: Iterable[Any], options: dict[str, Any]
    ) -> Iterator[tuple[Any, Any]]:
        """Answer inputs, which are asked for as they are needed; give each with its result."""
        asked, told = tee(sources)
        size = self._given["batch_size"]
        results = pipeline.stream(asked, batch_size=size, on_error="return", **options)
        return zip(told, results, strict=True)

    def make_records(
        self, pipeline: Any, prepare: Callable[[Any], Any] = lambda result: result
    ) -> RecordMaker:
        """Give what makes the records of results, and tells of failures and doubts."""
        return RecordMaker(pipeline, self.console, self.declared.doubt, prepare)

    def refuse(self, why: str, *names: str) -> None:
        """Refuse options that were given on the command line and would not be used.

        Raises:
            click.UsageError: names the first of them.
        """
        for item in self._context.command.params:
            source = self._context.get_parameter_source(item.name or "")
            if item.name in names and source is ParameterSource.COMMANDLINE:
                raise click.UsageError(f"{item.opts[0]} has no effect {why}; leave it out")
