from __future__ import annotations

import numpy as np
import pytest

from dltasks.tasks.handwriting import page_marks
from dltasks.tasks.handwriting.page_marks import add_page_marks


@pytest.fixture
def line() -> np.ndarray:
    line = np.zeros((64, 400), np.uint8)
    line[20:40, 20:380:9] = 255
    line[4:20, 40:380:60] = 255
    line[40:60, 70:380:60] = 255
    return line


def _mark(line: np.ndarray, number: int, strength: float = 1.0) -> np.ndarray:
    return add_page_marks(line, np.random.default_rng([7, number]), strength)


def test_what_is_given_stays_as_it_is(line: np.ndarray) -> None:
    before = line.copy()
    for number in range(20):
        marked = _mark(line, number, 2.0)
        assert marked.shape == line.shape
        assert marked.dtype == np.uint8
    np.testing.assert_array_equal(line, before)


def test_strength_zero_leaves_no_marks(line: np.ndarray) -> None:
    for number in range(20):
        np.testing.assert_array_equal(_mark(line, number, 0.0), line)


def test_ink_goes_only_where_a_gap_is_left(line: np.ndarray) -> None:
    widest = page_marks.LARGEST_GAP * len(line) + 1
    gaps = 0
    for number in range(100):
        lost = np.flatnonzero((_mark(line, number) < line).any(axis=0))
        gaps += bool(lost.size)
        assert not lost.size or np.ptp(lost) < widest
    assert 10 < gaps < 50


def test_pieces_of_other_lines_are_at_the_edges(
    line: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OTHER_SIDES", "RULES", "STROKES", "GAPS"):
        monkeypatch.setattr(page_marks, name, 0.0)
    edge = int(page_marks.LARGEST_PIECE * len(line)) + 1
    changed = np.zeros(len(line), bool)
    for number in range(100):
        changed |= (_mark(line, number) != line).any(axis=1)
    assert changed[:edge].any()
    assert changed[-edge:].any()
    assert not changed[edge:-edge].any()


def test_the_other_side_is_fainter_than_the_writing(
    line: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIECES", "RULES", "STROKES", "GAPS"):
        monkeypatch.setattr(page_marks, name, 0.0)
    for number in range(50):
        added = _mark(line, number)[line == 0]
        assert added.max() <= page_marks.FAINTNESS[1] * 255


@pytest.mark.parametrize("width", [1, 4, 4000])
def test_lines_of_any_width_can_be_marked(width: int) -> None:
    for number in range(20):
        assert _mark(np.full((16, width), 90, np.uint8), number, 3.0).shape == (16, width)
