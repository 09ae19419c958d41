from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pipelines.errors import ConfigurationError, InputError
from pipelines.handwriting.lines import (
    STEEPEST,
    WIDTH_STEP,
    LinePreprocessing,
    cut,
    extract_ink,
    find_ink,
    find_slope,
    is_long,
    normalise_line,
    read_line,
    shear,
)

PREPROCESSING = LinePreprocessing(height=32)


def _draw(text: str, *, size: int = 40, paper: int = 230, ink: int = 20) -> Image.Image:
    font = ImageFont.load_default(size)
    width = round(font.getlength(text)) + 2 * size
    picture = Image.new("L", (width, 2 * size), paper)
    ImageDraw.Draw(picture).text((size, size // 2), text, fill=ink, font=font)
    return picture


def test_line_has_the_height_asked_for_and_a_width_in_whole_frames() -> None:
    line = normalise_line(_draw("a line of text"), PREPROCESSING).pixels
    assert line.dtype == np.uint8
    assert line.shape[0] == 32
    assert line.shape[1] % WIDTH_STEP == 0
    assert line.max() > 200
    assert np.median(line) == 0


def test_aspect_is_kept() -> None:
    small = normalise_line(_draw("some words", size=30), PREPROCESSING).pixels
    large = normalise_line(_draw("some words", size=90), PREPROCESSING).pixels
    assert abs(small.shape[1] - large.shape[1]) <= 0.08 * large.shape[1]


def test_light_ink_on_dark_ground_is_turned_around() -> None:
    dark_on_light = normalise_line(_draw("inverted", paper=255, ink=0), PREPROCESSING).pixels
    light_on_dark = normalise_line(_draw("inverted", paper=0, ink=255), PREPROCESSING).pixels
    assert dark_on_light.shape == light_on_dark.shape
    assert np.abs(dark_on_light.astype(int) - light_on_dark).mean() < 2


def test_uneven_light_is_taken_away() -> None:
    even = np.asarray(_draw("shadow on the page"), np.float32)
    shade = np.linspace(0.35, 1.0, even.shape[1], dtype=np.float32)
    uneven = Image.fromarray((even * shade).astype(np.uint8))
    first, second = extract_ink(_draw("shadow on the page")), extract_ink(uneven)
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.97
    assert second[:, :20].max() < 0.1  # the darkest paper is no ink


@pytest.mark.parametrize("size", [40, 160, 640])
def test_thick_strokes_stay_whole_however_large_the_picture(size: int) -> None:
    picture = _draw("HI", size=size)
    line = normalise_line(picture, PREPROCESSING).pixels
    small = normalise_line(_draw("HI", size=40), PREPROCESSING).pixels
    assert (line > 128).mean() == pytest.approx((small > 128).mean(), rel=0.15)


def test_faint_ink_is_stretched() -> None:
    faint = extract_ink(_draw("pencil", paper=230, ink=170))
    assert faint.max() > 0.95


@pytest.mark.parametrize("slope", [-0.08, -0.03, 0.05, 0.1])
def test_slope_is_found_and_levelled(slope: float) -> None:
    line = np.asarray(
        _draw("a rather long line that rises or falls on the page", size=20), np.uint8
    )
    height, width = line.shape
    rows = (1, 0, 0, -slope, 1, slope * width / 2 - height)
    tall = Image.fromarray(line).transform(
        (width, 3 * height), Image.Transform.AFFINE, rows, fillcolor=230
    )
    ink = extract_ink(tall)
    ink = cut(ink, find_ink(ink))
    step = 2 * STEEPEST / 24
    assert find_slope(ink) == pytest.approx(slope, abs=1.5 * step)
    levelled = find_ink(shear(ink, find_slope(ink)))
    assert levelled.bottom - levelled.top < ink.shape[0]


def test_a_level_line_stays_level_and_a_short_word_as_it_is() -> None:
    ink = extract_ink(_draw("this line is level from end to end of it"))
    assert abs(find_slope(ink)) <= STEEPEST / 6
    assert is_long(ink)
    assert not is_long(extract_ink(_draw("of")))


@pytest.mark.parametrize("slope", [-0.08, 0.0, 0.05])
def test_the_pixels_of_a_line_know_where_they_come_from(slope: float) -> None:
    values = np.full((300, 900), 255, np.uint8)
    columns = np.arange(100, 800)
    rows = 150 + np.round(slope * (columns - 450)).astype(int)
    for thick in range(20):
        values[rows + thick, columns] = 0
    pixels, placement = normalise_line(Image.fromarray(values), LinePreprocessing(height=64))
    inked = np.argwhere(pixels > 128)
    (top, left), (bottom, right) = inked.min(axis=0), inked.max(axis=0) + 1
    found = placement.place([(left, top), (right, bottom)])
    expected = [(100, 150 - slope * 350), (800, 170 + slope * 350)]
    np.testing.assert_allclose(found, expected, atol=3)


def test_blank_paper_gives_a_blank_line() -> None:
    for value in (0, 128, 255):
        blank = normalise_line(Image.new("L", (300, 50), value), PREPROCESSING).pixels
        assert blank.shape == (32, 192)
        assert blank.max() == 0


def test_the_grain_of_blank_paper_is_not_blown_up_to_ink() -> None:
    grain = np.random.default_rng(0).normal(200, 3, (60, 400)).clip(0, 255).astype(np.uint8)
    assert extract_ink(Image.fromarray(grain)).mean() < 0.1


def test_one_pixel_is_one_frame() -> None:
    line = read_line(np.zeros((1, 1), np.uint8), LinePreprocessing(height=64, deskew=False))
    assert line.shape == (64, 64)
    narrow = read_line(np.zeros((500, 1), np.uint8), PREPROCESSING)
    assert narrow.shape == (32, WIDTH_STEP)


def test_very_wide_lines_are_read_and_wider_ones_refused() -> None:
    wide = np.full((64, 20_000), 255, np.uint8)
    wide[20:40, ::40] = 0
    assert read_line(wide, LinePreprocessing(height=32)).shape[1] > 10_000
    with pytest.raises(InputError, match="too wide for one line; crop it"):
        read_line(np.full((2, 20_000), 255, np.uint8), PREPROCESSING)


def test_a_line_is_made_wider_and_no_higher() -> None:
    picture = np.full((40, 300), 255, np.uint8)
    picture[10:30, 10:290] = 0  # of 20 x 280 pixels, with margins 24 x 284
    line = read_line(picture, LinePreprocessing(height=24, deskew=False))
    wider = read_line(picture, LinePreprocessing(height=24, deskew=False, stretch=1.5))
    assert (line.shape, wider.shape) == ((24, 284), (24, 428))
    with pytest.raises(InputError, match="at most 341 times the height of the writing"):
        read_line(np.full((2, 20_000), 255, np.uint8), LinePreprocessing(64, stretch=1.5))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("height", 0), ("height", 10**9), ("stretch", 0.0), ("stretch", -1.0), ("stretch", math.inf)],
)
def test_a_size_that_no_line_has_is_refused(setting: str, value: float) -> None:
    with pytest.raises(ConfigurationError, match=f"{setting} {value} is "):
        LinePreprocessing(**{setting: value})  # type: ignore[arg-type]
