"""dltasks read: read handwriting."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dltasks.cli import options
from dltasks.cli.console import Console
from dltasks.cli.output import TEXT_FORMATS, ResultLayout, check_output, open_writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TASK = "handwriting"


def _to_text(result: dict[str, Any]) -> str:
    return "\n".join(f"  {_confidence(line):6.1%}  {line['text']}" for line in result["lines"])


def _to_rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (number, *line["box"], f"{_confidence(line):.6f}", line["text"])
        for number, line in enumerate(result["lines"], start=1)
    ]


def _confidence(line: dict[str, Any]) -> float:
    """A line is as sure as its least sure word; one without words is surely blank."""
    return min((word["confidence"] for word in line["words"]), default=1.0)


COLUMNS = ("line", "left", "top", "right", "bottom", "confidence", "text")
LAYOUT = ResultLayout(_to_text, COLUMNS, _to_rows)


@click.command(epilog="Exit codes: 0 all read, 3 some inputs failed, 5 no such model.")
@options.inputs_of(TASK)
@click.option("--lines", is_flag=True, help="Each input is one line; do not look for lines in it.")
@click.option("--page", is_flag=True, help="Each input is a page, however low it is.")
@click.option(
    "--beams",
    type=click.IntRange(1, 256),  # handwriting.MOST_BEAMS, which would have to be imported
    help="Texts to search among; 1 is fastest.  [default: 1; 4 with a language model]",
)
@click.option(
    "--language-weight",
    type=float,
    help="Of the model's language model, up to 100; 0 leaves it out.",
)
@click.option(
    "--best",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Texts of a line to give in JSON; no more than beams.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0.0, 1.0),
    default=0.0,
    show_default=True,
    help="Leave out lines whose words are less sure on average.",
)
@click.option(
    "--annotate",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw lines and texts into a copy of the picture, of one INPUT.",
)
@options.answers(TEXT_FORMATS)
@click.pass_context
def read_command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    model: str,
    lines: bool,
    page: bool,
    beams: int | None,
    language_weight: float | None,
    best: int,
    min_confidence: float,
    annotate: Path | None,
    output_format: str,
    output: Path | None,
    batch_size: int | None,
    device: str,
    console: Console,
) -> None:
    """Read handwriting: pictures of lines or of pages.

    INPUT is a file, a folder, a glob, a URL, - for standard input, or @list.txt.
    """
    from dltasks.cli.answer import write_results
    from dltasks.cli.inputs import expand
    from pipelines import ConfigurationError, load
    from pipelines.handwriting.pipeline import ReadingOptions
    from pipelines.images import SUFFIXES

    if lines and page:
        raise ConfigurationError("--lines and --page cannot both be; give one of them")
    weight = {} if language_weight is None else {"language_weight": language_weight}
    wanted = ReadingOptions(
        layout="line" if lines else "page" if page else "auto",
        beams=beams,
        best=best,
        min_confidence=min_confidence,
        **weight,
    )
    _check_annotation(annotate, output)
    pipeline = load(model, task=TASK, device=device)
    console.detail(f"model {pipeline.bundle.name}, {pipeline.threads} threads")
    sources = list(expand(inputs, SUFFIXES))  # all, so that a mistake is told before the work
    if annotate and len(sources) != 1:
        raise ConfigurationError(f"--annotate takes one input, not {len(sources)}")
    written_over = [*sources, *(item.removeprefix("@") for item in inputs)]
    check_output(output, written_over)
    check_output(annotate, written_over, "--annotate")
    results = pipeline.stream(sources, batch_size=batch_size, on_error="return", options=wanted)
    if annotate:
        results = _annotated(sources, results, annotate)
    with open_writer(output_format, output, LAYOUT) as writer:
        code = write_results(pipeline, sources, results, writer)
    ctx.exit(code)


def _check_annotation(path: Path | None, output: Path | None) -> None:
    from pipelines import ConfigurationError
    from pipelines.images import SUFFIXES

    if path is None:
        return
    if path.suffix.lower() not in SUFFIXES:
        known = ", ".join(sorted(SUFFIXES))
        raise ConfigurationError(f"--annotate {str(path)!r} ends in none of {known}")
    if not path.parent.is_dir():
        raise ConfigurationError(f"--annotate {str(path)!r}: its folder is not there; make it")
    if output and path.absolute() == output.absolute():
        raise ConfigurationError(f"--annotate and -o are both {str(path)!r}; choose another one")


def _annotated(sources: Sequence[Any], results: Iterable[Any], path: Path) -> Iterator[Any]:
    """Draw what was read into a copy of each picture; there is one. What was read comes first."""
    from pipelines import ConfigurationError
    from pipelines.base import Failure
    from pipelines.handwriting.annotation import annotate

    for source, result in zip(sources, results, strict=True):
        yield result
        if isinstance(result, Failure):
            continue
        if hasattr(source, "seek"):  # standard input was read to its end
            source.seek(0)
        picture = annotate(source, [(line.box, line.text) for line in result.lines])
        try:
            picture.save(path)
        except (OSError, ValueError) as error:
            raise ConfigurationError(
                f"--annotate {str(path)!r} cannot be written: {error}; choose another file"
            ) from None
