"""Curves as SVG, in the colours of the page; both axes go from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dltasks.evaluation.page.elements import escape

WIDTH, HEIGHT = 430, 330
LEFT, TOP, SIDE_X, SIDE_Y = 56, 12, 350, 240  # of the area that the curves are in
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST_POINTS = 200  # of a line; more are not seen


class Line(NamedTuple):
    """A curve: its name, and (x, y) of its points, 0 to 1 each."""

    name: str
    points: Sequence[tuple[float, float]]
    is_marked: bool = True


def chart(
    title: str, x_label: str, y_label: str, lines: Sequence[Line], *, diagonal: bool = False
) -> str:
    """Draw at most two curves.

    Args:
        title: what a reader who does not see the picture is told.
        x_label: of the horizontal axis.
        y_label: of the vertical axis.
        lines: the second one is dashed.
        diagonal: whether to draw where both axes are equal.
    """
    ideal = [f'<path class="ideal" d="{_path([(0, 0), (1, 1)])}"/>'] if diagonal else []
    drawn = [part for number, line in enumerate(lines, 1) for part in _draw(line, number)]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join([*_axes(x_label, y_label), *ideal, *drawn])}</svg>"
    )


def _draw(line: Line, number: int) -> list[str]:
    points = _thin(line.points)
    parts = [f'<path class="line-{number}" d="{_path(points)}"/>']
    if line.is_marked:
        places = (_place(point) for point in points)
        parts += [f'<circle class="point-{number}" cx="{x}" cy="{y}" r="3"/>' for x, y in places]
    left, y = LEFT + (number - 1) * SIDE_X // 2, HEIGHT - 8
    parts.append(f'<path class="line-{number}" d="M{left} {y - 4}h24"/>')
    parts.append(f'<text x="{left + 30}" y="{y}">{escape(line.name)}</text>')
    return parts


def _thin(points: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    if len(points) <= MOST_POINTS:
        return points
    step = -(-len(points) // MOST_POINTS)
    return [*points[:-1:step], points[-1]]


def _axes(x_label: str, y_label: str) -> list[str]:
    parts = []
    for share in STEPS:
        x, y = _place((share, share))
        grid = f"M{x} {TOP}V{TOP + SIDE_Y}M{LEFT} {y}H{LEFT + SIDE_X}"
        parts += [
            f'<path class="grid" d="{grid}"/>',
            f'<text x="{x}" y="{TOP + SIDE_Y + 16}" text-anchor="middle">{share:.0%}</text>',
            f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{share:.0%}</text>',
        ]
    middle = TOP + SIDE_Y / 2
    return [
        *parts,
        f'<text x="{LEFT + SIDE_X / 2}" y="{TOP + SIDE_Y + 36}" text-anchor="middle">'
        f"{escape(x_label)}</text>",
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_label)}</text>",
    ]


def _path(points: Sequence[tuple[float, float]]) -> str:
    places = [_place(point) for point in points]
    return "M" + "L".join(f"{x} {y}" for x, y in places) if places else ""


def _place(point: tuple[float, float]) -> tuple[float, float]:
    """Give where (x, y) is in the picture."""
    return round(LEFT + point[0] * SIDE_X, 1), round(TOP + (1 - point[1]) * SIDE_Y, 1)
