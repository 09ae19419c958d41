"""The list of tasks. A new task needs one entry here, and a folder in each package."""

from __future__ import annotations

from typing import NamedTuple

from pipelines.errors import ConfigurationError


class TaskEntry(NamedTuple):
    """What both packages need to know about a task before they import it."""

    summary: str
    pipeline_class: str  # lives in pipelines.<task name with underscores>
    command: str  # lives in dltasks.cli.<command>
    default_bundle: str


TASKS: dict[str, TaskEntry] = {
    "image-classification": TaskEntry(
        summary="classify images",
        pipeline_class="ImageClassification",
        command="classify",
        default_bundle="imagenet-efficientnet-lite0",
    ),
    "handwriting": TaskEntry(
        summary="read handwriting",
        pipeline_class="HandwritingRecognition",
        command="read",
        default_bundle="handwriting-latin",
    ),
    "speech-recognition": TaskEntry(
        summary="transcribe speech",
        pipeline_class="SpeechRecognition",
        command="transcribe",
        default_bundle="speech-en-whisper-tiny",
    ),
    "text-generation": TaskEntry(
        summary="generate text",
        pipeline_class="TextGeneration",
        command="generate",
        default_bundle="text-shakespeare",
    ),
    "translation": TaskEntry(
        summary="translate text",
        pipeline_class="Translation",
        command="translate",
        default_bundle="everyday-en-es",
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
