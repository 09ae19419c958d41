from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import InputError
from pipelines.handwriting.page_xml import LayoutLine, PageLayout, cut_lines

BOX = ((10.0, 10.0), (90.0, 10.0), (90.0, 30.0), (10.0, 30.0))


def cut(line: LayoutLine, size: tuple[int, int] = (100, 100), **layout: object):  # type: ignore[no-untyped-def]
    page = PageLayout("a.png", (line,), **layout)  # type: ignore[arg-type]
    (found,) = cut_lines(Image.new("L", size, 200), page, "leaf.xml")
    return found


def test_a_line_is_the_box_around_its_polygon() -> None:
    found = cut(LayoutLine("l", BOX))
    assert found.box == (10, 10, 90, 30)
    assert found.grey.size == (80, 20)
    assert found.problem == ""


def test_outside_of_the_polygon_is_paper() -> None:
    values = np.full((20, 20), 200, np.uint8)
    values[:, 10:] = 0
    page = PageLayout("", (LayoutLine("l", ((2, 2), (9, 2), (9, 18), (2, 10))),))
    (found,) = cut_lines(Image.fromarray(values), page, "leaf.xml")
    assert np.asarray(found.grey).min() == 200


@pytest.mark.parametrize("degrees", [0, 15, -15, 90, 100, 180, -170, -90])
def test_a_line_is_turned_along_its_baseline(degrees: int) -> None:
    page = Image.new("L", (200, 200), 220)
    page.paste(90, (40, 97, 160, 103))
    page.paste(0, (40, 90, 60, 97))  # at the upper left of the line
    middle, turn = np.array([100, 100]), np.deg2rad(degrees)
    falling = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    def place(*points: tuple[float, float]) -> tuple[tuple[float, float], ...]:
        moved = (np.array(points) - middle) @ falling + middle
        return tuple((float(x), float(y)) for x, y in moved)

    line = LayoutLine(
        "l", place((38, 88), (162, 88), (162, 112), (38, 112)), place((38, 108), (162, 108))
    )
    turned = page.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=220)
    (found,) = cut_lines(turned, PageLayout("", (line,)), "leaf.xml")
    rows, columns = np.nonzero(np.asarray(found.grey) < 150)
    assert np.ptp(rows) < 18 < 115 < np.ptp(columns)
    rows, columns = np.nonzero(np.asarray(found.grey) < 40)
    assert columns.mean() < 40
    ((x, y),) = found.placement.place([(columns.mean(), rows.mean())])
    np.testing.assert_allclose((x, y), place((50, 93.5))[0], atol=2)


def test_what_lies_beyond_the_picture_is_cut_off() -> None:
    found = cut(LayoutLine("l", ((-5, -5), (500, -5), (1e30, 500))))
    assert found.box == (0, 0, 100, 100)
    beyond = cut(LayoutLine("l", ((500, 500), (600, 500), (600, 520))))
    assert beyond.grey is None
    assert beyond.problem == "outside of its picture of 100 x 100 pixels"
    assert cut(LayoutLine("l", BOX[:2])).problem.startswith("no polygon and no baseline")


@pytest.mark.parametrize("size", [(50, 50), (200, 200), (200, 203)])
def test_a_picture_of_another_size_is_cut_in_the_same_place(size: tuple[int, int]) -> None:
    found = cut(LayoutLine("l", BOX, ((10, 25), (90, 25))), size, width=100.0, height=100.0)
    scale = size[0] / 100
    np.testing.assert_allclose(found.box, np.multiply((10, 10, 90, 30), scale), atol=1)
    np.testing.assert_allclose(found.line.baseline[0], np.multiply((10, 25), scale), atol=1)


@pytest.mark.parametrize("unit", ["mm10", "inch1200"])
def test_lengths_become_pixels_by_the_size_of_the_page(unit: str) -> None:
    line = LayoutLine("l", tuple((10 * x, 10 * y) for x, y in BOX))
    assert cut(line, width=1000.0, height=1000.0, unit=unit).box == (10, 10, 90, 30)
    with pytest.raises(InputError, match=f"leaf.xml: lengths in {unit}, but no WIDTH and HEIGHT"):
        cut(line, unit=unit)


def test_a_picture_of_another_shape_is_refused() -> None:
    with pytest.raises(InputError, match="100 x 50 has another shape than its picture of 100 x"):
        cut(LayoutLine("l", BOX), width=100.0, height=50.0)


def test_a_smaller_copy_of_a_file_is_cut_in_the_same_place() -> None:
    page = PageLayout("", (LayoutLine("l", BOX),))
    (found,) = cut_lines(Image.new("L", (50, 50)), page, "leaf.xml", factor=2)
    assert found.box == (5, 5, 45, 15)


def test_a_baseline_without_a_polygon_is_cut_by_the_height_of_lines() -> None:
    lines = [LayoutLine(str(y), (), ((10, y), (90, y + 2))) for y in (100, 160, 220)]
    found = cut_lines(Image.new("L", (200, 300)), PageLayout("", tuple(lines)), "leaf.xml")
    for line, y in zip(found, (100, 160, 220), strict=True):
        assert line.box.top == y - 48
        assert line.box.bottom == y + 20
        assert line.box.left < 10
    (alone,) = cut_lines(Image.new("L", (200, 300)), PageLayout("", (lines[0],)), "leaf.xml")
    assert 8 <= alone.box.bottom - alone.box.top < 20
