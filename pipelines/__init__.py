"""Run trained models in an app: no TensorFlow, no Keras, half a second to the first answer.

from pipelines import load

classify = load("image-classification")
classify("photo.jpg").labels[0]
"""

from __future__ import annotations

import importlib
import inspect
import logging
from typing import TYPE_CHECKING, Any, Literal, overload

from pipelines import catalogue
from pipelines.errors import (
    BundleError,
    ConfigurationError,
    DltasksError,
    InputError,
    MissingExtraError,
)

if TYPE_CHECKING:
    from os import PathLike

    from pipelines.base import Failure, Pipeline
    from pipelines.bundle.folder import Bundle
    from pipelines.handwriting import (
        Box,
        Handwriting,
        HandwritingRecognition,
        TextLine,
        TextWord,
    )
    from pipelines.image_classification import (
        Classification,
        Explanation,
        ImageClassification,
        Label,
    )
    from pipelines.options import (
        ClassificationOptions,
        GenerationOptions,
        ReadingOptions,
        TranscriptionOptions,
        TranslationOptions,
    )
    from pipelines.speech_recognition import (
        Segment,
        SpeechRecognition,
        SpokenWord,
        Transcription,
    )
    from pipelines.text_generation import Generated, Sample, Scored, TextGeneration
    from pipelines.translation import Alignment, Alternative, TranslatedText, Translation

__version__ = "0.1.0"

__all__ = [
    "Alignment",
    "Alternative",
    "Box",
    "Bundle",
    "BundleError",
    "Classification",
    "ClassificationOptions",
    "ConfigurationError",
    "DltasksError",
    "Explanation",
    "Failure",
    "Generated",
    "GenerationOptions",
    "Handwriting",
    "HandwritingRecognition",
    "ImageClassification",
    "InputError",
    "Label",
    "MissingExtraError",
    "Pipeline",
    "ReadingOptions",
    "Sample",
    "Scored",
    "Segment",
    "SpeechRecognition",
    "SpokenWord",
    "TextGeneration",
    "TextLine",
    "TextWord",
    "Transcription",
    "TranscriptionOptions",
    "TranslatedText",
    "Translation",
    "TranslationOptions",
    "load",
]

# Names that are imported when they are asked for, and where they are: numpy is slow to import.
_ROOMS = {
    "base": ("Failure", "Pipeline"),
    "bundle": ("Bundle",),
    "handwriting": ("Box", "Handwriting", "HandwritingRecognition", "TextLine", "TextWord"),
    "image_classification": ("Classification", "Explanation", "ImageClassification", "Label"),
    "options": (
        "ClassificationOptions",
        "GenerationOptions",
        "ReadingOptions",
        "TranscriptionOptions",
        "TranslationOptions",
    ),
    "speech_recognition": ("Segment", "SpeechRecognition", "SpokenWord", "Transcription"),
    "text_generation": ("Generated", "Sample", "Scored", "TextGeneration"),
    "translation": ("Alignment", "Alternative", "TranslatedText", "Translation"),
}

logger = logging.getLogger("dltasks")
logger.addHandler(logging.NullHandler())  # an app decides whether anything is shown


@overload
def load(
    model: Literal["image-classification"],
    *,
    task: Literal["image-classification"] | None = None,
    device: str = "auto",
    threads: int | None = None,
) -> ImageClassification: ...
@overload
def load(
    model: Literal["handwriting"],
    *,
    task: Literal["handwriting"] | None = None,
    device: str = "auto",
    threads: int | None = None,
) -> HandwritingRecognition: ...
@overload
def load(
    model: Literal["speech-recognition"],
    *,
    task: Literal["speech-recognition"] | None = None,
    device: str = "auto",
    threads: int | None = None,
) -> SpeechRecognition: ...
@overload
def load(
    model: Literal["text-generation"],
    *,
    task: Literal["text-generation"] | None = None,
    device: str = "auto",
    threads: int | None = None,
) -> TextGeneration: ...
@overload
def load(
    model: Literal["translation"],
    *,
    task: Literal["translation"] | None = None,
    device: str = "auto",
    threads: int | None = None,
    source: str | None = None,
    target: str | None = None,
) -> Translation: ...
@overload
def load(
    model: str | PathLike[str] | Bundle,
    *,
    task: Literal["image-classification"],
    device: str = "auto",
    threads: int | None = None,
) -> ImageClassification: ...
@overload
def load(
    model: str | PathLike[str] | Bundle,
    *,
    task: Literal["handwriting"],
    device: str = "auto",
    threads: int | None = None,
) -> HandwritingRecognition: ...
@overload
def load(
    model: str | PathLike[str] | Bundle,
    *,
    task: Literal["speech-recognition"],
    device: str = "auto",
    threads: int | None = None,
) -> SpeechRecognition: ...
@overload
def load(
    model: str | PathLike[str] | Bundle,
    *,
    task: Literal["text-generation"],
    device: str = "auto",
    threads: int | None = None,
) -> TextGeneration: ...
@overload
def load(
    model: str | PathLike[str] | Bundle,
    *,
    task: Literal["translation"],
    device: str = "auto",
    threads: int | None = None,
    source: str | None = None,
    target: str | None = None,
) -> Translation: ...
@overload
def load(
    model: str | PathLike[str] | Bundle,
    *,
    task: str | None = None,
    device: str = "auto",
    threads: int | None = None,
    source: str | None = None,
    target: str | None = None,
) -> Any: ...
def load(
    model: str | PathLike[str] | Bundle,
    *,
    task: str | None = None,
    device: str = "auto",
    threads: int | None = None,
    **arguments: Any,
) -> Any:
    """Load a pipeline by task, by bundle name or by bundle folder.

    Args:
        model: a task ("image-classification") for its built-in model, the name of a bundle
            ("resnet50"), the path of a bundle folder, or an open bundle.
        task: what the model has to be for; None takes any. Type checkers then know the pipeline.
        device: "auto" takes a GPU where ONNX Runtime sees one, "gpu" insists on it, "cpu".
        threads: processor threads to use; None takes every core.
        arguments: of the task's own pipeline, such as `source` and `target` of a translation.

    Returns:
        The pipeline of the bundle's task; call it on one input, or `stream` many.

    Raises:
        BundleError: no such bundle, or it is damaged, foreign or of a newer format, or it is for
            another task.
        ConfigurationError: the device is not there, or the pipeline has no such argument.
    """
    bundle = _find_bundle(model)
    if task not in (None, bundle.task):
        raise BundleError(f"model {str(model)!r} is for {bundle.task}, not for {task}")
    pipeline_class = _pipeline_class(bundle.task)
    unknown = sorted(set(arguments) - set(inspect.signature(pipeline_class).parameters))
    if unknown:
        raise ConfigurationError(f"{unknown[0]!r} is not an option of {bundle.task}; leave it out")
    pipeline = pipeline_class(bundle, device=device, threads=threads, **arguments)
    logger.debug("loaded %s for %s, %d threads", bundle.name, bundle.task, pipeline.threads)
    return pipeline


def _find_bundle(model: str | PathLike[str] | Bundle) -> Bundle:
    from os import PathLike

    from pipelines.bundle.folder import Bundle, find

    if isinstance(model, Bundle):
        return model
    if not isinstance(model, (str, PathLike)):
        kind = type(model).__name__
        raise ConfigurationError(
            f"a model of type {kind} cannot be loaded; give a task, or a bundle's name or folder"
        )
    if model in catalogue.TASKS:
        return find(catalogue.TASKS[str(model)].default_bundle)
    task = str(model).replace("_", "-")
    if task in catalogue.TASKS:
        raise BundleError(f"model {str(model)!r} is not known; did you mean {task!r}?")
    return find(model)


def _pipeline_class(task: str) -> Any:
    module = importlib.import_module(f"pipelines.{catalogue.module_name(task)}")
    return getattr(module, catalogue.entry(task).pipeline_class)


def __getattr__(name: str) -> Any:
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(importlib.import_module(f"pipelines.{room}"), name)
    raise AttributeError(f"module 'pipelines' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
