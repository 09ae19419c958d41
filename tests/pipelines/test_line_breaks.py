from __future__ import annotations

from pipelines.line_breaks import balance, wrap


def test_lines_take_what_fits() -> None:
    assert wrap([4, 4, 4], [1, 1, 1], 9) == [0, 2]


def test_lines_are_about_as_long_as_each_other() -> None:
    assert balance([8, 8, 8, 8], [1] * 4, 30) == [0, 2]


def test_a_part_that_is_too_long_has_a_line_of_its_own() -> None:
    assert balance([2, 60, 2], [1] * 3, 42) == [0, 1, 2]


def test_characters_without_spaces_fill_a_line() -> None:
    assert wrap([2] * 4, [0] * 4, 4) == [0, 2]
