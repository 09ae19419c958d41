"""Measure a bundle on a data set; `dltasks evaluate` is a thin command over `evaluate`."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dltasks import __version__
from dltasks.data.checks import check, usable
from dltasks.data.examples import Example, split
from dltasks.data.remote import readable
from dltasks.durable import write_file
from dltasks.evaluation.report import Report
from dltasks.tasks import get_task
from dltasks.tasks.base import Say, Task
from dltasks.terminal import printable
from pipelines.base import Failure, Pipeline
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError

EVERYTHING = "all"
PAGE_SUFFIX = ".html"


@dataclass(frozen=True)
class HeldOut:
    """How a training took its validation split from data that names none; sealed in the bundle.

    Attributes:
        fingerprint: of the data; see `CheckReport`.
        seed: of the split.
        valid_fraction: of the training examples.
    """

    fingerprint: str
    seed: int
    valid_fraction: float


@dataclass(frozen=True)
class Answers:
    """What a pipeline gave for the examples of a data set.

    Attributes:
        pairs: each example with its result, in order; those that could not be read are left out.
        seconds: that it took.
        skipped: how many could not be read.
    """

    pairs: Sequence[tuple[Example, Any]]
    seconds: float
    skipped: int


def answer(
    pipeline: Pipeline[Any, Any, Any, Any],
    examples: Sequence[Example],
    batch_size: int | None,
    **options: Any,
) -> Answers:
    """Run a pipeline over the sources of examples.

    Args:
        pipeline: of the bundle that is measured.
        examples: whose sources are its inputs.
        batch_size: examples per run of the network, or None.
        options: of the pipeline's `stream`.

    Raises:
        ConfigurationError: not one example could be read.
    """
    started = time.monotonic()
    sources = [readable(example.source) for example in examples]
    results = pipeline.stream(sources, batch_size=batch_size, on_error="return", **options)
    pairs = [
        (example, result)
        for example, result in zip(examples, results, strict=True)
        if not isinstance(result, Failure)
    ]
    if not pairs:
        raise ConfigurationError("no example could be read; run `dltasks data check` to see why")
    return Answers(pairs, time.monotonic() - started, len(examples) - len(pairs))


def evaluate(
    pipeline: Pipeline[Any, Any, Any, Any],
    data: str,
    split_name: str | None,
    batch_size: int | None = None,
    say: Say = lambda line: None,
) -> tuple[Report, str]:
    """Measure a loaded bundle on a data set.

    Args:
        pipeline: of the bundle.
        data: folder, manifest or "tfds:NAME".
        split_name: which split; None takes test, else valid, else what the bundle's training held
            out of this very data, else everything.
        batch_size: examples per run of the network; None takes what suits the device.
        say: shows a line to the user: what is passed over, and that training examples are measured.

    Returns:
        The report and the name of the split ("all" where the data has none).

    Raises:
        ConfigurationError: data and bundle do not fit together.
    """
    task = get_task(pipeline.bundle.task)
    examples = task.read_examples(data)
    for line in task.passed_over(data, examples):
        say(printable(line))
    for languages in getattr(pipeline, "directions", ())[:1]:
        examples = [example.arranged(tuple(languages)) for example in examples]
    chosen, name = _choose(task, examples, split_name, data, pipeline.bundle)
    trained_on = sum(example.split == "train" for example in chosen)
    if name == EVERYTHING and not trained_on:
        say(
            f"measuring all {len(chosen)} examples, as the data names no split; if the model was "
            "trained on some of them, the figures are too good"
        )
    if trained_on and name in ("train", EVERYTHING):
        say(
            f"Warning: {trained_on} of these {len(chosen)} examples are in the training split; a "
            "model scores higher on data that it was trained on"
        )
    return task.evaluate(pipeline, chosen, batch_size), name


def check_page(path: Path, pipeline: Pipeline[Any, Any, Any, Any]) -> None:
    """Refuse, before the work, a place or a task for which no page can be written.

    Raises:
        ConfigurationError: the path has another ending or cannot be written, or the reports of the
            pipeline's task are not to be had as a page.
    """
    if path.suffix.lower() != PAGE_SUFFIX:
        raise ConfigurationError(f"report {str(path)!r} must end in {PAGE_SUFFIX}")
    task = get_task(pipeline.bundle.task)
    if not task.has_page:
        raise ConfigurationError(
            f"report {str(path)!r}: there is no HTML report for {task.name}, the task of model "
            f"{pipeline.bundle.name!r}; write a JSON file with -o instead"
        )
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ConfigurationError(
            f"report {str(path)!r} cannot be written there; name a file in a folder that exists "
            "and takes new files"
        )


def write_page(path: Path, report: Report, model: str, data: str, split_name: str) -> None:
    """Write a report as one HTML file.

    Args:
        path: of the file; see `check_page`.
        report: of a task that has pages.
        model: its name or folder, as the user knows it.
        data: its location.
        split_name: what was measured of it.

    Raises:
        ConfigurationError: it cannot be written.
    """
    about = {
        "model": model,
        "data": data,
        "split": split_name,
        "made by": f"dltasks {__version__}",
    }
    title = f"{Path(model).name} on {Path(data).name or data}"
    try:
        write_file(path, report.to_html(title, about))
    except OSError as error:
        raise ConfigurationError(
            f"report {str(path)!r} cannot be written: {error.strerror or error}; choose another "
            "file"
        ) from None


def _choose(
    task: Task, examples: Sequence[Example], name: str | None, data: str, bundle: Bundle
) -> tuple[Sequence[Example], str]:
    named = {item.split for item in examples}
    if name is None:
        name = next((held_out for held_out in ("test", "valid") if held_out in named), None)
    if name is None:
        held_out = _repeat_split(task, examples, bundle)
        return (held_out, "valid") if held_out else (examples, EVERYTHING)
    chosen = [item for item in examples if item.split == name]
    if not chosen and name == "valid":
        chosen = list(_repeat_split(task, examples, bundle) or [])
    if not chosen:
        found = ", ".join(sorted(named - {""})) or "none"
        raise ConfigurationError(f"data {data!r} has no split {name!r} (it names: {found})")
    return chosen, name


def _repeat_split(
    task: Task, examples: Sequence[Example], bundle: Bundle
) -> Sequence[Example] | None:
    """Give the examples that the bundle's training held out of this very data, if it did."""
    if not bundle.held_out:
        return None
    held_out = HeldOut(**bundle.held_out)
    report = check(examples, task)
    if report.fingerprint != held_out.fingerprint:
        return None
    splits = split(
        usable(examples, report),
        valid_fraction=held_out.valid_fraction,
        seed=held_out.seed,
        take=task.take_validation,
    )
    return splits.valid
