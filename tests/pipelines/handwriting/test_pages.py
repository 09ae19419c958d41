from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipelines.handwriting.geometry import Box
from pipelines.handwriting.pages import find_lines

WORDS = ["some words on a page", "of more than one line", "that a person", "wrote down in haste"]
PAPER, INK = 225, 30


def _page(lines: list[str], *, spacing: int = 60, size: int = 32, left: int = 60) -> Image.Image:
    page = Image.new("L", (720, spacing * len(lines) + 120), PAPER)
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(size)
    for number, text in enumerate(lines):
        draw.text((left, 60 + number * spacing), text, fill=INK, font=font)
    return page


@pytest.mark.parametrize("angle", [0.0, 2.5, -4.0])
def test_lines_are_found_from_top_to_bottom(angle: float) -> None:
    page = _page(WORDS).rotate(angle, Image.Resampling.BICUBIC, fillcolor=PAPER)
    tops = [line.box.top for line in find_lines(page)]
    assert len(tops) == len(WORDS)
    assert tops == sorted(tops)


def test_boxes_hold_the_ink_of_their_line_and_lie_in_the_picture() -> None:
    page = _page(WORDS)
    values = np.asarray(page)
    boxes = [line.box for line in find_lines(page)]
    inside = np.zeros(values.shape, bool)
    for box in boxes:
        assert 0 <= box.left < box.right <= page.width
        assert 0 <= box.top < box.bottom <= page.height
        inside[box.top : box.bottom, box.left : box.right] = True
    assert not (values < 128)[~inside].any()


def test_uneven_light_and_dark_ground_change_nothing() -> None:
    page = np.asarray(_page(WORDS), np.float32)
    shade = np.linspace(0.4, 1.0, page.shape[1], dtype=np.float32)
    expected = [line.box for line in find_lines(_page(WORDS))]
    for other in (page * shade, 255 - page):
        found = [line.box for line in find_lines(Image.fromarray(other.astype(np.uint8)))]
        assert len(found) == len(expected)
        for box, wanted in zip(found, expected, strict=True):
            np.testing.assert_allclose(box, wanted, atol=8)


def test_columns_side_by_side_are_read_left_to_right() -> None:
    page = _page(["left one", "left two"], left=20)
    draw = ImageDraw.Draw(page)
    draw.text((480, 64), "right one", fill=INK, font=ImageFont.load_default(32))
    boxes = [line.box for line in find_lines(page)]
    assert len(boxes) == 3
    assert boxes[0].right < boxes[1].left
    assert boxes[2].top > boxes[0].bottom - 20


def test_a_large_page_is_found_in_its_own_pixels() -> None:
    small = _page(WORDS)
    large = small.resize((small.width * 5, small.height * 5), Image.Resampling.BICUBIC)
    boxes = [line.box for line in find_lines(large)]
    expected = [line.box for line in find_lines(small)]
    assert len(boxes) == len(expected)
    for box, wanted in zip(boxes, expected, strict=True):
        np.testing.assert_allclose(np.array(box) / 5, wanted, atol=8)


def test_strokes_of_other_lines_are_painted_over() -> None:
    page = _page(["a line above", "and a line below"], spacing=40)
    font = ImageFont.load_default(32)
    for line, text in zip(find_lines(page), ("a line above", "and a line below"), strict=True):
        ink = (np.asarray(line.grey) < 128).sum()
        alone = Image.new("L", (720, 100), PAPER)
        ImageDraw.Draw(alone).text((60, 40), text, fill=INK, font=font)
        assert ink == pytest.approx((np.asarray(alone) < 128).sum(), rel=0.1)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_paper_has_no_lines(value: int) -> None:
    assert find_lines(Image.new("L", (800, 1000), value)) == []


@pytest.mark.parametrize("grain", [4, 8, 15])
def test_grainy_paper_has_no_lines(grain: int) -> None:
    noise = np.random.default_rng(0).normal(0, grain, (700, 600))
    page = Image.fromarray(np.clip(PAPER + noise, 0, 255).astype(np.uint8))
    assert find_lines(page) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (3, 3)])
def test_tiny_pictures_have_no_lines(size: tuple[int, int]) -> None:
    assert find_lines(Image.new("L", size, 200)) == []


def test_a_frame_around_the_page_is_no_line() -> None:
    page = _page(WORDS)
    ImageDraw.Draw(page).rectangle((5, 5, page.width - 6, page.height - 6), outline=INK, width=3)
    boxes = [line.box for line in find_lines(page)]
    assert len(boxes) == len(WORDS)
    assert isinstance(boxes[0], Box)
    assert boxes[0].left > 20
