"""Settings: frozen dataclasses that check their values and name a mistake.

One definition serves the command line (an option a field), the run folder and the bundle.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from typing import Any, Self, get_type_hints

from pipelines.errors import ConfigurationError


def setting(
    default: Any,
    help_text: str,
    *,
    choices: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
) -> Any:
    """Declare a field of `Settings` with its help line and the values it may take."""
    limits = {"choices": choices, "minimum": minimum, "maximum": maximum}
    return field(default=default, metadata={"help": help_text, **limits})


@dataclass(frozen=True)
class Settings:
    """Base of every configuration: values are checked when it is made."""

    def __post_init__(self) -> None:
        types = get_type_hints(type(self))
        for item in fields(self):
            _check(item, types[item.name], getattr(self, item.name))

    def to_dict(self) -> dict[str, Any]:
        """Give the values by name."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any], where: str = "configuration") -> Self:
        """Build from names and values.

        Raises:
            ConfigurationError: a name is unknown, a value is missing, of another type or out of
                its range.
        """
        known = [item.name for item in fields(cls)]
        required = [item.name for item in fields(cls) if item.default is MISSING]
        check_names(values, known, required=required, where=where)
        return cls(**values)


def check_names(
    values: dict[str, Any], known: Collection[str], *, required: Collection[str], where: str
) -> None:
    """Refuse names that are not known, with a suggestion, and miss those that are required.

    Raises:
        ConfigurationError: names the first of either kind.
    """
    for name in values:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
            raise ConfigurationError(f"{where}: {name!r} is unknown; {hint}")
    for name in required:
        if name not in values:
            raise ConfigurationError(f"{where}: {name!r} is missing")


def _check(item: Field, kind: Any, value: Any) -> None:
    allowed = _types_of(kind)
    if float in allowed:
        allowed = (*allowed, int)
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise ConfigurationError(f"{item.name} {value!r} is not of type {_type_name(kind)}")
    if value is None:
        return
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigurationError(f"{item.name} {value!r} is not a finite number")
    choices = item.metadata.get("choices")
    if choices and value not in choices:
        raise ConfigurationError(f"{item.name} {value!r} is not one of {', '.join(choices)}")
    minimum, maximum = item.metadata.get("minimum"), item.metadata.get("maximum")
    if minimum is not None and not value >= minimum:
        raise ConfigurationError(f"{item.name} {value!r} is too small; the least is {minimum}")
    if maximum is not None and not value <= maximum:
        raise ConfigurationError(f"{item.name} {value!r} is too large; the most is {maximum}")


def _types_of(kind: Any) -> tuple[type, ...]:
    """int | None -> int, NoneType; Literal["a", "b"] -> str; int -> int."""
    arguments = getattr(kind, "__args__", (kind,))
    return tuple(item if isinstance(item, type) else type(item) for item in arguments)


def _type_name(kind: Any) -> str:
    return getattr(kind, "__name__", None) or str(kind)
