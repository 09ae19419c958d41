"""Run folders: the settings, the versions used, and the results of a training run."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from dltasks import __version__
from dltasks.extras import require
from dltasks.tasks.request import ABOUT, RUN_FILE, RunRequest, read_toml
from dltasks.terminal import AS_ESCAPES
from dltasks.training.checkpoint import CHECKPOINT_FILE, previous
from pipelines.errors import ConfigurationError

METRICS_FILE = "metrics.json"
CURVES_FILE = "curves.png"
LOG_FILE = "log.txt"
CHECK_FILE = "data_check.json"
RECORDED_VERSIONS = ("tensorflow", "keras", "numpy", "pillow")


def open_run_folder(request: RunRequest) -> None:
    """Make the run folder, or find in it the run that is to go on.

    Raises:
        ConfigurationError: another run is there, or none where one should go on.
    """
    folder = request.run_folder
    known = read_toml(folder / RUN_FILE) if (folder / RUN_FILE).exists() else None
    if request.resume:
        _check_same(request, known)
        return
    begun = any((folder / file).exists() for file in (CHECKPOINT_FILE, METRICS_FILE))
    if known is not None and begun and not request.overwrite:
        state = "a finished" if (folder / METRICS_FILE).exists() else "an interrupted"
        raise ConfigurationError(
            f"{folder}: {state} run exists; continue it with --resume, replace it with "
            "--overwrite, or choose another --run-folder"
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
    known = read_toml(path)
    before = known[ABOUT].get("data_fingerprint")
    if request.resume and before not in (None, fingerprint):
        raise ConfigurationError(
            f"data {request.data!r} has changed since the run in {request.run_folder} began; "
            "restore the old data, or start again with --overwrite"
        )
    known[ABOUT]["data_fingerprint"] = fingerprint
    _write_toml(path, known)


def log(request: RunRequest, line: str) -> None:
    """Add a line to the run's log, with the time."""
    path = request.run_folder / LOG_FILE
    with path.open("a", encoding="utf-8", errors=AS_ESCAPES) as file:
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
        settings = read_toml(path)
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
        metric, value, split = str(metric), float(value), str(report["split"])
    except Exception:  # what is damaged can be of any form
        return summary
    return replace(summary, state="finished", metric=metric, value=value, split=split)


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


def _write_toml(path: Path, values: dict[str, Any]) -> None:
    writer = require("tomli_w", "training")
    partial = path.with_name(f"{path.name}.part")
    partial.write_text(writer.dumps(values), encoding="utf-8")
    partial.replace(path)
