"""dltasks transcribe: say what was said in recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dltasks.cli import options
from dltasks.cli.console import Console
from dltasks.cli.output import TEXT_FORMATS, ResultLayout, check_output, open_writer
from dltasks.cli.subtitles import SrtWriter, VttWriter, format_time

TASK = "speech-recognition"
SUBTITLES: dict[str, Any] = {"srt": SrtWriter, "vtt": VttWriter}


def _to_text(result: dict[str, Any]) -> str:
    return "\n".join(
        f"  {format_time(segment['start_seconds'], '.')}  "
        f"{format_time(segment['end_seconds'], '.')}  {segment['confidence']:4.0%}  "
        f"{segment['text']}"
        for segment in result["segments"]
    )


def _to_rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [
        (
            segment["start_seconds"],
            segment["end_seconds"],
            segment["text"],
            f"{segment['confidence']:.6f}",
            f"{segment['no_speech']:.6f}",
        )
        for segment in result["segments"]
    ]


LAYOUT = ResultLayout(
    _to_text, ("start_seconds", "end_seconds", "text", "confidence", "no_speech"), _to_rows
)


@click.command(epilog="Exit codes: 0 all transcribed, 3 some inputs failed, 5 no such model.")
@options.inputs_of(TASK)
@click.option("--language", help="Code of what is spoken, as en.  [default: the model finds out]")
@click.option("--translate", is_flag=True, help="Write English, whatever is spoken.")
@click.option("--initial-prompt", default="", help="Text with names and words as they are spelled.")
@click.option(
    "--beams",
    type=click.IntRange(min=1),
    help="Texts to search among; 1 is fastest.  [default: 1; 8 with a language model]",
)
@click.option(
    "--temperature",
    "temperatures",
    type=click.FloatRange(0.0, 2.0),
    multiple=True,
    help="How freely to write; give it again for what to try where a text cannot be right.  "
    "[default: 0, 0.2, ... 1]",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the random numbers.")
@click.option(
    "--word-times/--no-word-times", default=True, help="Tell when each word was said, in JSON."
)
@options.answers((*TEXT_FORMATS, *SUBTITLES))
@click.pass_context
def transcribe_command(
    ctx: click.Context,
    inputs: tuple[str, ...],
    model: str,
    language: str | None,
    translate: bool,
    initial_prompt: str,
    beams: int | None,
    temperatures: tuple[float, ...],
    seed: int,
    word_times: bool,
    output_format: str,
    output: Path | None,
    batch_size: int | None,
    device: str,
    console: Console,
) -> None:
    """Say what was said in recordings.

    INPUT is a file, a folder, a glob, a URL, - for standard input, or @list.txt.

    \b
    dltasks transcribe talk.mp3
    dltasks transcribe talk.mp3 --format srt -o talk.srt
    """
    from dltasks.cli.answer import write_results
    from dltasks.cli.inputs import expand
    from pipelines import load
    from pipelines.audio import SUFFIXES
    from pipelines.speech_recognition.transcription import TEMPERATURES, TranscriptionOptions

    wanted = TranscriptionOptions(
        language, translate, initial_prompt, beams, temperatures or TEMPERATURES, seed, word_times
    )
    sources = list(expand(inputs, SUFFIXES))  # all, so that a mistake is told before the work
    if output_format in SUBTITLES and len(sources) > 1:
        raise click.UsageError(
            f"--format {output_format} takes one recording, not {len(sources)}; transcribe one at "
            "a time"
        )
    check_output(output, [*sources, *(item.removeprefix("@") for item in inputs)])
    pipeline = load(model, task=TASK, device=device)
    console.detail(f"model {pipeline.bundle.name}, {pipeline.threads} threads")
    results = pipeline.stream(sources, batch_size=batch_size, on_error="return", options=wanted)
    with open_writer(SUBTITLES.get(output_format, output_format), output, LAYOUT) as writer:
        code = write_results(pipeline, sources, results, writer)
    ctx.exit(code)
