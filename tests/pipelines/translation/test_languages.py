"""Codes of languages: what means the same, and the nearest direction."""

from __future__ import annotations

import pytest

from pipelines.translation.languages import (
    ANY,
    EXACT,
    OTHER,
    REGION,
    SAME,
    distance,
    find_direction,
)


@pytest.mark.parametrize(
    ("wanted", "known", "expected"),
    [
        (None, "de", EXACT),
        ("de", "de", EXACT),
        ("es", "spa", SAME),
        ("ja", "jap", SAME),
        ("pt-BR", "pt_br", SAME),
        ("pt", "pt_br", REGION),
        ("zh", "cmn_Hans", REGION),
        ("pt_pt", "pt_br", OTHER),
        ("sw", "mul", ANY),
        ("de", "nl", OTHER),
        ("tlh", "tlh", EXACT),
    ],
)
def test_codes_are_as_near_as_their_languages(
    wanted: str | None, known: str, expected: int
) -> None:
    assert distance(wanted, known) == expected


def test_the_nearest_direction_is_found() -> None:
    directions = [("en", "pt_br"), ("en", "por"), ("en", "spa"), ("mul", "en")]
    assert find_direction(directions, "en", "pt") == ("en", "por")
    assert find_direction(directions, None, "es") == ("en", "spa")
    assert find_direction(directions, "sw", "en") == ("mul", "en")
    assert find_direction(directions, None, None) == ("en", "pt_br")
    assert find_direction(directions, "en", "de") is None
