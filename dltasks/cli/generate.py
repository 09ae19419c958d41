"""dltasks generate: text that continues a prompt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dltasks.cli.answer import Answer, Answering
from dltasks.cli.console import Console
from dltasks.cli.endings import ENDINGS
from dltasks.cli.inputs import open_standard_input
from dltasks.cli.output import Record, ResultLayout, TextWriter
from dltasks.durable import write_file
from dltasks.terminal import send
from pipelines.options import GenerationOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pipelines.text_generation import TextGeneration

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


ANSWERING = Answering(
    "text-generation", GenerationOptions, LAYOUT, FORMATS, needs_input=False, takes_text=True
)


@ANSWERING.command(
    click.Option(["--prompt", "prompts"], multiple=True, help="Text to continue. May be repeated."),
    click.Option(["--interactive"], is_flag=True, help="Ask for prompts, one after another."),
    click.Option(
        ["--surprisal"],
        type=click.Choice(["colour", "html"]),
        help="Generate nothing; show how surprising each character of the INPUTs is.",
    ),
)
def generate_command(
    answer: Answer, prompts: tuple[str, ...], interactive: bool, surprisal: str | None
) -> None:
    """Generate text that continues each INPUT: a text, each line of a file, or - for standard
    input. Without an INPUT, a text begins.

    \b
    dltasks generate --prompt "ROMEO:" --length 400
    dltasks generate first_lines.txt --samples 3 --format jsonl
    dltasks generate --surprisal html letter.txt -o letter.html
    """
    from dltasks.cli.lines import texts_of
    from dltasks.cli.output import check_output
    from dltasks.cli.texts import expand_texts

    options = answer.options()
    options |= {"stop": [text.replace("\\n", "\n") for text in options.get("stop", ())]}
    if surprisal:
        unused = (*answer.declared.options.names(), "interactive", "output_format", "batch_size")
        answer.refuse("with --surprisal", *unused)
        check_output(answer.output, answer.read)
        _check_ending(surprisal, answer.output)
        _show_surprisal(answer.load(), [*answer.inputs, *prompts], surprisal, answer.output)
        return
    if interactive:
        unused = ("inputs", "prompts", "samples", "output", "output_format", "batch_size")
        answer.refuse("with --interactive", *unused)
        _converse(answer.load(), options, answer.console)
        return
    texts = [*texts_of(expand_texts(answer.inputs, answer.console.say)), *prompts]
    if not texts and answer.inputs:
        answer.console.say("the input has no prompt; nothing is generated")
    elif not texts:
        texts = [""]
    pipeline, form = answer.load(), answer.output_format
    is_one = len(texts) == 1 and options.get("samples", 1) == 1
    if is_one and form == "text" and answer.output is None:
        code = _write_as_it_comes(pipeline, texts[0], options, answer.console)
        click.get_current_context().exit(code)
    writer = WholeTextWriter if form == "text" else None

    def tell(result: Any) -> Any:
        _tell_replaced(result.replaced, answer.console)
        return result

    answer.run(pipeline, _number(texts), options, prepare=tell, writer=writer)


def _number(texts: Sequence[str | bytes]) -> list[Any]:
    """Number the prompts, so that the same seed starts each in another way; bytes are no text."""
    from pipelines.text_generation import NumberedPrompt

    return [
        NumberedPrompt(text, number) if isinstance(text, str) else text
        for number, text in enumerate(texts)
    ]


def _check_ending(surprisal: str, output: Path | None) -> None:
    """Refuse to write colours under the ending of a page, or a page under another."""
    ending = output.suffix.lower() if output else ""
    is_page = ending in (".html", ".htm")
    if ending in ENDINGS and is_page != (surprisal == "html"):
        raise click.UsageError(
            f"-o {str(output)!r} has the wrong ending for --surprisal {surprisal}"
        )


def _write_as_it_comes(
    pipeline: TextGeneration, text: str | bytes, options: dict[str, Any], console: Console
) -> int:
    """Show a text while it is written; give the exit code."""
    from pipelines.errors import InputError

    try:
        prompt = pipeline.decode(text, pipeline.make_options(options))
    except InputError as error:
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    _tell_replaced(prompt.replaced, console)
    click.echo(prompt.text, nl=False)
    for piece in pipeline.pieces(prompt.text, **options):
        click.echo(piece, nl=False)
        sys.stdout.flush()
    click.echo()
    return 0


def _converse(pipeline: TextGeneration, options: dict[str, Any], console: Console) -> None:
    """Ask for prompts until there are no more; each is answered with another seed."""
    first = pipeline.make_options(options).seed
    for number, line in enumerate(_ask(console)):
        _write_as_it_comes(pipeline, line, {**options, "seed": first + number}, console)


def _ask(console: Console) -> Iterator[str]:
    lines = open_standard_input()
    if lines.isatty():
        console.say("one prompt per line; Ctrl-D ends")
    while True:
        if lines.isatty():
            click.echo("> ", nl=False, err=True)
        line = lines.readline()
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
        write_file(output, shown)
    else:
        send(sys.stdout, shown)


def _tell_replaced(replaced: dict[str, str], console: Console) -> None:
    for character, like in replaced.items():
        became = f"read as {like!r}" if like else "left out"
        console.say(f"{character!r} (U+{ord(character):04X}) is not known to the model: {became}")
