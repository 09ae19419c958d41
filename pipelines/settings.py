"""Settings: frozen dataclasses that check their values and name a mistake.

One declaration serves the command line (one option per field), the keywords of a pipeline, the run
folder and the bundle.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from numbers import Integral
from os import PathLike, fspath
from typing import Any, Literal, Self, get_args, get_origin, get_type_hints

from pipelines.errors import ConfigurationError


def setting(
    default: Any = MISSING,
    help_text: str = "",
    *,
    choices: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
    flag: str = "",
) -> Any:
    """Declare a field of `Settings`.

    Args:
        default: its value where none is given; by default one has to be given.
        help_text: one line for the command line and the documentation.
        choices: the values that a text may have.
        minimum: the least value of a number, or of each number of a tuple.
        maximum: the greatest.
        flag: the command-line option, where it is not the field's name with dashes.
    """
    metadata = {
        "help": help_text,
        "choices": choices,
        "minimum": minimum,
        "maximum": maximum,
        "flag": flag,
    }
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """Base of every configuration: values are checked when it is made."""

    def __post_init__(self) -> None:
        types = get_type_hints(type(self))
        for item in fields(self):
            value, kind = _plain(getattr(self, item.name)), types[item.name]
            if is_tuple(kind):  # a list, or a single value, will do
                single = isinstance(value, (str, int, float))
                value = (value,) if single else _as_tuple(item, kind, value)
            object.__setattr__(self, item.name, value)
            if is_tuple(kind):
                for part in value:
                    _check(item, get_args(kind)[0], part)
            else:
                _check(item, kind, value)

    def to_dict(self) -> dict[str, Any]:
        """Give the values by name."""
        return asdict(self)

    @classmethod
    def names(cls) -> list[str]:
        """List the names of all settings."""
        return [item.name for item in fields(cls)]

    @classmethod
    def from_dict(cls, values: dict[str, Any], where: str = "configuration") -> Self:
        """Build from names and values.

        Raises:
            ConfigurationError: a name is unknown, a value is missing, of another type or out of
                its range.
        """
        required = [item.name for item in fields(cls) if item.default is MISSING]
        check_names(values, cls.names(), required=required, where=where)
        return cls(**values)


def with_keywords(method: Callable[..., Any], settings: type[Settings]) -> Callable[..., Any]:
    """Give a method that takes `**options` the signature and the documentation of settings."""

    method = inspect.unwrap(method)  # of a base class, documented with other settings

    @functools.wraps(method)
    def documented(*args: Any, **keywords: Any) -> Any:
        return method(*args, **keywords)

    own = inspect.signature(method)
    kept = [item for item in own.parameters.values() if item.kind is not item.VAR_KEYWORD]
    declared = [
        inspect.Parameter(
            item.name, inspect.Parameter.KEYWORD_ONLY, default=item.default, annotation=item.type
        )
        for item in fields(settings)
    ]
    documented.__signature__ = own.replace(parameters=[*kept, *declared])  # type: ignore[attr-defined]
    lines = [f"    {item.name}: {item.metadata['help']}" for item in fields(settings)]
    before, heading, after = inspect.cleandoc(method.__doc__ or "").partition("\n\nRaises:")
    documented.__doc__ = "\n".join([before, *lines]) + heading + after
    return documented


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


def is_tuple(kind: Any) -> bool:
    """Tell whether a field takes several values: `tuple[float, ...]`."""
    return get_origin(kind) is tuple


def _as_tuple(item: Field[Any], kind: Any, value: Any) -> tuple[Any, ...]:
    try:
        return tuple(map(_plain, value))
    except TypeError:
        raise ConfigurationError(
            f"{item.name} {value!r} is not a list of {_type_name(get_args(kind)[0])}"
        ) from None


def _plain(value: Any) -> Any:
    """Give numbers of numpy as Python's, and paths as texts."""
    if isinstance(value, PathLike):
        return fspath(value)
    is_scalar = type(value).__module__ == "numpy" and getattr(value, "shape", None) == ()
    return value.item() if is_scalar else value


def _check(item: Field[Any], kind: Any, value: Any) -> None:
    choices = item.metadata.get("choices") or _literals(kind)
    optional = value is None and type(None) in types_of(kind)
    if choices and not optional and value not in choices:
        raise ConfigurationError(f"{item.name} {value!r} is not one of {', '.join(choices)}")
    if not _is_of(kind, value):
        raise ConfigurationError(f"{item.name} {value!r} is not {_type_name(kind)}")
    if isinstance(value, str) and not is_unicode(value):
        raise ConfigurationError(f"{item.name} {value!r} is not UTF-8; write it as UTF-8")
    if value is None or isinstance(value, (str, bool, Mapping, list)):
        return
    if not math.isfinite(value):
        raise ConfigurationError(f"{item.name} {value!r} is not a finite number")
    minimum, maximum = item.metadata.get("minimum"), item.metadata.get("maximum")
    if minimum is not None and not value >= minimum:
        raise ConfigurationError(f"{item.name} {value!r} is too small; the minimum is {minimum}")
    if maximum is not None and not value <= maximum:
        raise ConfigurationError(f"{item.name} {value!r} is too large; the maximum is {maximum}")


def is_unicode(text: str) -> bool:
    """Tell whether a text can be written; Python reads bytes that are not UTF-8 as half
    characters (surrogates), which cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _is_of(kind: Any, value: Any) -> bool:
    allowed = types_of(kind)
    if isinstance(value, bool):
        return bool in allowed
    if isinstance(value, Integral):
        return int in allowed or float in allowed
    return isinstance(value, allowed)


def types_of(kind: Any) -> tuple[type, ...]:
    """Give the plain types of an annotation.

    int | None -> int, NoneType; Literal["a"] | None -> str, NoneType; Mapping[str, str] -> Mapping;
    list[int] -> list.
    """
    origin = get_origin(kind)
    if origin is Literal:
        return tuple({type(item) for item in get_args(kind)})
    if origin is not None and isinstance(origin, type) and issubclass(origin, (Mapping, list)):
        return (origin,)
    if get_args(kind):
        return tuple(found for item in get_args(kind) for found in types_of(item))
    return (kind,)


def _literals(kind: Any) -> tuple[str, ...]:
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(text for item in get_args(kind) for text in _literals(item))


TYPE_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def _type_name(kind: Any) -> str:
    kinds = (item for item in types_of(kind) if item is not type(None))
    return " or ".join(TYPE_NAMES.get(item, item.__name__) for item in kinds)
