from __future__ import annotations

import click
import pytest

from dltasks.cli.pages.numbers import pages_option

OPTION = pages_option()


def parse(value: str):  # type: ignore[no-untyped-def]
    return OPTION.process_value(click.Context(click.Command("read")), value)


@pytest.mark.parametrize(
    ("value", "chosen", "missing"),
    [
        ("3", [3], []),
        ("2-4", [2, 3, 4], []),
        ("1, 4-", [1, 4, 5], []),
        ("5-9", [5], [6]),
        ("7", [], [7]),
        ("7-9,2,6-", [2], [7, 6]),
        ("1-3,2", [1, 2, 3], []),
    ],
)
def test_pages_and_ranges(value: str, chosen: list[int], missing: list[int]) -> None:
    numbers = parse(value)
    assert [number for number in range(1, 6) if number in numbers] == chosen
    assert list(numbers.missing(5)) == missing


@pytest.mark.parametrize(
    "value", ["", "0", "x", "4-2", "-3", "1,,2", "1.5", "٣-", "1-2-3", "9" * 5000]
)
def test_what_is_no_page_is_refused(value: str) -> None:
    with pytest.raises(click.BadParameter, match=r"is no page or range|has no page in it"):
        parse(value)
