"""What value is white is told by the file, or it is refused; nothing is guessed."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from pipelines.errors import InputError
from pipelines.images import ImagePreprocessing, read_image
from tests.pipelines.test_images import encode

ROW = ImagePreprocessing(height=1, width=4)


def tiff(values: np.ndarray, **tags: Any) -> bytes:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        info[int(tag.removeprefix("tag"))] = value
    return encode(Image.fromarray(values), "TIFF", tiffinfo=info)


def row_of(source: Any) -> list[int]:
    found: list[int] = read_image(source, ROW)[0, :, 0].tolist()
    return found


def test_a_dark_16_bit_picture_stays_dark() -> None:
    values = np.array([[0, 257, 514, 771]], np.uint16)
    for kind in ("PNG", "TIFF", "JPEG2000"):
        options = {"irreversible": False} if kind == "JPEG2000" else {}
        content = encode(Image.fromarray(values), kind, **options)
        assert row_of(content) == [0, 1, 2, 3]
        assert row_of(Image.open(io.BytesIO(content))) == [0, 1, 2, 3]


def test_a_16_bit_pgm_is_scaled_by_what_it_says_is_white() -> None:
    content = b"P5 4 1 1000\n" + np.array([0, 200, 500, 1000], ">u2").tobytes()
    assert row_of(content) == [0, 51, 128, 255]
    assert row_of(Image.open(io.BytesIO(content))) == [0, 51, 128, 255]


def test_a_tiff_whose_zero_is_white_is_not_read_as_a_negative() -> None:
    values = np.array([[0, 65535, 32896, 0]], np.uint16)
    content = bytearray(tiff(values))
    place = content.index(b"\x06\x01\x03\x00\x01\x00\x00\x00\x01\x00")  # 262, SHORT, 1 value
    content[place + 8] = 0
    assert row_of(bytes(content)) == [255, 0, 127, 255]


def test_floating_point_is_0_to_1_or_what_the_tiff_says() -> None:
    values = np.array([[0, 0.2, 1.0, np.nan]], np.float32)
    assert row_of(tiff(values)) == [0, 51, 255, 0]
    assert row_of(Image.fromarray(values)) == [0, 51, 255, 0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([[0, 0.2, 255, 3]], np.float32), r"pixels of 0 to 255, where 0 to 1 is expected"),
        (np.array([[-1, 0, 1, 1]], np.float32), r"pixels of -1 to 1, where 0 to 1"),
        (np.array([[0, 1, np.inf, 0]], np.float32), r"pixels of 0 to inf, where"),
        (np.array([[0, 1, 255, 3]], np.int32), r"32-bit integers do not tell which value is white"),
    ],
)
def test_a_range_that_is_not_told_is_refused(values: np.ndarray, message: str) -> None:
    for source in (tiff(values), Image.fromarray(values)):
        with pytest.raises(InputError, match=f"{message}.*scale it so that white is 255"):
            read_image(source, ROW)


def test_an_array_with_one_channel_is_grey() -> None:
    values = np.array([[[0], [51], [102], [255]]], np.uint8)
    assert row_of(values) == [0, 51, 102, 255]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.full((4, 4, 3), 0.5), r"float64 \[4, 4, 3\].*values are 0.5 to 0.5: multiply by 255"),
        (np.full((4, 4), 200.0, np.float32), r"values are 200 to 200: convert with .*if white is"),
        (np.full((4, 4), 4000, np.uint16), r"uint16 \[4, 4\].*4000 to 4000: scale them so that"),
        (np.full((4, 4), -3), r"int64.*values are -3 to -3: scale"),
        (np.full((4, 4), np.nan), r"float64.*nan to nan: scale"),
        (np.full((4, 4), True), r"bool.*values are 1 to 1: multiply by 255"),
        (np.zeros((2, 4, 4, 3), np.uint8), r"\[2, 4, 4, 3\].*give several to `stream`"),
        (np.zeros((4, 4, 2), np.uint8), r"\[height, width, 1\], \[height, width, 3\] or"),
        (np.full((4, 4), "red"), r"array of <U3"),
    ],
)
def test_an_array_of_another_range_is_told_what_is_expected(
    array: np.ndarray, message: str
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_image(array, ROW)
    assert "uint8 from 0 to 255" in str(caught.value)


def test_a_list_and_an_address_are_told_what_takes_them() -> None:
    with pytest.raises(InputError, match="<list> of 2 is not one image; give a list to `stream`"):
        read_image(["a.jpg", "b.jpg"], ROW)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"https://example\.org/a\.jpg: .*fetch it"):
        read_image("https://example.org/a.jpg", ROW)
