"""Pages of PDFs and TIFFs: all of them, in order, and one at a time."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import InputError, MissingExtraError
from pipelines.images import (
    DocumentPage,
    describe,
    open_image,
    open_pages,
    pdf,
    read_page,
    tiff,
)
from tests.documents import BROKEN, ENCRYPTED, make_pdf, make_tiff, write_raw_pdf

GREYS = (40, 120, 200)
MAKERS: dict[str, Callable[..., bytes]] = {"a.pdf": make_pdf, "a.tif": make_tiff}
MOST_MEGABYTES = 150
READ_ALL = """
import sys
from pipelines.images import open_pages, read_page

def peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) // 1024

pages = open_pages(sys.argv[1])
read_page(next(pages))
before = peak()
for page in pages:
    read_page(page)
print(peak() - before, page.number)
"""


def sheets(size: tuple[int, int] = (60, 40)) -> list[Image.Image]:
    return [Image.new("L", size, grey) for grey in GREYS]


def brightness(source: Any) -> int:
    return round(float(np.asarray(read_page(source).grey).mean()))


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("kind", [Path, str, bytes, open, io.BytesIO])
def test_pages_come_in_order_from_any_source(name: str, kind: Any, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(MAKERS[name](sheets()))
    if kind in (Path, str):
        source = kind(path)
    else:
        source = path.open("rb") if kind is open else kind(path.read_bytes())
    pages = list(open_pages(source))
    if kind is open:
        source.close()
    np.testing.assert_allclose([brightness(page) for page in pages], GREYS, atol=2)
    where = str(path) if kind in (Path, str, open) else f"<{kind.__name__}>"
    assert [describe(page) for page in pages] == [f"{where} page {n}" for n in (1, 2, 3)]
    third = pages[2]
    assert isinstance(third, DocumentPage)
    assert (third.file, third.number, third.count) == (where, 3, 3)
    assert brightness(third) == brightness(third)


def test_a_page_is_drawn_with_300_dots_per_inch_in_colour(tmp_path: Path) -> None:
    (page,) = open_pages(make_pdf([Image.new("RGB", (120, 90), (200, 40, 40))]))
    with open_image(page) as picture:
        assert (picture.size, picture.mode) == ((120, 90), "RGB")
        assert picture.info["dpi"] == pytest.approx((300, 300))
        np.testing.assert_allclose(picture.getpixel((60, 45)), (200, 40, 40), atol=3)


def test_a_very_large_page_is_drawn_with_fewer_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLTASKS_MAX_PIXELS", "20000")
    huge = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 14400 7200]>>"
    (page,) = open_pages(write_raw_pdf([huge]))
    with open_image(page) as picture:
        assert picture.width * picture.height == pytest.approx(10_000, rel=0.03)
        assert picture.width == pytest.approx(2 * picture.height, abs=2)


def test_a_picture_is_one_page_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(make_tiff(sheets()[:1]))
    array = np.zeros((2, 2), np.uint8)
    for source in (str(path), path, path.read_bytes(), tmp_path / "gone.png", array, b"", "\0"):
        (page,) = open_pages(source)
        assert page is source


@pytest.mark.parametrize("name", MAKERS)
def test_a_file_of_several_pages_is_not_read_as_one(name: str) -> None:
    content = MAKERS[name](sheets())
    with pytest.raises(InputError, match="3 pages in one file; save each page as a file, or read"):
        read_page(content)
    assert brightness(MAKERS[name](sheets()[:1])) == pytest.approx(GREYS[0], abs=2)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.4", "cannot be read as a PDF: Failed to load document"),
        (b"\0" * 100 + b"%PDF-1.4 nothing", "cannot be read as a PDF"),
        (make_pdf([]), "cannot be read as a PDF"),
        (write_raw_pdf([""], ENCRYPTED), "needs a password; save a copy without one"),
    ],
)
def test_a_pdf_that_cannot_be_read_is_told_in_one_line(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "lettre été.pdf"
    path.write_bytes(content)
    for source in (path, content):
        with pytest.raises(InputError, match=message) as caught:
            list(open_pages(source))
        assert str(caught.value).startswith(f"{describe(source)}: ")
        assert "\n" not in str(caught.value)


def test_a_broken_page_of_a_pdf_fails_alone() -> None:
    first, broken, last = open_pages(write_raw_pdf(["", BROKEN, ""]))
    assert brightness(first) == brightness(last) == 255
    with pytest.raises(InputError, match="<bytes> page 2: cannot be read as a PDF: Failed to load"):
        read_page(broken)


def test_a_broken_page_of_a_tiff_fails_alone() -> None:
    content = bytearray(make_tiff(sheets((64, 64))))
    (directory,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, directory)
    (directory,) = struct.unpack_from("<I", content, directory + 2 + 12 * count)  # of page 2
    compression = content.index(struct.pack("<H", 259), directory)
    struct.pack_into("<H", content, compression + 8, 9999)
    first, broken, last = open_pages(bytes(content))
    assert (brightness(first), brightness(last)) == (GREYS[0], GREYS[2])
    with pytest.raises(InputError, match="<bytes> page 2: damaged image"):
        read_page(broken)


def test_a_tiff_that_is_cut_off_keeps_the_pages_before() -> None:
    content = make_tiff(sheets((64, 64)))
    pages = list(open_pages(content[: content.index(bytes([GREYS[2]]) * 200)]))
    assert [brightness(page) for page in pages[:2]] == list(GREYS[:2])


def test_very_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (pdf, tiff):
        monkeypatch.setattr(module, "MOST_PAGES", 2)
    with pytest.raises(InputError, match="refused, 3 pages are more than 2; split it"):
        list(open_pages(write_raw_pdf(["", "", ""])))
    with pytest.raises(InputError, match="refused, more than 2 pages in one file; split it"):
        list(open_pages(make_tiff(sheets())))
    assert len(list(open_pages(make_tiff(sheets()[:2])))) == 2


def test_pages_are_opened_one_at_a_time_in_constant_memory(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("memory is counted in another way")
    path = tmp_path / "a.pdf"
    path.write_bytes(write_raw_pdf([""] * 60))  # a page of A5 takes 13 megabytes in colour
    command = [sys.executable, "-c", READ_ALL, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    grown, number = map(int, done.stdout.split())
    assert number == 60
    assert grown < MOST_MEGABYTES


def test_pages_are_drawn_from_several_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    pages = list(open_pages(make_pdf(sheets() * 4)))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(brightness, pages))
    np.testing.assert_allclose(found, GREYS * 4, atol=2)


def test_a_pdf_names_the_extra_that_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(MissingExtraError, match=r'<bytes>: a PDF needs .* "dltasks\[pdf\]"'):
        list(open_pages(b"%PDF-1.4"))


@pytest.mark.parametrize("name", MAKERS)
def test_a_name_that_is_not_utf_8_is_read(name: str, tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("names are UTF-8")
    path = tmp_path / f"\udce9{name}"
    path.write_bytes(MAKERS[name](sheets()))
    assert [brightness(page) for page in open_pages(path)] == pytest.approx(GREYS, abs=2)
