"""The order in which the lines of a page are read: column by column, or row by row.

Columns: Breuel 2003, "High performance document layout analysis", section 4.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipelines.handwriting.geometry import Box
from pipelines.options import ReadingOrder

TOUCHING = 0.15  # of the narrower of two lines: what they share less of is beside each other


def order_lines(boxes: Sequence[Box], order: ReadingOrder) -> list[int]:
    """Give the numbers of lines in reading order.

    Args:
        boxes: of the lines, from 0.
        order: "columns": a column to its end, then the next; "rows": what is side by side together.
    """
    if not boxes:
        return []
    return _order_columns(boxes) if order == "columns" else _order_rows(boxes)


def _order_columns(boxes: Sequence[Box]) -> list[int]:
    """Sort so that each line comes after those that have to be read before it."""
    before = _come_before(boxes)
    waiting = set(range(len(boxes)))
    ordered: list[int] = []
    while waiting:
        rest = sorted(waiting, key=lambda index: (boxes[index].top, boxes[index].left))
        free = [index for index in rest if not before[list(waiting), index].any()]
        chosen = free[0] if free else rest[0]
        if free and ordered:  # go on in the column of the last line
            below = [index for index in free if _share_columns(boxes[ordered[-1]], boxes[index])]
            chosen = below[0] if below else chosen
        ordered.append(chosen)
        waiting.remove(chosen)
    return ordered


def _come_before(boxes: Sequence[Box]) -> np.ndarray:
    """Tell for each pair whether the first line has to be read before the second: bool [n, n].

    It is above it, in the same column; or it is to its left, and no line between the two in height
    stretches over both columns.
    """
    left, top, right, bottom = np.array(boxes, float).T
    middle = (top + bottom) / 2
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    narrower = np.minimum((right - left)[:, None], right - left)
    overlaps = shared > TOUCHING * narrower  # [n, n]
    is_above = middle[:, None] < middle
    is_left = ~overlaps & ((left + right)[:, None] < left + right)
    before = overlaps & is_above
    for first in range(len(boxes)):
        low, high = np.minimum(middle[first], middle), np.maximum(middle[first], middle)
        is_between = (low[:, None] < middle) & (middle < high[:, None])  # [second, third]
        is_parted = (is_between & overlaps[first] & overlaps).any(axis=1)
        before[first] |= is_left[first] & ~is_parted
    np.fill_diagonal(before, False)
    return np.asarray(before)


def _share_columns(first: Box, second: Box) -> bool:
    shared = min(first.right, second.right) - max(first.left, second.left)
    return shared > TOUCHING * min(first.right - first.left, second.right - second.left)


def _order_rows(boxes: Sequence[Box]) -> list[int]:
    """Sort by the middle; lines side by side, which share half of their height, by the left."""
    rows: list[list[int]] = []
    for index in sorted(range(len(boxes)), key=lambda item: boxes[item].top + boxes[item].bottom):
        if rows and _is_beside(boxes[rows[-1][-1]], boxes[index]):
            rows[-1].append(index)
        else:
            rows.append([index])
    return [index for row in rows for index in sorted(row, key=lambda item: boxes[item].left)]


def _is_beside(first: Box, second: Box) -> bool:
    shared = min(first.bottom, second.bottom) - max(first.top, second.top)
    smaller = min(first.bottom - first.top, second.bottom - second.top)
    apart = first.right <= second.left or second.right <= first.left
    return apart and shared > smaller / 2
