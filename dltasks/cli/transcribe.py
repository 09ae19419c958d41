"""dltasks transcribe: speech in recordings."""

from __future__ import annotations

from typing import Any

import click

from dltasks.cli.answer import Answer, Answering
from dltasks.cli.output import TEXT_FORMATS, ResultLayout, ResultWriter
from dltasks.cli.subtitles import SrtWriter, VttWriter, format_time
from pipelines.options import TranscriptionOptions

SUBTITLES: dict[str, type[ResultWriter]] = {"srt": SrtWriter, "vtt": VttWriter}


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


ANSWERING = Answering(
    "speech-recognition",
    TranscriptionOptions,
    LAYOUT,
    (*TEXT_FORMATS, *SUBTITLES),
    doubt=lambda result: "" if result.text.strip() else "no speech found",
)


@ANSWERING.command()
def transcribe_command(answer: Answer) -> None:
    """Transcribe recordings.

    INPUT is a file, a folder, a glob, a URL, - for standard input, or @list.txt.

    \b
    dltasks transcribe talk.mp3
    dltasks transcribe talk.mp3 -o talk.srt
    """
    from pipelines.audio import SUFFIXES

    options, form = answer.options(), answer.output_format
    sources = answer.expand_files(SUFFIXES)
    if form in SUBTITLES and len(sources) > 1:
        raise click.UsageError(
            f"--format {form} takes one recording, not {len(sources)}; transcribe one at a time"
        )
    answer.run(answer.load(), sources, options, writer=SUBTITLES.get(form))
