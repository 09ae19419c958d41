"""A training run from data to bundle; `dltasks train` is a thin command over `train`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from dltasks.config import Settings
from dltasks.data.checks import CheckReport, check, usable
from dltasks.data.examples import Example, Splits, limit, split
from dltasks.data.sources import read_examples
from dltasks.evaluation.report import Report
from dltasks.export import check_destination
from dltasks.extras import TRAINING_PACKAGES, check_installed, require_tensorflow
from dltasks.tasks import get_task
from dltasks.tasks.base import BuiltNetwork, Say, Task
from dltasks.tasks.seal import Metrics, seal
from dltasks.training.checkpoint import CHECKPOINT_FILE, previous
from dltasks.training.config import TrainingConfig
from dltasks.training.distribution import is_chief
from pipelines.base import Pipeline
from pipelines.bundle import Bundle
from pipelines.errors import ConfigurationError, InputError

OnBad = Literal["skip", "fail"]
OnProgress = Callable[[int, int], None]

SEALED_ON = 8  # validation examples on which graph and Keras are compared
MOST_SHOWN = 20
RUN_FILE = "run.json"
METRICS_FILE = "metrics.json"


@dataclass(frozen=True)
class RunRequest:
    """What to train, on what, and where the results go.

    Attributes:
        task: in the catalogue.
        data: folder, manifest or "tfds:NAME".
        out: the bundle's folder.
        run_folder: for history, checkpoint, plots and report.
        config: the task's own settings.
        training: the common settings.
        valid_fraction: taken from training where the data has no validation split.
        on_bad: what to do when examples cannot be read.
        resume: go on with an interrupted run.
        overwrite: replace the bundle and the run that are there.
    """

    task: str
    data: str
    out: Path
    run_folder: Path
    config: Settings
    training: TrainingConfig
    valid_fraction: float = 0.1
    on_bad: OnBad = "skip"
    resume: bool = False
    overwrite: bool = False


def train(
    request: RunRequest,
    say: Say = lambda line: None,
    on_progress: OnProgress = lambda done, total: None,
) -> tuple[Bundle, Report] | None:
    """Train, measure and seal a model.

    Args:
        request: what to do.
        say: shows a line to the user.
        on_progress: called with files checked and files in all.

    Returns:
        The sealed bundle and its report on the test split (validation where there is no test);
        None in a worker that is not the chief, because only the chief writes.

    Raises:
        ConfigurationError: settings, data and places do not fit together.
        InputError: examples cannot be read and `on_bad` is "fail".
        MissingExtraError: TensorFlow is not installed.
    """
    check_installed("training", TRAINING_PACKAGES)
    task = get_task(request.task)
    chief = is_chief()
    say = say if chief else _keep_quiet
    if chief:
        check_destination(request.out, overwrite=request.overwrite or request.resume)
    task.prepare(request.config)
    if chief:
        _open_run_folder(request)
    splits = _read_splits(task, request, say, on_progress)
    built, history = _fit(task, request, splits, say)
    if not chief:
        return None
    _plot_history(history, request.run_folder)
    sources = [item.source for item in limit(splits.valid, SEALED_ON, request.training.seed)]
    held_out, name = (splits.test, "test") if splits.test else (splits.valid, "valid")
    reports: list[Report] = []

    def measure(pipeline: Pipeline) -> Metrics:
        reports.append(task.evaluate(pipeline, held_out, batch_size=None))
        metrics = reports[0].metrics
        return [
            {"name": metric, "value": value, "data": Path(request.data).name, "split": name}
            for metric, value in metrics.items()
        ]

    bundle = seal(
        task,
        built,
        request.out,
        sources,
        overwrite=request.overwrite or request.resume,
        measure=measure,
    )
    reports[0].save_plots(request.run_folder)
    _write_json(request.run_folder / METRICS_FILE, {"split": name, **reports[0].to_dict()})
    return bundle, reports[0]


def _fit(
    task: Task, request: RunRequest, splits: Splits, say: Say
) -> tuple[BuiltNetwork, list[dict[str, Any]]]:
    """Train, and give the network again in float32, as a bundle holds it."""
    require_tensorflow("training")
    import keras

    from dltasks.training.distribution import (
        check_batch_size,
        choose_strategy,
        make_repeatable,
        set_precision,
        shard_of,
    )
    from dltasks.training.trainer import Trainer

    training = request.training
    strategy = choose_strategy(training.device)
    check_batch_size(training.batch_size, strategy)
    make_repeatable(training.seed, strategy)
    set_precision(training.mixed_precision, strategy)
    try:
        with strategy.scope():
            plan = task.plan(splits, request.config, training, shard_of(strategy), say)
        trained = plan.built.network
        trainer = Trainer(trained, strategy, training, request.run_folder, say, writes=is_chief())
        history = trainer.fit(plan.stages, resume=request.resume)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    network = task.build_network(plan.built.config.to_dict())
    network.set_weights(trained.get_weights())
    return replace(plan.built, network=network), history


def _open_run_folder(request: RunRequest) -> None:
    """Make the run folder, or find in it the run that is to go on.

    Raises:
        ConfigurationError: another run is there, or none where one should go on.
    """
    folder = request.run_folder
    settings = {
        "task": request.task,
        "data": request.data,
        "out": str(request.out),
        "valid_fraction": request.valid_fraction,
        "config": request.config.to_dict(),
        "training": request.training.to_dict(),
    }
    known = _read_json(folder / RUN_FILE)
    if request.resume:
        if known is None:
            raise ConfigurationError(f"{folder}: no run to resume; leave --resume out")
        if known != settings:
            changed = [key for key in settings if known.get(key) != settings[key]]
            raise ConfigurationError(
                f"{folder}: the run there has other settings ({', '.join(changed)}); repeat them, "
                "or leave --resume out and choose another --run-folder"
            )
        return
    begun = any((folder / file).exists() for file in (CHECKPOINT_FILE, METRICS_FILE))
    if known is not None and begun and not request.overwrite:
        state = "a finished" if (folder / METRICS_FILE).exists() else "an interrupted"
        raise ConfigurationError(
            f"{folder}: {state} run is there; go on with --resume, replace it with --overwrite, "
            "or choose another --run-folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    newest = folder / CHECKPOINT_FILE
    for file in (newest, previous(newest), folder / METRICS_FILE):
        file.unlink(missing_ok=True)
    _write_json(folder / RUN_FILE, settings)


def _read_splits(task: Task, request: RunRequest, say: Say, on_progress: OnProgress) -> Splits:
    examples = read_examples(request.data, task.suffixes)
    report = check(examples, task.check_source, on_progress)
    if is_chief():
        _write_json(request.run_folder / "data_check.json", report.to_dict())
    _tell(report, say)
    if report.bad and request.on_bad == "fail":
        first = report.bad[0]
        raise InputError(
            f"{first.example.source}: {first.message}; {len(report.bad)} of {len(examples)} "
            "examples cannot be used, mend them or give --on-bad skip"
        )
    return split(
        usable(examples, report),
        valid_fraction=request.valid_fraction,
        seed=request.training.seed,
    )


def _keep_quiet(line: str) -> None:
    """Say nothing: the chief speaks for all workers."""


def _tell(report: CheckReport, say: Say) -> None:
    for finding in report.findings[:MOST_SHOWN]:
        outcome = "kept" if finding.is_used else "skipped"
        say(f"{finding.example.source}: {finding.kind}, {finding.message} ({outcome})")
    if len(report.findings) > MOST_SHOWN:
        say(f"... and {len(report.findings) - MOST_SHOWN} more, see data_check.json")


def _plot_history(history: Sequence[dict[str, Any]], folder: Path) -> None:
    if history:
        from dltasks.evaluation.plots import plot_history

        plot_history(history, folder / "curves.png")


def evaluate(
    pipeline: Pipeline, data: str, split_name: str | None, batch_size: int | None = None
) -> tuple[Report, str]:
    """Measure a loaded bundle on a data set.

    Args:
        pipeline: of the bundle.
        data: folder, manifest or "tfds:NAME".
        split_name: which split; None takes test where there is one, else everything.
        batch_size: examples a run of the network; None takes what suits the device.

    Returns:
        The report and the name of the split ("all" where the data has none).

    Raises:
        ConfigurationError: data and bundle do not fit together.
    """
    task = get_task(pipeline.bundle.task)
    examples = read_examples(data, task.suffixes)
    chosen, name = _choose_split(examples, split_name, data)
    return task.evaluate(pipeline, chosen, batch_size), name


def _choose_split(
    examples: Sequence[Example], name: str | None, data: str
) -> tuple[list[Example], str]:
    named = {item.split for item in examples}
    if name is None and "test" not in named:
        return list(examples), "all"
    name = name or "test"
    chosen = [item for item in examples if item.split == name]
    if not chosen:
        found = ", ".join(sorted(named - {""})) or "none"
        raise ConfigurationError(f"data {data!r} has no split {name!r} (it names: {found})")
    return chosen, name


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError:
        raise ConfigurationError(f"{path}: not JSON; choose another --run-folder") from None
