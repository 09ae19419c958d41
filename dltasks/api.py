"""The toolkit in Python: what the command line does, as functions."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dltasks.evaluation.report import Report, as_html
from dltasks.tasks.request import OnBad, continues, make_request
from dltasks.tasks.run_folder import CURVES_FILE, RunSummary, list_runs
from dltasks.tasks.train import find_learning_rate as sweep_learning_rate
from dltasks.tasks.train import train as run_training
from dltasks.terminal import printable
from dltasks.training.checkpoint import HISTORY_FILE
from pipelines import load
from pipelines.base import Pipeline
from pipelines.bundle.folder import Bundle, find
from pipelines.errors import ConfigurationError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, repr=False)
class TrainedModel:
    """The result of training.

    Attributes:
        bundle: the sealed model.
        report: its figures on held-out data.
        run_folder: the folder with the settings, the log, the curves and the checkpoint.
    """

    bundle: Bundle
    report: Report
    run_folder: Path

    @property
    def history(self) -> list[dict[str, float]]:
        """The figures of each epoch, by name."""
        with (self.run_folder / HISTORY_FILE).open(encoding="utf-8") as file:
            return [
                {name: float(value) for name, value in row.items() if _is_number(value)}
                for row in csv.DictReader(file)
            ]

    def load(self, **arguments: Any) -> Any:
        """Load the pipeline; see `load`."""
        return load(self.bundle.path, **arguments)

    def load_keras(self) -> keras.Model:
        """Rebuild the Keras network; see `load_keras`."""
        return load_keras(self.bundle)

    def __repr__(self) -> str:
        name, value = next(iter(self.report.metrics.items()))
        return f"<TrainedModel {self.bundle.name!r} for {self.bundle.task}, {name} {value:.4f}>"

    def _repr_html_(self) -> str:
        curves = self.run_folder / CURVES_FILE
        return as_html(self.report.to_text(), [curves] if curves.exists() else [], repr(self))


Model = str | PathLike[str] | Bundle | Pipeline[Any, Any, Any, Any] | TrainedModel


def train(
    task: str,
    data: str | PathLike[str],
    *,
    out: str | PathLike[str],
    run_folder: str | PathLike[str] | None = None,
    split: str | None = None,
    valid_fraction: float = 0.1,
    on_bad: OnBad = "skip",
    resume: bool | Literal["auto"] = False,
    overwrite: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> TrainedModel:
    """Train a model, measure it and write its bundle, as `dltasks train` does.

    Args:
        task: such as "image-classification".
        data: a folder, a manifest or "tfds:NAME".
        out: the folder of the new bundle.
        run_folder: for history, plots and checkpoint; by default "runs/" and the name of `out`.
        split: the part of tfds:NAME to train on, such as "train[:80%]".
        valid_fraction: held out where the data names no validation split.
        on_bad: what to do with examples that cannot be read.
        resume: continue the interrupted run in the run folder; "auto": only if there is one.
        overwrite: replace an existing bundle and run.
        quiet: print nothing to standard error.
        settings: of the task and of training, by the names of the command's options, such as
            `base="resnet50"`, `epochs=5`, `learning_rate=1e-3`.

    Raises:
        ConfigurationError: a setting is unknown or cannot be used, or does not fit the data.
        InputError: examples cannot be read and `on_bad` is "fail".
        MissingExtraError: TensorFlow is not installed.
        BundleError: the base is not available.
    """
    request = make_request(
        task,
        settings,
        data=str(data),
        out=Path(out),
        split=split,
        run_folder=Path(run_folder) if run_folder else None,
        valid_fraction=valid_fraction,
        on_bad=on_bad,
        overwrite=overwrite,
    )
    request = replace(request, resume=continues(resume, request.run_folder))
    outcome = run_training(request, _say_nothing if quiet else _say)
    if outcome is None:
        raise ConfigurationError(
            "this process is a worker, and only the chief of a cluster has the result; train on "
            "several machines with `dltasks train`"
        )
    return TrainedModel(*outcome, request.run_folder)


def find_learning_rate(
    task: str,
    data: str | PathLike[str],
    *,
    out: str | PathLike[str],
    run_folder: str | PathLike[str] | None = None,
    split: str | None = None,
    valid_fraction: float = 0.1,
    on_bad: OnBad = "skip",
    quiet: bool = False,
    **settings: Any,
) -> float:
    """Find a learning rate for `train` with the same arguments, as `dltasks train --find-lr` does.

    Nothing is trained. The losses are drawn in learning_rate.png in the run folder.

    Returns:
        The rate at which the loss falls fastest.

    Raises:
        ConfigurationError: the loss falls at no rate, or see `train`.
        InputError, MissingExtraError, BundleError: see `train`.
    """
    request = make_request(
        task,
        settings,
        data=str(data),
        out=Path(out),
        split=split,
        run_folder=Path(run_folder) if run_folder else None,
        valid_fraction=valid_fraction,
        on_bad=on_bad,
    )
    rate, _ = sweep_learning_rate(request, _say_nothing if quiet else _say)
    return rate


def evaluate(
    model: Model,
    data: str | PathLike[str],
    *,
    split: str | None = None,
    batch_size: int | None = None,
    device: str = "auto",
    report: str | PathLike[str] | None = None,
    quiet: bool = False,
) -> Report:
    """Measure a model on a data set, as `dltasks evaluate` does.

    Args:
        model: a task, a bundle's name or folder, a bundle, a loaded pipeline, or what `train` gave.
        data: a folder, a manifest or "tfds:NAME".
        split: "train", "valid" or "test"; None takes test, else valid, else what training held
            out of this very data, else everything.
        batch_size: examples per run of the network; None takes what suits the device.
        device: "auto", "cpu" or "gpu".
        report: HTML file for a report with pictures of mistakes, for image classification.
        quiet: print no warning to standard error.

    Returns:
        The report. In a notebook it shows itself; `to_html` gives it as a page.

    Raises:
        ConfigurationError: data and model do not fit together, or there can be no such report.
        BundleError: there is no such model.
    """
    from dltasks.tasks.evaluate import check_page, write_page
    from dltasks.tasks.evaluate import evaluate as measure

    bundle = model.bundle if isinstance(model, TrainedModel) else model
    pipeline = bundle if isinstance(bundle, Pipeline) else load(_path_of(bundle), device=device)
    if report is not None:
        check_page(Path(report), pipeline)
    say = _say_nothing if quiet else _say
    measured, split_name = measure(pipeline, str(data), split, batch_size, say)
    if report is not None:
        write_page(Path(report), measured, str(pipeline.bundle.path), str(data), split_name)
    return measured


def load_keras(model: Model) -> keras.Model:
    """Rebuild the Keras network of a bundle, with its weights: for `summary`, `fit` and `save`.

    It is the network that trains; inputs and outputs are those of its module,
    `dltasks/tasks/<task>/network.py`. It is not compiled.

    Args:
        model: a task, a bundle's name or folder, a bundle, a loaded pipeline, or what `train` gave.

    Raises:
        BundleError: there is no such model, or it is damaged.
        MissingExtraError: TensorFlow is not installed.
    """
    from dltasks.export.weights import load_weights
    from dltasks.extras import require_tensorflow
    from dltasks.tasks import get_task

    require_tensorflow("the Keras network")
    bundle = _bundle_of(model)
    network = get_task(bundle.task).build_network(bundle.config)
    load_weights(bundle, network)
    return network


def runs(folder: str | PathLike[str] = "runs") -> list[RunSummary]:
    """List the runs in a folder, by name; an empty list if the folder does not exist."""
    return list(list_runs(Path(folder)))


def _bundle_of(model: Model) -> Bundle:
    if isinstance(model, (Pipeline, TrainedModel)):
        return model.bundle
    return model if isinstance(model, Bundle) else find(_path_of(model))


def _path_of(model: str | PathLike[str] | Bundle) -> str | PathLike[str]:
    from pipelines.catalogue import TASKS

    if isinstance(model, Bundle):
        return model.path
    return TASKS[str(model)].default_bundle if str(model) in TASKS else model


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _say(line: str) -> None:
    print(printable(line), file=sys.stderr, flush=True)


def _say_nothing(line: str) -> None:
    """Print nothing."""
