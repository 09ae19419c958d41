"""Reading the lines that a layout gives, in an app."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from pipelines import load
from pipelines.errors import InputError
from pipelines.handwriting.page_xml import LaidOutPage, LayoutLine, PageLayout
from pipelines.handwriting.pipeline import HandwritingRecognition
from pipelines.images import files
from tests.documents import make_pdf
from tests.line_reader import BarGraph, draw_bars, write_bundle

LINES = (
    LayoutLine("two", ((5, 85), (95, 80), (95, 125), (5, 125)), ((10, 118), (90, 117))),
    LayoutLine("one", ((5, 15), (95, 15), (300, 55), (5, 55))),
)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HandwritingRecognition:
    monkeypatch.setattr(HandwritingRecognition, "load_graphs", lambda self, threads: BarGraph())
    return load(write_bundle(tmp_path / "bars"), device="cpu", threads=2)


def page() -> Image.Image:
    picture = Image.new("L", (200, 160), 255)
    picture.paste(draw_bars("aab"), (10, 20))
    picture.paste(draw_bars("bba"), (10, 90))
    return picture


def test_lines_keep_the_places_that_the_layout_gives(reader: HandwritingRecognition) -> None:
    result = reader(LaidOutPage(page(), PageLayout("", LINES)))
    assert result.text == "bba\naab"
    first, second = result.lines
    assert (first.polygon, first.baseline) == (LINES[0].polygon, LINES[0].baseline)
    assert second.polygon == ((5, 15), (95, 15), (200, 55), (5, 55))  # within the picture
    assert len(second.baseline) == 2  # found in the picture
    assert (result.width, result.height) == (200, 160)


def test_lengths_are_of_the_picture_that_is_read(reader: HandwritingRecognition) -> None:
    larger = PageLayout(
        "",
        tuple(
            LayoutLine(line.identifier, tuple((10 * x, 10 * y) for x, y in line.polygon))
            for line in LINES
        ),
        2000,
        1600,
        "mm10",
    )
    result = reader(LaidOutPage(page(), larger))
    assert result.text == "bba\naab"
    assert result.lines[0].polygon == LINES[0].polygon


def test_a_large_jpeg_that_is_decoded_smaller_has_its_lines_in_the_same_places(
    reader: HandwritingRecognition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.jpg"
    page().resize((800, 640)).save(path, quality=95)
    scaled = tuple(
        LayoutLine(line.identifier, tuple((4 * x, 4 * y) for x, y in line.polygon))
        for line in LINES
    )
    monkeypatch.setattr(files, "MOST_PIXELS", 400 * 320)
    for layout in (PageLayout("", scaled), PageLayout("", scaled, 800, 640)):
        result = reader(LaidOutPage(path, layout))
        assert result.text == "bba\naab"
        assert result.lines[0].polygon == scaled[0].polygon
        assert (result.width, result.height) == (800, 640)


def test_pages_with_layouts_and_others_are_read_in_one_stream(
    reader: HandwritingRecognition,
) -> None:
    laid_out = LaidOutPage(page(), PageLayout("", LINES[1:]))
    of_pdf = LaidOutPage(make_pdf([page()]), PageLayout("", LINES[1:]))
    results = list(reader.stream([laid_out, draw_bars("ab"), of_pdf], batch_size=3))
    assert [result.text for result in results] == ["aab", "ab", "aab"]


def test_a_layout_without_a_line_in_the_picture_is_a_failure(
    reader: HandwritingRecognition,
) -> None:
    with pytest.raises(InputError, match="the layout line 1: no polygon and no baseline that can"):
        reader(LaidOutPage(page(), PageLayout("", (LayoutLine(""),))))
