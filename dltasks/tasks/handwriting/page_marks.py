"""Augmentation of lines: marks of the page around the writing.

Pieces of the lines above and below, the other side of the leaf, rules, strokes in the margin, and
places where the ink is gone. All are made of the line itself, so nothing else has to be read.
"""

from __future__ import annotations

import numpy as np

PIECES = 0.3  # part of the lines that have them; so below
LARGEST_PIECE = 0.2  # of the height
OTHER_SIDES = 0.2
FAINTNESS = (0.1, 0.4)  # of the other side's ink
RULES = 0.2
STROKES = 0.1
GAPS = 0.3
LARGEST_GAP = 0.4  # of the height, across


def add_page_marks(line: np.ndarray, random: np.random.Generator, strength: float) -> np.ndarray:
    """Add marks of the page at random.

    Args:
        line: uint8 [height, width], 0 paper and 255 ink.
        random: what is drawn from.
        strength: of 1, each mark is on the part of the lines given above; of 2 on twice as many.

    Returns:
        uint8 [height, width]; the line given stays as it is.
    """
    marked = line.copy()
    for share, mark in (
        (OTHER_SIDES, _show_other_side),
        (PIECES, _add_piece_above),
        (PIECES, _add_piece_below),
        (RULES, _rule),
        (STROKES, _stroke),
        (GAPS, _leave_gap),
    ):
        if random.random() < share * strength:
            mark(marked, random)
    return marked


def _show_other_side(line: np.ndarray, random: np.random.Generator) -> None:
    other = _move(line[:, ::-1], random)
    faint = other * np.float32(random.uniform(*FAINTNESS))
    np.maximum(line, faint.astype(np.uint8), out=line)


def _add_piece_above(line: np.ndarray, random: np.random.Generator) -> None:
    rows = _piece_height(line, random)
    above = _move(line, random)[len(line) - rows :]
    np.maximum(line[:rows], above, out=line[:rows])


def _add_piece_below(line: np.ndarray, random: np.random.Generator) -> None:
    rows = _piece_height(line, random)
    below = _move(line, random)[:rows]
    np.maximum(line[-rows:], below, out=line[-rows:])


def _rule(line: np.ndarray, random: np.random.Generator) -> None:
    top = int(random.integers(len(line) // 2, len(line)))
    rows = line[top : top + int(random.integers(1, 3))]
    np.maximum(rows, _darkness(random), out=rows)


def _stroke(line: np.ndarray, random: np.random.Generator) -> None:
    columns = _columns(line, random, largest=0.1)
    np.maximum(columns, _darkness(random), out=columns)


def _leave_gap(line: np.ndarray, random: np.random.Generator) -> None:
    _columns(line, random, largest=LARGEST_GAP)[:] = 0


def _move(line: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Move a line to the side, as another line of the same hand."""
    return np.roll(line, int(random.integers(line.shape[1])), axis=1)


def _piece_height(line: np.ndarray, random: np.random.Generator) -> int:
    return int(random.uniform(0, LARGEST_PIECE) * len(line)) + 1


def _columns(line: np.ndarray, random: np.random.Generator, largest: float) -> np.ndarray:
    """Choose columns anywhere, up to a part of the height wide; a view."""
    left = int(random.integers(line.shape[1]))
    return line[:, left : left + int(random.uniform(0, largest) * len(line)) + 1]


def _darkness(random: np.random.Generator) -> np.uint8:
    return np.uint8(random.integers(60, 255))
