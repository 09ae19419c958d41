"""Searchable PDFs: the page looks as before, and its text is found where it is written."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pypdfium2 import PdfDocument, PdfImage, PdfiumError

from pipelines.errors import InputError, MissingExtraError
from pipelines.handwriting.formats import SearchablePdf
from pipelines.handwriting.geometry import bound
from pipelines.handwriting.results import Handwriting, TextLine
from pipelines.images import DocumentPage, open_pages
from pipelines.images.metadata import ORIENTATION
from tests.documents import make_pdf, write_raw_pdf
from tests.pipelines.handwriting.formats.pages import BLANK, RESULT, line

TEXT = "un été\r\n<&> \"a\" 'b'"


def save(*pages: tuple[Any, Any]) -> bytes:
    pdf = SearchablePdf()
    for source, result in pages:
        pdf.add(source, result)
    file = io.BytesIO()
    pdf.save(file)
    assert len(pdf) == len(pages)
    pdf.close()
    return file.getvalue()


def texts(content: bytes) -> list[str]:
    document = PdfDocument(content)
    found = [page.get_textpage().get_text_range() for page in document]
    document.close()
    return found


def noise(width: int = 200, height: int = 180) -> Image.Image:
    grey = np.random.default_rng(0).integers(0, 256, (height // 10, width // 10), np.uint8)
    return Image.fromarray(grey).resize((width, height))


def draw(content: bytes, index: int = 0) -> np.ndarray:
    (*pages,) = open_pages(content)
    return np.asarray(pages[index].open_picture().convert("L")).astype(int)  # type: ignore[union-attr]


def places(content: bytes, word: str) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of a word, in pixels of 300 an inch, from the lower left."""
    document = PdfDocument(content)
    page = document[0].get_textpage()
    first, count = page.search(word).get_next()
    boxes = np.array([page.get_charbox(first + number, loose=True) for number in range(count)])
    document.close()
    left, bottom, right, top = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))
    return tuple(300 / 72 * np.array([left, bottom, right, top]))


def test_pages_have_their_texts_and_look_as_before() -> None:
    content = save((noise(), RESULT), (Image.new("L", (200, 180)), BLANK), (noise(), RESULT))
    assert texts(content) == [TEXT, "", TEXT]
    np.testing.assert_allclose(draw(content), np.asarray(noise()).astype(int), atol=60)
    assert np.abs(draw(content) - np.asarray(noise()).astype(int)).mean() < 4


def test_words_are_where_they_are_written() -> None:
    left, bottom, right, top = places(save((noise(), RESULT)), "été")
    assert (left, right) == pytest.approx((70, 110), abs=2)
    assert bottom < 180 - 49 < top  # the baseline is at 49 from above
    assert top - bottom == pytest.approx(40, abs=3)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_page_of_a_pdf_is_kept_whichever_way_it_is_turned(rotation: int) -> None:
    box = f"/MediaBox[10 20 58 {20 + 43.2}]/Rotate {rotation}"
    source = write_raw_pdf([f"<</Type/Page/Parent 2 0 R{box}>>"])
    (page,) = open_pages(source)
    with page.open_picture() as picture:  # type: ignore[union-attr]
        size = picture.size
    assert size == ((200, 180) if rotation % 180 == 0 else (180, 200))
    content = save((page, replace(RESULT, width=size[0], height=size[1])))
    document = PdfDocument(content)
    assert document[0].get_rotation() == rotation
    assert document[0].get_mediabox() == pytest.approx((10, 20, 58, 63.2))
    document.close()
    assert "un été" in texts(content)[0]


def test_the_text_of_an_earlier_reading_is_replaced() -> None:
    other = replace(RESULT, lines=(line("another", top=50),))
    (page,) = open_pages(save((noise(), RESULT)))
    assert texts(save((page, other))) == ["another"]


def test_a_page_of_a_pdf_keeps_its_pixels() -> None:
    source = make_pdf([noise()])
    (page,) = open_pages(source)
    content = save((page, RESULT))
    assert texts(content) == [TEXT]
    np.testing.assert_array_equal(draw(content), draw(source))


def test_a_jpeg_is_kept_as_it_is_unless_it_has_to_be_turned(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    noise().save(path, quality=30)
    assert path.read_bytes()[-200:] in save((path, RESULT))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    noise(180, 200).save(path, exif=exif)
    content = save((path, RESULT))
    assert draw(content).shape == (180, 200)
    assert texts(content) == [TEXT]


def test_what_pdfium_cannot_take_as_it_is_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.jpg"
    noise().save(path)
    load = PdfImage.load_jpeg

    def refuse(self: PdfImage, file: io.BytesIO, **options: Any) -> None:
        if file.getvalue() == path.read_bytes():
            raise PdfiumError("Failed to load JPEG into image object.")
        load(self, file, **options)

    def fail(self: DocumentPage, target: Any) -> bool:
        raise InputError("a.pdf page 1: cannot be read as a PDF")

    monkeypatch.setattr(PdfImage, "load_jpeg", refuse)
    assert texts(save((path, RESULT))) == [TEXT]
    monkeypatch.undo()
    monkeypatch.setattr(DocumentPage, "copy_to", fail)
    (page,) = open_pages(make_pdf([noise()]))
    assert texts(save((page, RESULT))) == [TEXT]


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "CMYK", "P", "I;16"])
def test_pictures_of_every_kind_become_pages(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    noise().convert("I" if mode == "I;16" else mode).convert(mode).save(path)
    assert texts(save((path, RESULT))) == [TEXT]


@pytest.mark.parametrize(
    ("dots", "points"), [(150, 96.0), (72, 48.0), (0, 48.0), (1, 48.0), (1e9, 48.0), (300, 48.0)]
)
def test_a_page_has_the_size_that_the_picture_says(
    dots: float, points: float, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    noise().save(path, dpi=(dots, dots) if dots < 1e5 else (65_000, 65_000))
    document = PdfDocument(save((path, RESULT)))
    assert document[0].get_width() == pytest.approx(points, abs=0.1)
    document.close()


@pytest.mark.parametrize("text", ["Ελλάς", "Москва", "Œuvre", "žluťoučký", "שלום", "書道", "𝔄x"])
def test_letters_of_any_script_are_found(text: str) -> None:
    result = replace(RESULT, lines=(line(text, top=50),))
    (found,) = texts(save((noise(), result)))
    assert sorted(found) == sorted(text)


def test_a_slanted_line_is_read_as_one() -> None:
    words = line("one", "two", "three", top=100)
    slanted = replace(
        words,
        words=tuple(
            replace(word, box=word.box._replace(top=word.box.top - 8 * number))
            for number, word in enumerate(words.words)
        ),
        baseline=((10, 130), (190, 100)),
    )
    assert texts(save((noise(), replace(RESULT, lines=(slanted,))))) == ["one two three"]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_lines_that_run_in_any_direction_have_their_words_in_place(quarters: int) -> None:
    """A page that was scanned on its side, read upright: places are those of the scan."""
    width, height = RESULT.width, RESULT.height
    turns = [
        lambda x, y: (x, y),
        lambda x, y: (height - y, x),
        lambda x, y: (width - x, height - y),
        lambda x, y: (y, width - x),
    ]

    def turn(points: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        return tuple(turns[quarters](*point) for point in points)

    def turn_line(line: TextLine) -> TextLine:
        words = tuple(replace(word, box=bound(turn(word.box.corners))) for word in line.words)
        outline = turn(line.polygon)
        return TextLine(line.text, words, bound(outline), turn(line.baseline), outline)

    size = (width, height) if quarters % 2 == 0 else (height, width)
    result = Handwriting(RESULT.text, tuple(map(turn_line, RESULT.lines)), *size)
    content = save((noise(*size), result))
    assert sorted(texts(content)[0].split()) == sorted(TEXT.split())
    left, bottom, right, top = places(content, "été")
    box = result.lines[0].words[1].box
    along = (
        ((left, right), (box.left, box.right))
        if quarters % 2 == 0
        else ((size[1] - top, size[1] - bottom), (box.top, box.bottom))
    )
    assert along[0] == pytest.approx(along[1], abs=3)


def test_a_searchable_pdf_names_the_extra_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(MissingExtraError, match=r'"dltasks\[pdf\]"'):
        SearchablePdf()
