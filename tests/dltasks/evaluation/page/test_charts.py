from __future__ import annotations

from dltasks.evaluation.page.charts import LEFT, MOST_POINTS, SIDE_X, SIDE_Y, TOP, Line, chart

from .pages import parse


def test_points_lie_where_their_values_are() -> None:
    root = parse(chart("title", "x", "y", [Line("a", [(0.0, 0.0), (0.5, 1.0)])]))
    places = [
        (float(item.attributes["cx"] or 0), float(item.attributes["cy"] or 0))
        for item in root.all("circle")
    ]
    assert places == [(LEFT, TOP + SIDE_Y), (LEFT + SIDE_X / 2, TOP)]


def test_axes_and_lines_have_names_as_text() -> None:
    root = parse(chart("<title>", "<x>", "<y>", [Line("<a>", []), Line("<b>", [])], diagonal=True))
    texts = [item.content for item in root.all("text")]
    assert {"<x>", "<y>", "<a>", "<b>", "0%", "100%"} <= set(texts)
    assert root.all("svg")[0].attributes["aria-label"] == "<title>"


def test_a_long_curve_stays_small() -> None:
    points = [(index / 100_000, 0.5) for index in range(100_001)]
    root = parse(chart("title", "x", "y", [Line("a", points)]))
    assert MOST_POINTS / 2 < len(root.all("circle")) <= MOST_POINTS + 1
