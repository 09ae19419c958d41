"""Runs and their folders: what was asked for, with what it was done, and how it went."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal

from dltasks import __version__
from dltasks.extras import require
from dltasks.tasks import get_task
from dltasks.training.checkpoint import CHECKPOINT_FILE, previous
from dltasks.training.config import TrainingConfig
from pipelines.errors import ConfigurationError
from pipelines.settings import Settings, check_names

OnBad = Literal["skip", "fail"]

RUN_FILE = "run.toml"
METRICS_FILE = "metrics.json"
LOG_FILE = "log.txt"
CHECK_FILE = "data_check.json"
RECORDED_VERSIONS = ("tensorflow", "keras", "numpy", "pillow")
ABOUT = "about"  # what the run was done with; written, compared, never set


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

    def to_dict(self) -> dict[str, Any]:
        """Give what can be repeated, as run.toml holds it; what is None is left out."""
        return {
            "task": self.task,
            "data": self.data,
            "out": str(self.out),
            "valid_fraction": self.valid_fraction,
            "on_bad": self.on_bad,
            "config": _without_none(self.config.to_dict()),
            "training": _without_none(self.training.to_dict()),
        }


def read_request(path: Path, changes: tuple[str, ...] = ()) -> RunRequest:
    """Read a run.toml, to repeat the run.

    Args:
        path: of the file.
        changes: "name=value" or "section.name=value", each in place of what the file says.

    Raises:
        ConfigurationError: the file or a change cannot be read, or a name or value is wrong.
    """
    values = _read_toml(path)
    for change in changes:
        _apply(change, values)
    values.pop(ABOUT, None)
    known = {item.name for item in fields(RunRequest)} - {"run_folder", "resume", "overwrite"}
    check_names(values, known, required={"task", "data", "out"}, where=str(path))
    task = get_task(str(values["task"]))
    out = Path(str(values["out"]))
    sections = {name: values.pop(name, {}) for name in ("config", "training")}
    defaults = {
        "config": _without_none(task.config_class().to_dict()),
        "training": _without_none(task.training_defaults.to_dict()),
    }
    settings = {name: {**defaults[name], **sections[name]} for name in sections}
    return RunRequest(
        **{**values, "out": out},
        run_folder=Path("runs") / out.name,
        config=task.config_class.from_dict(settings["config"], f"{path} [config]"),
        training=TrainingConfig.from_dict(settings["training"], f"{path} [training]"),
    )


def open_run_folder(request: RunRequest) -> None:
    """Make the run folder, or find in it the run that is to go on.

    Raises:
        ConfigurationError: another run is there, or none where one should go on.
    """
    folder = request.run_folder
    known = _read_toml(folder / RUN_FILE) if (folder / RUN_FILE).exists() else None
    if request.resume:
        _check_same(request, known)
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
    for file in (newest, previous(newest), folder / METRICS_FILE, folder / LOG_FILE):
        file.unlink(missing_ok=True)
    _write_toml(folder / RUN_FILE, {**request.to_dict(), ABOUT: _describe_machine()})


def record_data(request: RunRequest, fingerprint: str) -> None:
    """Write down which data the run sees; a run that goes on has to see the same.

    Raises:
        ConfigurationError: the data has changed since the run began.
    """
    path = request.run_folder / RUN_FILE
    known = _read_toml(path)
    before = known[ABOUT].get("data_fingerprint")
    if request.resume and before not in (None, fingerprint):
        raise ConfigurationError(
            f"data {request.data!r} has changed since the run in {request.run_folder} began; "
            "bring the old data back, or begin anew with --overwrite"
        )
    known[ABOUT]["data_fingerprint"] = fingerprint
    _write_toml(path, known)


def log(request: RunRequest, line: str) -> None:
    """Add a line to the run's log, with the time."""
    with (request.run_folder / LOG_FILE).open("a", encoding="utf-8") as file:
        file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {line}\n")


@dataclass(frozen=True)
class RunSummary:
    """One line of `dltasks runs`."""

    folder: str
    task: str
    data: str
    state: Literal["finished", "interrupted"]
    metric: str
    value: float | None
    split: str


def list_runs(folder: Path) -> Iterator[RunSummary]:
    """Summarise the runs below a folder, in the order of their names."""
    for path in sorted(folder.glob(f"*/{RUN_FILE}")):
        settings = _read_toml(path)
        summary = RunSummary(
            str(path.parent),
            str(settings.get("task", "")),
            str(settings.get("data", "")),
            "interrupted",
            metric="",
            value=None,
            split="",
        )
        yield _with_metric(summary, path.parent / METRICS_FILE)


def _with_metric(summary: RunSummary, path: Path) -> RunSummary:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        metric, value = next(iter(report["metrics"].items()))
        return replace(summary, state="finished", metric=metric, value=value, split=report["split"])
    except (OSError, ValueError, KeyError, StopIteration):
        return summary


def _check_same(request: RunRequest, known: dict[str, Any] | None) -> None:
    folder = request.run_folder
    if known is None:
        raise ConfigurationError(f"{folder}: no run to resume; leave --resume out")
    wanted = request.to_dict()
    wanted.pop("out")  # where the bundle goes changes nothing of the training
    changed = [key for key in wanted if known.get(key) != wanted[key]]
    if changed:
        raise ConfigurationError(
            f"{folder}: the run there has other settings ({', '.join(changed)}); repeat them, "
            "or leave --resume out and choose another --run-folder"
        )


def _apply(change: str, values: dict[str, Any]) -> None:
    name, equals, text = change.partition("=")
    section, dot, key = name.strip().rpartition(".")
    if not equals or not key:
        raise ConfigurationError(f"--set {change!r} is not name=value or section.name=value")
    target = values.setdefault(section, {}) if dot else values
    if not isinstance(target, dict):
        raise ConfigurationError(f"--set {change!r}: {section!r} is not a section")
    try:
        target[key] = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        target[key] = text.strip()


def _describe_machine() -> dict[str, Any]:
    versions = {package: importlib.metadata.version(package) for package in RECORDED_VERSIONS}
    return {"dltasks": _describe_version(), "versions": versions}


def _describe_version() -> str:
    """Name the code: by git where it runs from a checkout, by the version elsewhere."""
    checkout = Path(__file__).resolve().parent.parent.parent
    if not (checkout / ".git").exists():
        return __version__
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty", "--tags"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__} ({done.stdout.strip()})"


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigurationError(f"{path}: not TOML: {error}") from None


def _write_toml(path: Path, values: dict[str, Any]) -> None:
    writer = require("tomli_w", "training")
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(writer.dumps(values), encoding="utf-8")
    partial.replace(path)
