"""dltasks generate: write text."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dltasks.cli import options
from dltasks.cli.console import Console
from dltasks.cli.output import Record, ResultLayout, TextWriter, check_output, open_writer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipelines.text_generation.pipeline import GenerationOptions, TextGeneration

TASK = "text-generation"
FORMATS = ("text", "json", "jsonl", "csv")
BETWEEN = "-----"  # two texts


def _to_rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (number, item["end"], f"{sum(item['log_probabilities']):.6f}", item["text"])
        for number, item in enumerate(result["samples"], start=1)
    ]


LAYOUT = ResultLayout(lambda result: result["text"], ("sample", "end", "score", "text"), _to_rows)


class WholeTextWriter(TextWriter):
    """Each text with its prompt before it."""

    _begun = False

    def write(self, record: Record) -> None:
        for sample in record.result["samples"] if record.result else ():
            if self._begun:
                self.file.write(f"{BETWEEN}\n")
            self._begun = True
            assert record.result is not None
            self.file.write(f"{record.result['prompt']}{sample['text']}\n")


@click.command(epilog="Exit codes: 0 all written, 3 some inputs failed, 5 no such model.")
@options.inputs_of(TASK, required=False)
@click.option("--prompt", "prompts", multiple=True, help="What to go on from; may be given again.")
@click.option(
    "--length",
    type=click.IntRange(min=0),
    default=400,
    show_default=True,
    help="Characters to write at the most; pieces, with a model of pieces.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(0.0, 100.0),
    default=0.8,
    show_default=True,
    help="Below 1 is safer, 0 always takes the likeliest.",
)
@click.option(
    "--top-k",
    type=click.IntRange(min=0),
    show_default=True,
    default=0,
    help="Only so many of the likeliest.",
)
@click.option(
    "--top-p",
    type=click.FloatRange(0.0, 1.0),
    show_default=True,
    default=1.0,
    help="Only the likeliest, of this sum.",
)
@click.option(
    "--min-p",
    type=click.FloatRange(0.0, 1.0),
    show_default=True,
    default=0.0,
    help="Only what has this part of the likeliest one's probability.",
)
@click.option(
    "--repetition-penalty",
    type=click.FloatRange(1.0, 100.0),
    show_default=True,
    default=1.0,
    help="Above 1, what was written lately is avoided; for models of pieces.",
)
@click.option(
    "--stop", multiple=True, help=r"Text to end before; \n is a line break. May be given again."
)
@click.option(
    "--samples",
    type=click.IntRange(min=1),
    show_default=True,
    default=1,
    help="Texts for each prompt.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    show_default=True,
    default=0,
    help="The same seed writes the same text.",
)
@click.option("--interactive", is_flag=True, help="Ask for prompts, one after another.")
@click.option(
    "--surprisal",
    type=click.Choice(["colour", "html"]),
    help="Write nothing; show how surprising each character of the INPUTs is.",
)
@options.answers(FORMATS)
@click.pass_context
def generate_command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    prompts: tuple[str, ...],
    model: str,
    length: int,
    temperature: float,
    top_k: int,
    top_p: float,
    min_p: float,
    repetition_penalty: float,
    stop: tuple[str, ...],
    samples: int,
    seed: int,
    interactive: bool,
    surprisal: str | None,
    output_format: str,
    output: Path | None,
    batch_size: int | None,
    device: str,
    console: Console,
) -> None:
    """Write text that goes on from each INPUT: a text, each line of a file, or - for standard
    input. Without one, a text begins.

    \b
    dltasks generate --prompt "ROMEO:" --length 400
    dltasks generate first_lines.txt --samples 3 --format jsonl
    dltasks generate --surprisal html letter.txt -o letter.html
    """
    from dltasks.cli.answer import write_results
    from dltasks.cli.texts import expand_texts
    from pipelines import load
    from pipelines.text_generation.pipeline import GenerationOptions
    from pipelines.text_generation.sampling import Sampling

    sampling = Sampling(temperature, top_k, top_p, min_p, repetition_penalty)
    ends = tuple(text.replace("\\n", "\n") for text in stop)
    wanted = GenerationOptions(length, sampling, ends, samples, seed)
    check_output(output, inputs)
    pipeline = load(model, task=TASK, device=device)
    console.detail(f"model {pipeline.bundle.name}, {pipeline.threads} threads")
    if surprisal:
        _show_surprisal(pipeline, [*inputs, *prompts], surprisal, output)
        return
    if interactive:
        _converse(pipeline, wanted, console)
        return
    texts = [*expand_texts(inputs, console.say), *prompts] or [""]
    if len(texts) == 1 and samples == 1 and output_format == "text" and output is None:
        ctx.exit(_write_as_it_comes(pipeline, texts[0], wanted, console))
    results = pipeline.stream(texts, batch_size=batch_size, on_error="return", options=wanted)
    writer_kind = WholeTextWriter if output_format == "text" else output_format
    with open_writer(writer_kind, output, LAYOUT) as writer:
        code = write_results(pipeline, texts, _told(results, console), writer)
    ctx.exit(code)


def _write_as_it_comes(
    pipeline: TextGeneration, text: str | bytes, wanted: GenerationOptions, console: Console
) -> int:
    """Show a text while it is written; give the exit code."""
    from pipelines.errors import InputError

    try:
        prompt = pipeline.decode(text)
    except InputError as error:
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    _tell_replaced(prompt.replaced, console)
    click.echo(prompt.text, nl=False)
    for piece in pipeline.stream(prompt.text, options=wanted):
        click.echo(piece, nl=False)
        sys.stdout.flush()
    click.echo()
    return 0


def _converse(pipeline: TextGeneration, wanted: GenerationOptions, console: Console) -> None:
    """Ask for prompts until there are no more; each is answered by other choices."""
    for number, line in enumerate(_ask(console)):
        another = replace(wanted, samples=1, seed=wanted.seed + number)
        _write_as_it_comes(pipeline, line, another, console)


def _ask(console: Console) -> Iterator[str]:
    if sys.stdin.isatty():
        console.say("a prompt a line; Ctrl-D ends")
    while True:
        if sys.stdin.isatty():
            click.echo("> ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            return
        yield line.removesuffix("\n").removesuffix("\r")


def _show_surprisal(
    pipeline: TextGeneration, inputs: Iterable[str], form: str, output: Path | None
) -> None:
    from dltasks.cli.surprisal import summarise, to_html, to_terminal
    from dltasks.cli.texts import read_whole

    text = "\n".join(read_whole(argument) for argument in inputs)
    scored = pipeline.score(text)
    shown = (
        to_html(scored, pipeline.bundle.name)
        if form == "html"
        else f"{to_terminal(scored)}\n{summarise(scored)}\n"
    )
    if output:
        output.write_text(shown, encoding="utf-8")
    else:
        click.echo(shown, nl=False, color=True)


def _told(results: Iterable[Any], console: Console) -> Iterator[Any]:
    """Say of each result what was replaced in its prompt."""
    for result in results:
        _tell_replaced(getattr(result, "replaced", {}), console)
        yield result


def _tell_replaced(replaced: dict[str, str], console: Console) -> None:
    for character, like in replaced.items():
        became = f"read as {like!r}" if like else "passed over"
        console.say(f"{character!r} (U+{ord(character):04X}) is not known to the model: {became}")
