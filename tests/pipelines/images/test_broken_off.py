"""Files without their last bytes: most of a picture is read and told of, less of it is refused."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.doubts import keep_doubts
from pipelines.errors import InputError
from pipelines.images import ImagePreprocessing, read_image, read_page
from tests.pipelines.test_images import encode, png

SIZE = ImagePreprocessing(height=100, width=150)
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("JPEG", {"quality": 90}),
    "progressive JPEG": ("JPEG", {"quality": 90, "progressive": True}),
    "PNG": ("PNG", {}),
    "BMP": ("BMP", {}),
    "PPM": ("PPM", {}),
}


@pytest.fixture(scope="module")
def picture(photograph: Path) -> Image.Image:
    with Image.open(photograph) as image:
        return image.resize((300, 200))


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_without_its_last_bytes_is_read_and_told_of(
    kind: str, mode: str, picture: Image.Image
) -> None:
    form, options = KINDS[kind]
    content = encode(picture.convert(mode), form, **options)
    whole = read_image(content, SIZE)
    with keep_doubts() as doubts:
        found = read_image(content[: len(content) * 19 // 20], SIZE)
    assert len(doubts) == 1
    assert "truncated, " in doubts[0]
    assert "of it is there and was read; get it again" in doubts[0]
    inside = np.s_[10:70]  # a BMP begins with the lowest row
    assert np.abs(found[inside].astype(int) - whole[inside]).mean() < 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_which_little_is_there_is_refused(kind: str, picture: Image.Image) -> None:
    form, options = KINDS[kind]
    content = encode(picture, form, **options)
    with pytest.raises(InputError, match=r"truncated, only \d+% of it is there; get it again"):
        read_image(content[: len(content) * 2 // 5], SIZE)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "I;16", "RGB"])
def test_pngs_of_every_kind_are_filled_up(mode: str, picture: Image.Image) -> None:
    pixels = np.random.default_rng(0).integers(0, 65536, (200, 300)).astype(np.uint16)
    image = Image.fromarray(pixels) if mode == "I;16" else picture.convert(mode)
    content = encode(image, "PNG")
    begin = content.index(b"IDAT")
    with keep_doubts() as doubts:
        assert read_image(content[: begin + (len(content) - begin) * 9 // 10], SIZE).any()
    assert len(doubts) == 1


def test_whole_files_are_not_told_of(picture: Image.Image) -> None:
    with keep_doubts() as doubts:
        for form, options in KINDS.values():
            read_image(encode(picture, form, **options), SIZE)
            read_image(encode(picture, form, **options) + b"and what a camera adds", SIZE)
    assert doubts == []


@pytest.mark.parametrize("percent", range(30, 100, 7))
def test_the_share_of_a_jpeg_does_not_depend_on_the_size_that_is_wanted(
    percent: int, photograph: Path
) -> None:
    content = photograph.read_bytes()
    told = set()
    for side in (8, 32, 224, 600):
        with keep_doubts() as doubts:
            try:
                read_image(content[: len(content) * percent // 100], ImagePreprocessing(side, side))
            except InputError as error:
                doubts.append(str(error))
        told.add(doubts[0])
    assert len(told) == 1


def test_only_the_last_two_bytes_of_a_jpeg_may_be_missing(picture: Image.Image) -> None:
    with keep_doubts() as doubts:
        read_image(encode(picture, "JPEG")[:-2], SIZE)
    assert "truncated, 99% of it is there" in doubts[0]


def test_a_page_that_breaks_off_is_told_of_with_its_name(
    picture: Image.Image, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "page.jpg"
    path.write_bytes(encode(picture, "JPEG", quality=95)[:-1500])
    read_page(path)
    (record,) = caplog.records
    assert (record.name, record.levelname) == ("dltasks", "WARNING")
    assert record.getMessage().startswith(f"{path}: truncated, 9")


def test_a_short_file_that_says_it_is_huge_takes_no_memory() -> None:
    side = 60_000
    bmp = b"BM" + struct.pack("<IIIIiiHHIIiiII", 99, 0, 54, 40, side, side, 1, 24, 0, 0, 0, 0, 0, 0)
    rows = zlib.compress(bytes(10 << 20))
    for short in (bmp, b"P6 60000 60000 255\n", png(side, side, 16, 6, b"")[:-40] + rows):
        tracemalloc.start()
        with pytest.raises(InputError):
            read_image(short, SIZE)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
        tracemalloc.stop()


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF", "TIFF", "JPEG2000"])
def test_what_decoders_cannot_give_is_refused(kind: str, picture: Image.Image) -> None:
    content = encode(picture, kind)
    with pytest.raises(InputError):
        read_image(content[: len(content) * 9 // 10], SIZE)


def test_an_interlaced_png_that_breaks_off_is_refused(picture: Image.Image) -> None:
    content = bytearray(encode(picture, "PNG"))
    content[28] = 1  # says that it is interlaced
    with pytest.raises(InputError):
        read_image(bytes(content[:-500]), SIZE)
