"""Run trained models in an app: no TensorFlow, no Keras, half a second to the first answer.

from pipelines import load

classify = load("image-classification")
classify("photo.jpg").labels[0]
"""

from __future__ import annotations

import importlib
import inspect
from typing import TYPE_CHECKING, Any

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

    from pipelines.image_classification import ImageClassification

__all__ = [
    "BundleError",
    "ConfigurationError",
    "DltasksError",
    "ImageClassification",
    "InputError",
    "MissingExtraError",
    "load",
]


def load(
    model: str | PathLike[str],
    *,
    task: str | None = None,
    device: str = "auto",
    threads: int | None = None,
    **options: Any,
) -> Any:
    """Load a pipeline by task, by bundle name or by bundle folder.

    Args:
        model: a task ("image-classification") for its built-in model, the name of a bundle
            ("resnet50"), or the path of a bundle folder.
        task: what the model has to be for; None takes any.
        device: "auto" takes a GPU where ONNX Runtime sees one, "gpu" insists on it, "cpu".
        threads: processor threads to use; None takes every core.
        options: of the task's own pipeline, such as `source` and `target` of a translation.

    Returns:
        The pipeline of the bundle's task; call it on one input, or `stream` many.

    Raises:
        BundleError: no such bundle, or it is damaged, foreign or of a newer format, or it is for
            another task.
        ConfigurationError: the device is not there, or the pipeline has no such option.
    """
    from pipelines.bundle.folder import find

    name = catalogue.TASKS[model].default_bundle if model in catalogue.TASKS else model
    bundle = find(name)
    if task not in (None, bundle.task):
        raise BundleError(f"model {str(model)!r} is for {bundle.task}, not for {task}")
    pipeline_class = _pipeline_class(bundle.task)
    unknown = sorted(set(options) - set(inspect.signature(pipeline_class).parameters))
    if unknown:
        raise ConfigurationError(f"{unknown[0]!r} is not an option of {bundle.task}; leave it out")
    return pipeline_class(bundle, device=device, threads=threads, **options)


def _pipeline_class(task: str) -> Any:
    module = importlib.import_module(f"pipelines.{catalogue.module_name(task)}")
    return getattr(module, catalogue.entry(task).pipeline_class)


def __getattr__(name: str) -> Any:
    for task, entry in catalogue.TASKS.items():
        if entry.pipeline_class == name:
            return _pipeline_class(task)
    raise AttributeError(f"module 'pipelines' has no attribute {name!r}")
