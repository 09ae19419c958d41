from __future__ import annotations

import random

import pytest

from pipelines.handwriting.geometry import Box
from pipelines.handwriting.pages.ordering import order_lines


def _line(left: int, top: int, right: int) -> Box:
    return Box(left, top, right, top + 20)


HEADING = _line(10, 0, 490)
LEFT = [_line(10, top, 230) for top in (40, 70, 100)]
RIGHT = [_line(270, top, 480) for top in (45, 75, 105)]
FOOT = _line(20, 140, 470)
COLUMNS = [HEADING, *LEFT, *RIGHT, FOOT]


def _shuffled(boxes: list[Box], seed: int) -> list[Box]:
    return random.Random(seed).sample(boxes, len(boxes))


@pytest.mark.parametrize("seed", range(5))
def test_a_column_is_read_to_its_end_between_what_stretches_over_both(seed: int) -> None:
    boxes = _shuffled(COLUMNS, seed)
    assert [boxes[index] for index in order_lines(boxes, "columns")] == COLUMNS


@pytest.mark.parametrize("seed", range(5))
def test_rows_are_read_across(seed: int) -> None:
    boxes = _shuffled(COLUMNS, seed)
    pairs = [box for pair in zip(LEFT, RIGHT, strict=True) for box in pair]
    assert [boxes[index] for index in order_lines(boxes, "rows")] == [HEADING, *pairs, FOOT]


def test_the_parts_of_a_line_are_read_before_the_next_line() -> None:
    name, answer, below = _line(10, 0, 60), _line(200, 2, 300), _line(10, 30, 300)
    boxes = [below, answer, name]
    assert [boxes[index] for index in order_lines(boxes, "columns")] == [name, answer, below]


def test_lines_that_begin_and_end_anywhere_are_read_downwards() -> None:
    ragged = [_line(10 + 30 * (row % 3), 30 * row, 200 + 40 * (row % 4)) for row in range(12)]
    boxes = _shuffled(ragged, 0)
    assert [boxes[index] for index in order_lines(boxes, "columns")] == ragged


def test_a_note_in_the_margin_comes_after_the_lines_beside_it() -> None:
    body = [_line(200, 30 * row, 500) for row in range(5)]
    note = [_line(600, 65, 680), _line(600, 90, 680)]
    boxes = [*note, *body]
    assert [boxes[index] for index in order_lines(boxes, "columns")] == [*body, *note]


@pytest.mark.parametrize("order", ["columns", "rows"])
def test_no_lines_have_no_order(order: str) -> None:
    assert order_lines([], order) == []  # type: ignore[arg-type]
    assert order_lines([HEADING], order) == [0]  # type: ignore[arg-type]
