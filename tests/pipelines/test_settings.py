"""Settings: a mistake is named, and never taken for something else."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass
from typing import Any, Literal

import pytest

from pipelines.errors import ConfigurationError
from pipelines.settings import Settings, setting


@dataclass(frozen=True)
class Oven(Settings):
    dish: str
    degrees: int = setting(180, "How hot.", minimum=30, maximum=250)
    salt: float = setting(0.5, "How salty.", minimum=0.0)
    heat: Literal["top", "bottom"] = setting("top", "From where.", choices=("top", "bottom"))
    minutes: int | None = setting(None, "How long.", minimum=1)
    fan: bool = setting(False, "Whether the air moves.")


def test_defaults_and_values_make_a_round_trip() -> None:
    oven = Oven.from_dict({"dish": "cake", "minutes": 40})
    assert oven == Oven("cake", minutes=40)
    assert Oven.from_dict(oven.to_dict()) == oven
    assert list(oven.to_dict()) == ["dish", "degrees", "salt", "heat", "minutes", "fan"]


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Oven("cake").degrees = 200  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"degres": 200}, r"oven\.json: 'degres' is unknown; did you mean 'degrees'\?"),
        ({"colour": "red"}, r"oven\.json: 'colour' is unknown; known: dish, degrees"),
        ({}, r"oven\.json: 'dish' is missing"),
        ({"dish": 3}, "dish 3 is not a text"),
        ({"dish": "cake", "degrees": "180"}, "degrees '180' is not a whole number"),
        ({"dish": "cake", "degrees": 180.0}, r"degrees 180\.0 is not a whole number"),
        ({"dish": "cake", "degrees": True}, "degrees True is not a whole number"),
        ({"dish": "cake", "degrees": None}, "degrees None is not a whole number"),
        ({"dish": "cake", "degrees": 29}, "degrees 29 is too small; the minimum is 30"),
        ({"dish": "cake", "degrees": 251}, "degrees 251 is too large; the maximum is 250"),
        ({"dish": "cake", "salt": float("nan")}, "salt nan is not a finite number"),
        ({"dish": "cake", "salt": False}, "salt False is not a number"),
        ({"dish": "cake", "heat": "left"}, "heat 'left' is not one of top, bottom"),
        ({"dish": "cake", "minutes": 0}, "minutes 0 is too small"),
        ({"dish": "cake", "minutes": "40"}, r"minutes '40' is not a whole number"),
        ({"dish": "cake", "fan": 1}, "fan 1 is not true or false"),
    ],
    ids=str,
)
def test_a_mistake_names_the_setting_its_value_and_what_is_right(
    values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Oven.from_dict(values, where="oven.json")


def test_limits_belong_to_the_range_and_whole_numbers_are_numbers() -> None:
    for degrees in (30, 250):
        assert Oven("cake", degrees=degrees).degrees == degrees
    assert Oven("cake", salt=1).salt == 1
    assert Oven("cake", minutes=None).minutes is None


def test_settings_made_without_a_dictionary_are_checked_too() -> None:
    with pytest.raises(ConfigurationError, match="degrees 300 is too large"):
        Oven("cake", degrees=300)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_have_to_be_finite(value: float) -> None:
    from dltasks.training.config import TrainingConfig

    with pytest.raises(ConfigurationError, match="is not a finite number"):
        TrainingConfig(learning_rate=value)
