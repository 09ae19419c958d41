"""The settings of a training run: from a command, from Python or from a file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from dltasks.data.sources import with_part
from dltasks.tasks import get_task
from dltasks.training.config import TrainingConfig
from pipelines.bundle.reading import read_regular
from pipelines.errors import ConfigurationError
from pipelines.settings import Settings, check_names, is_unicode

OnBad = Literal["skip", "fail"]
LARGEST_FRACTION = 0.9  # of the training examples, for validation
RUN_FILE = "run.toml"
ABOUT = "about"  # what the run was done with; written, compared, never set


@dataclass(frozen=True)
class RunRequest:
    """A training run: its task, data, settings, and where the results go.

    Attributes:
        task: in the catalogue.
        data: folder, manifest or "tfds:NAME".
        out: the bundle's folder.
        run_folder: for history, checkpoint, plots and report.
        config: the task's own settings.
        training: the common settings.
        valid_fraction: taken from training where the data has no validation split.
        on_bad: what to do when examples cannot be read.
        resume: continue an interrupted run.
        overwrite: replace an existing bundle and run.
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

    def __post_init__(self) -> None:
        fraction = self.valid_fraction
        is_number = isinstance(fraction, (int, float)) and not isinstance(fraction, bool)
        if not is_number or not 0 < fraction <= LARGEST_FRACTION:
            raise ConfigurationError(
                f"valid_fraction {fraction!r} is not a number above 0, up to {LARGEST_FRACTION}"
            )
        if self.on_bad not in get_args(OnBad):
            raise ConfigurationError(
                f"on_bad {self.on_bad!r} is not one of {', '.join(get_args(OnBad))}"
            )
        for name in ("data", "out", "run_folder"):
            place = str(getattr(self, name))
            if not is_unicode(place):
                raise ConfigurationError(f"{name} {place!r}: the name is not UTF-8; rename it")
        for name in ("resume", "overwrite"):
            if not isinstance(getattr(self, name), bool):
                raise ConfigurationError(f"{name} {getattr(self, name)!r} is not true or false")

    def to_dict(self) -> dict[str, Any]:
        """Give what can be repeated, as run.toml holds it; what is None is left out."""
        return {
            "task": self.task,
            "data": self.data,
            "out": str(self.out),
            "valid_fraction": self.valid_fraction,
            "on_bad": self.on_bad,
            "config": without_none(self.config.to_dict()),
            "training": without_none(self.training.to_dict()),
        }


def make_request(
    task_name: str,
    settings: dict[str, Any],
    *,
    data: str,
    out: str | Path,
    split: str | None = None,
    run_folder: str | Path | None = None,
    where: str = "settings",
    **others: Any,
) -> RunRequest:
    """Make a request of the settings that were given; the others suit the task and the base.

    Args:
        task_name: in the catalogue.
        settings: of the task and of the training, by name.
        data: folder, manifest or "tfds:NAME".
        out: the bundle's folder.
        split: the part of tfds:NAME to train on, such as "train[:80%]".
        run_folder: by default "runs/" and the name of `out`.
        where: the settings are from, for messages.
        others: fields of `RunRequest`.

    Raises:
        ConfigurationError: there is no such task or setting, or a value cannot be used.
    """
    task = get_task(task_name)
    of_task, of_training = task.config_class.names(), TrainingConfig.names()
    check_names(settings, [*of_task, *of_training], required=(), where=where)
    chosen = {name: value for name, value in settings.items() if name in of_task}
    config = task.config_class.from_dict(chosen, where)
    training = without_none(task.defaults_for(config).to_dict())
    training |= {name: value for name, value in settings.items() if name in of_training}
    return RunRequest(
        task=task.name,
        data=with_part(data, split) if split else data,
        out=Path(out),
        run_folder=Path(run_folder) if run_folder else Path("runs") / Path(out).name,
        config=config,
        training=TrainingConfig.from_dict(training, where),
        **others,
    )


def continues(resume: bool | Literal["auto"], run_folder: Path) -> bool:
    """Tell whether to continue a run; "auto" does if there is one."""
    return (run_folder / RUN_FILE).exists() if resume == "auto" else resume


def read_request(path: Path, changes: tuple[str, ...] = ()) -> RunRequest:
    """Read a run.toml, to repeat the run.

    Args:
        path: of the file.
        changes: "name=value" or "section.name=value", each in place of what the file says.

    Raises:
        ConfigurationError: the file or a change cannot be read, or a name or value is wrong.
    """
    values = read_toml(path)
    for change in changes:
        _apply(change, values)
    values.pop(ABOUT, None)
    known = {item.name for item in fields(RunRequest)} - {"run_folder", "resume", "overwrite"}
    check_names(values, known, required={"task", "data", "out"}, where=str(path))
    task = str(values.pop("task"))
    settings: dict[str, Any] = {}
    for section in ("config", "training"):
        settings |= values.pop(section, {})
    return make_request(task, settings, where=str(path), **values)


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
    except (tomllib.TOMLDecodeError, RecursionError):
        target[key] = text.strip()


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_regular(path).decode("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not TOML: {error}") from None
