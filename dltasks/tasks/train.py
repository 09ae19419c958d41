"""A training run from data to bundle; `dltasks train` is a thin command over `train`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dltasks.data.checks import CheckReport, check, usable
from dltasks.data.examples import Splits, limit, split
from dltasks.data.text_files import guesses, list_text_files
from dltasks.durable import write_file
from dltasks.evaluation.report import Report
from dltasks.export.bundle_writer import check_destination
from dltasks.extras import check_installed, require_tensorflow
from dltasks.locks import hold
from dltasks.tasks import get_task
from dltasks.tasks.base import BuiltNetwork, Say, Task, TrainingPlan
from dltasks.tasks.evaluate import HeldOut
from dltasks.tasks.request import RunRequest
from dltasks.tasks.run_folder import (
    CHECK_FILE,
    CURVES_FILE,
    METRICS_FILE,
    log,
    open_run_folder,
    record_data,
)
from dltasks.tasks.seal import Metrics, seal
from dltasks.terminal import printable
from dltasks.training.distribution import is_chief
from pipelines.base import Pipeline
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError, InputError, MissingDecoderError

if TYPE_CHECKING:
    import tensorflow as tf

OnProgress = Callable[[int, int], None]

SEALED_ON = 8  # validation examples on which graph and Keras are compared
MOST_SHOWN = 20


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
    check_installed("training")
    task = get_task(request.task)
    chief = is_chief()
    if not chief:
        return _train(task, request, _keep_quiet, on_progress)
    with (
        hold(request.run_folder, "wait for its end, or choose another --run-folder"),
        hold(request.out, "wait for its end, or choose another --out"),
    ):
        return _train(task, request, say, on_progress)


def _train(
    task: Task, request: RunRequest, say: Say, on_progress: OnProgress
) -> tuple[Bundle, Report] | None:
    """Train in places that nobody else uses; see `train`."""
    chief = is_chief()
    if chief:
        check_destination(request.out, overwrite=request.overwrite or request.resume)
    task.prepare(request.config)
    if chief:
        open_run_folder(request)
    say = _make_teller(request, say) if chief else _keep_quiet
    splits, checked = _read_splits(task, request, say, on_progress)
    if chief:
        record_data(request, checked.fingerprint)
        _write_json(request.run_folder / CHECK_FILE, checked.to_dict())
    built = _fit(task, request, splits, say)
    if not chief:
        return None
    sources = [item.source for item in limit(splits.valid, SEALED_ON, request.training.seed)]
    held_out, name = (splits.test, "test") if splits.test else (splits.valid, "valid")
    reports: list[Report] = []

    def measure(pipeline: Pipeline[Any, Any, Any, Any]) -> Metrics:
        reports.append(task.evaluate(pipeline, held_out, batch_size=None))
        metrics = reports[0].metrics
        return [
            {
                "name": metric,
                "value": value,
                "data": Path(request.data).name,
                "split": name,
                "examples": len(held_out) - reports[0].skipped,
            }
            for metric, value in metrics.items()
        ]

    bundle = seal(
        task,
        built,
        request.out,
        sources,
        overwrite=request.overwrite or request.resume,
        half_precision=task.half_precision,
        calibrate=lambda pipeline: task.calibrate(pipeline, splits, request.training.seed, say),
        measure=measure,
        held_out=asdict(
            HeldOut(checked.fingerprint, request.training.seed, request.valid_fraction)
        ),
    )
    reports[0].save_plots(request.run_folder)
    _write_json(request.run_folder / METRICS_FILE, {"split": name, **reports[0].to_dict()})
    return bundle, reports[0]


def find_learning_rate(
    request: RunRequest,
    say: Say = lambda line: None,
    on_progress: OnProgress = lambda done, total: None,
) -> tuple[float, Path]:
    """Sweep the learning rate of the last stage; trains nothing and writes only a picture.

    Args:
        request: what would be trained.
        say: shows a line to the user.
        on_progress: called with files checked and files in all.

    Returns:
        The rate at which the loss falls fastest, and where the plot is.

    Raises:
        ConfigurationError: the loss falls at no rate.
    """
    check_installed("the learning-rate finder")
    task = get_task(request.task)
    task.prepare(request.config)
    splits, _ = _read_splits(task, request, say, on_progress)
    from dltasks.training import rate_finder

    with _planned(task, request, splits, say) as (plan, strategy), strategy.scope():
        points = rate_finder.sweep(plan.stages[-1].build(0, 0))
    rate = rate_finder.suggest(points)
    return rate, rate_finder.plot(points, rate, request.run_folder / "learning_rate.png")


@contextmanager
def _planned(
    task: Task, request: RunRequest, splits: Splits, say: Say
) -> Iterator[tuple[TrainingPlan, tf.distribute.Strategy]]:
    """Build the network where and how the request says; Keras' precision is put back afterwards."""
    require_tensorflow("training")
    import keras

    from dltasks.training import distribution

    training = request.training
    strategy = distribution.choose_strategy(training.device, training.devices)
    distribution.check_batch_size(training.batch_size, strategy)
    distribution.make_repeatable(training.seed, strategy)
    distribution.set_precision(training.mixed_precision, strategy)
    try:
        with strategy.scope():
            shard = distribution.shard_of(strategy)
            plan = task.plan(splits, request.config, training, shard, say)
        yield plan, strategy
    finally:
        keras.mixed_precision.set_global_policy("float32")


def _fit(task: Task, request: RunRequest, splits: Splits, say: Say) -> BuiltNetwork:
    """Train, draw the curves, and give the network again in float32, as a bundle holds it."""
    from dltasks.training.trainer import Trainer

    with _planned(task, request, splits, say) as (plan, strategy):
        trained, folder = plan.built.network, request.run_folder
        trainer = Trainer(trained, strategy, request.training, folder, say, writes=is_chief())
        history = trainer.fit(plan.stages, resume=request.resume)
    if is_chief():
        _plot_history(history, trainer.best_epoch, splits, folder)
    network = task.build_network(plan.built.config)
    network.set_weights(trained.get_weights())
    return replace(plan.built, network=network)


def _read_splits(
    task: Task, request: RunRequest, say: Say, on_progress: OnProgress
) -> tuple[Splits, CheckReport]:
    examples = task.read_examples(request.data)
    for line in task.passed_over(request.data, examples):
        say(printable(line))
    languages = task.languages(request.config)
    if languages:
        examples = [example.arranged(languages) for example in examples]
    report = check(examples, task, on_progress, languages, request.data)
    _tell_guesses(request.data, say)
    _tell(report, say)
    if report.bad and request.on_bad == "fail":
        first = report.bad[0]
        kind = MissingDecoderError if first.kind == "not installed" else InputError
        raise kind(
            f"{first.place}: {first.message}; {len(report.bad)} of {len(examples)} "
            "examples cannot be used; fix them or use --on-bad skip"
        )
    fatal = next((remark for remark in report.remarks if remark.is_fatal), None)
    if fatal:
        raise ConfigurationError(f"data {request.data!r}: {fatal.message}")
    splits = split(
        usable(examples, report),
        valid_fraction=request.valid_fraction,
        seed=request.training.seed,
        take=task.take_validation,
    )
    return splits, report


def _make_teller(request: RunRequest, say: Say) -> Say:
    """Say lines to the user and to the run's log."""

    def tell(line: str) -> None:
        log(request, line)
        say(line)

    return tell


def _keep_quiet(line: str) -> None:
    """Say nothing: the chief speaks for all workers."""


def _tell_guesses(location: str, say: Say) -> None:
    """Say which text files may be of another encoding than they are read in."""
    guessed = list(guesses(list_text_files(location)))
    for file in guessed[:MOST_SHOWN]:
        say(
            f"{file.file}: read as {file.encoding}, {file.why}; if it is wrong, save it as UTF-8 "
            "(a text for text generation can name it: book.txt?encoding=cp1252)"
        )
    if len(guessed) > MOST_SHOWN:
        say(f"... and {len(guessed) - MOST_SHOWN} more files whose encoding is a guess")


def _tell(report: CheckReport, say: Say) -> None:
    for remark in report.remarks:
        if not remark.is_fatal:
            say(printable(remark.message))
    for finding in report.findings[:MOST_SHOWN]:
        outcome = "kept" if finding.is_used else "skipped"
        say(f"{finding.place}: {finding.kind}, {finding.message} ({outcome})")
    if len(report.findings) > MOST_SHOWN:
        say(f"... and {len(report.findings) - MOST_SHOWN} more, see data_check.json")


def _plot_history(
    history: Sequence[dict[str, Any]], best_epoch: int, splits: Splits, folder: Path
) -> None:
    if history:
        from dltasks.evaluation.plots import plot_history

        title = f"{len(splits.train):,} training and {len(splits.valid):,} validation examples"
        plot_history(history, folder / CURVES_FILE, title, best_epoch)


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_file(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
