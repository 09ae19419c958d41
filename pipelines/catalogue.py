"""The tasks. Adding one is one entry here and one module on each side of the wall."""

from __future__ import annotations

from typing import NamedTuple

from pipelines.errors import ConfigurationError


class TaskEntry(NamedTuple):
    """What both packages need to know of a task before they import anything for it."""

    summary: str
    pipeline_class: str  # lives in pipelines.<task name with underscores>
    command: str  # lives in dltasks.cli.<command>
    default_bundle: str


TASKS: dict[str, TaskEntry] = {
    "image-classification": TaskEntry(
        summary="say what a photograph shows",
        pipeline_class="ImageClassification",
        command="classify",
        default_bundle="imagenet-efficientnet-lite0",
    ),
    "handwriting": TaskEntry(
        summary="read what is written in a picture",
        pipeline_class="HandwritingRecognition",
        command="read",
        default_bundle="handwriting-latin",
    ),
    "speech-recognition": TaskEntry(
        summary="say what was said in a recording",
        pipeline_class="SpeechRecognition",
        command="transcribe",
        default_bundle="speech-en-whisper-tiny",
    ),
    "text-generation": TaskEntry(
        summary="write text",
        pipeline_class="TextGeneration",
        command="generate",
        default_bundle="text-shakespeare",
    ),
    "translation": TaskEntry(
        summary="translate text",
        pipeline_class="Translation",
        command="translate",
        default_bundle="tatoeba-en-es",
    ),
}


def module_name(task: str) -> str:
    """Give the name that a task's modules carry in both packages."""
    return task.replace("-", "_")


def entry(task: str) -> TaskEntry:
    """Look a task up.

    Raises:
        ConfigurationError: there is no such task.
    """
    if task not in TASKS:
        raise ConfigurationError(f"task {task!r} is unknown; the tasks are {', '.join(TASKS)}")
    return TASKS[task]
