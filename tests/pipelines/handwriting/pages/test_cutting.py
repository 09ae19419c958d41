"""Finding lines with the built-in network, on pages drawn in a font."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipelines.bundle.folder import find
from pipelines.handwriting.geometry import Box, bound
from pipelines.handwriting.pages import FoundLine, FoundPage, find_lines
from pipelines.handwriting.pages.finding import load_finder
from pipelines.session import Graph

WORDS = ["some words on a page", "of more than one line", "that a person", "wrote down in haste"]
PAPER, INK = 225, 30
EXAMPLES = Path(__file__).parents[4] / "examples"


@pytest.fixture(scope="module")
def finder() -> Graph:
    return load_finder(find("handwriting-latin"), device="cpu", threads=2)


def _page(lines: list[str], *, spacing: int = 60, size: int = 32, left: int = 60) -> Image.Image:
    page = Image.new("L", (720, spacing * len(lines) + 120), PAPER)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size)
    for number, text in enumerate(lines):
        draw.text((left, 60 + number * spacing), text, fill=INK, font=font)
    return page


def _box(line: FoundLine) -> Box:
    return bound(line.placement.place(Box(0, 0, *line.grey.size).corners))


def _boxes(page: FoundPage) -> list[Box]:
    return [_box(line) for line in page.lines]


@pytest.mark.parametrize("angle", [0.0, 2.5, -4.0, 12.0])
def test_lines_are_found_from_top_to_bottom(finder: Graph, angle: float) -> None:
    page = _page(WORDS).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=PAPER)
    boxes = _boxes(find_lines(page, finder))
    assert len(boxes) == len(WORDS)
    middles = [box.top + box.bottom for box in boxes]
    assert middles == sorted(middles)


def _letter(count: int) -> Image.Image:
    """A page with a written line, several times."""
    with Image.open(EXAMPLES / "linea.png") as picture:
        line = picture.convert("L")
    page = Image.new("L", (line.width + 120, count * line.height * 2 + 100), 255)
    for number in range(count):
        page.paste(line, (60, 60 + 2 * number * line.height))
    return page


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_page_on_its_side_is_turned(finder: Graph, quarters: int) -> None:
    page = _letter(6)
    expected = find_lines(page, finder)
    turned = Image.fromarray(np.rot90(np.asarray(page), quarters))

    def choose(first: FoundPage, second: FoundPage) -> FoundPage:
        return first if first.quarters == quarters else second

    found = find_lines(turned, finder, choose=choose)
    assert (expected.quarters, found.quarters) == (0, quarters)
    assert len(found.lines) == len(expected.lines) == 6
    for line, wanted in zip(found.lines, expected.lines, strict=True):
        np.testing.assert_allclose(line.grey.size, wanted.grey.size, atol=12)
        box = _box(line)
        assert 0 <= box.left < box.right <= turned.width + 1
        assert 0 <= box.top < box.bottom <= turned.height + 1
        ink = np.asarray(turned)[box.top : box.bottom, box.left : box.right] < 128
        assert ink.sum() == pytest.approx((np.asarray(wanted.grey) < 128).sum(), rel=0.2)


def test_boxes_hold_the_ink_of_their_line_and_lie_in_the_picture(finder: Graph) -> None:
    page = _page(WORDS)
    values = np.asarray(page)
    inside = np.zeros(values.shape, bool)
    for box in _boxes(find_lines(page, finder)):
        assert 0 <= box.left < box.right <= page.width
        assert 0 <= box.top < box.bottom <= page.height
        inside[box.top : box.bottom, box.left : box.right] = True
    assert not (values < 128)[~inside].any()


def test_uneven_light_and_dark_ground_change_nothing(finder: Graph) -> None:
    page = np.asarray(_page(WORDS), np.float32)
    shade = np.linspace(0.4, 1.0, page.shape[1], dtype=np.float32)
    half = np.clip(np.linspace(-8, 9, page.shape[1]), 0.45, 1.0)
    expected = _boxes(find_lines(_page(WORDS), finder))
    for other in (page * shade, page * half, 255 - page):
        found = _boxes(find_lines(Image.fromarray(other.astype(np.uint8)), finder))
        assert len(found) == len(expected)
        for box, wanted in zip(found, expected, strict=True):
            np.testing.assert_allclose(box, wanted, atol=12)


def test_a_sheet_on_a_desk_is_read_and_the_desk_is_not(finder: Graph) -> None:
    page = _page(WORDS)
    desk = Image.new("L", (page.width + 300, page.height + 260), 60)
    desk.paste(page, (140, 150))
    boxes = _boxes(find_lines(desk, finder))
    assert len(boxes) == len(WORDS)
    for box in boxes:
        assert box.left > 140
        assert box.bottom < 150 + page.height


def test_a_frame_around_the_page_is_no_line(finder: Graph) -> None:
    page = _page(WORDS)
    ImageDraw.Draw(page).rectangle((5, 5, page.width - 6, page.height - 6), outline=INK, width=3)
    boxes = _boxes(find_lines(page, finder))
    assert len(boxes) == len(WORDS)
    assert boxes[0].left > 20


def test_a_note_up_the_margin_takes_no_line_away(finder: Graph) -> None:
    page = _page(WORDS * 2, left=160)
    note = Image.new("L", (400, 50), PAPER)
    font = ImageFont.load_default(32)
    ImageDraw.Draw(note).text((5, 5), "up the margin by hand", fill=INK, font=font)
    page.paste(note.rotate(90, expand=True), (40, 80))
    boxes = _boxes(find_lines(page, finder))
    assert len(boxes) == len(WORDS) * 2
    assert all(box.left > 120 for box in boxes)


def test_columns_are_read_one_after_the_other_and_rows_across(finder: Graph) -> None:
    page = Image.new("L", (900, 320), PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(32)
    for row in range(3):
        draw.text((40, 60 + 70 * row), "left column", fill=INK, font=font)
        draw.text((520, 60 + 70 * row), "right column", fill=INK, font=font)
    columns = [box.left < 450 for box in _boxes(find_lines(page, finder))]
    rows = [box.left < 450 for box in _boxes(find_lines(page, finder, "rows"))]
    assert columns == [True] * 3 + [False] * 3
    assert rows == [True, False] * 3


def test_a_large_page_is_found_in_its_own_pixels(finder: Graph) -> None:
    small = _page(WORDS)
    large = small.resize((small.width * 5, small.height * 5), Image.Resampling.BICUBIC)
    boxes, expected = _boxes(find_lines(large, finder)), _boxes(find_lines(small, finder))
    assert len(boxes) == len(expected)
    for box, wanted in zip(boxes, expected, strict=True):
        np.testing.assert_allclose(np.array(box) / 5, wanted, atol=12)


@pytest.mark.parametrize("size", [120, 240, 320, 400, 440])
def test_large_writing_is_found_whole(finder: Graph, size: int) -> None:
    words = ["Hello", "world"]
    page = Image.new("L", (1600, round(1.4 * size * len(words)) + 200), PAPER)
    for number, word in enumerate(words):
        top = 100 + round(1.4 * number * size)
        font = ImageFont.load_default(size)
        ImageDraw.Draw(page).text((100, top), word, fill=INK, font=font)
    boxes = _boxes(find_lines(page, finder))
    ink = np.asarray(page) < 128
    assert len(boxes) == len(words)
    assert sum(ink[top:bottom, left:right].sum() for left, top, right, bottom in boxes) == ink.sum()


@pytest.mark.parametrize("quarters", [0, 1])
def test_the_lines_of_a_long_strip_are_found(finder: Graph, quarters: int) -> None:
    strip = _page([f"{number} apples and pears" for number in range(70)], left=20)
    strip = strip.crop((0, 0, 400, strip.height)).rotate(90 * quarters, expand=True)
    assert len(find_lines(strip, finder).lines) == 70


@pytest.mark.parametrize("angle", [-18.0, -10.0, 14.0])
def test_dense_lines_of_a_steep_page_are_kept_apart(finder: Graph, angle: float) -> None:
    page = _page([" ".join(WORDS[:3])] * 14, spacing=44, size=24)
    steep = page.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=PAPER)
    ink = (np.asarray(page) < 128).sum() / 14
    lines = find_lines(steep, finder).lines
    assert len(lines) == 14
    for line in lines:
        assert (np.asarray(line.grey) < 128).sum() == pytest.approx(ink, rel=0.2)


def test_strokes_of_other_lines_are_painted_over(finder: Graph) -> None:
    texts = ("a line above", "and a line below")
    page = _page(list(texts), spacing=40)
    lines = find_lines(page, finder).lines
    for line, text in zip(lines, texts, strict=True):
        ink = (np.asarray(line.grey) < 128).sum()
        alone = Image.new("L", (720, 100), PAPER)
        ImageDraw.Draw(alone).text((60, 40), text, fill=INK, font=ImageFont.load_default(32))
        assert ink == pytest.approx((np.asarray(alone) < 128).sum(), rel=0.15)


def _rule(page: Image.Image, step: int, first: int, darkness: int) -> Image.Image:
    ruled = page.copy()
    draw = ImageDraw.Draw(ruled)
    for row in range(first, page.height, step):
        draw.line((0, row, page.width, row + 2), fill=darkness, width=2)
        for dash in range(0, page.width, 48):  # some rules are printed unevenly
            draw.line((dash, row, dash + 30, row), fill=darkness - 60, width=2)
    draw.line((35, 0, 35, page.height), fill=darkness - 60, width=2)
    return ruled


@pytest.mark.parametrize("first", [8, 20, 52])
def test_rules_between_lines_are_left_out(finder: Graph, first: int) -> None:
    page = _page(WORDS, left=80)
    plain = _boxes(find_lines(page, finder))
    ruled = _boxes(find_lines(_rule(page, 60, first, 160), finder))
    assert len(ruled) == len(plain)
    for box, wanted in zip(ruled, plain, strict=True):
        assert box.left > 60
        assert abs(box.top - wanted.top) <= 6
        assert abs(box.bottom - wanted.bottom) <= 6


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_paper_has_no_lines(finder: Graph, value: int) -> None:
    assert find_lines(Image.new("L", (800, 1000), value), finder).lines == ()


@pytest.mark.parametrize("grain", [4, 8, 15])
def test_grainy_paper_has_no_lines(finder: Graph, grain: int) -> None:
    noise = np.random.default_rng(0).normal(0, grain, (700, 600))
    page = Image.fromarray(np.clip(PAPER + noise, 0, 255).astype(np.uint8))
    assert find_lines(page, finder).lines == ()


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (3, 3)])
def test_tiny_pictures_have_no_lines(finder: Graph, size: tuple[int, int]) -> None:
    assert find_lines(Image.new("L", size, 200), finder).lines == ()
