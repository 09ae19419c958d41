"""dltasks transcribe: speech in recordings."""

from __future__ import annotations

from typing import Any

import click

from dltasks.cli.answer import Answer, Answering
from dltasks.cli.options import from_settings
from dltasks.cli.output import TEXT_FORMATS, ResultLayout
from dltasks.cli.subtitles import FORMATS, WITH_CUES, writer_of
from pipelines.options import CueOptions, TranscriptionOptions


def _to_text(result: dict[str, Any]) -> str:
    from pipelines.speech_recognition.subtitle_formats import format_time

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
    (*TEXT_FORMATS, *FORMATS),
    doubt=lambda result: "" if result.text.strip() else "no speech found",
)


@ANSWERING.command(*from_settings(CueOptions, CueOptions()))
def transcribe_command(answer: Answer, **rules: Any) -> None:
    """Transcribe recordings.

    INPUT is a file, a folder, a glob, a URL, - for standard input, or @list.txt.

    \b
    dltasks transcribe talk.mp3
    dltasks transcribe talk.mp3 -o talk.srt
    """
    from pipelines.audio import SUFFIXES

    options, cue_options, form = answer.options(), CueOptions(**rules), answer.output_format
    _refuse_unused(answer, form)
    if cue_options.highlight_words and not options["word_times"]:
        raise click.UsageError("--highlight-words needs word times; leave --no-word-times out")
    sources = answer.expand_files(SUFFIXES)
    if form in FORMATS and len(sources) > 1:
        raise click.UsageError(
            f"--format {form} takes one recording, not {len(sources)}; transcribe one at a time"
        )
    has_cues = form in (*FORMATS, *WITH_CUES)
    writer = writer_of(form, cue_options) if has_cues else None
    answer.run(answer.load(), sources, options, writer=writer)


def _refuse_unused(answer: Answer, form: str) -> None:
    """Refuse rules of subtitles that a format does not show."""
    if form not in (*FORMATS, *WITH_CUES):
        answer.refuse(f"with --format {form}", *CueOptions.names())
    if form not in ("srt", "vtt"):
        answer.refuse(f"with --format {form}", "highlight_words")
    if form != "vtt":
        answer.refuse(f"with --format {form}", "cue_settings")
