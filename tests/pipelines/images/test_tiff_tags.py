"""Tags of a TIFF that its pixels do not need cannot harm, and a preview is not the picture."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from pipelines.errors import InputError
from pipelines.images import ImagePreprocessing, open_image, read_image
from pipelines.images.tiff_tags import MAGICS, lean_tiff
from tests.pipelines.images.test_metadata import ON_ITS_SIDE, TURN_RIGHT
from tests.pipelines.test_images import encode, four_colours

SAME_SIZE = ImagePreprocessing(height=16, width=24)
ODD = [(2, 900_000, 0x7FFFFFFF), (99, 1, 1), (12, 0xFFFFFFF0, 8), (4, 1, 0xFFFFFF00), (13, 1, 8)]


def with_entry(content: bytes, tag: int, entry: tuple[int, int, int]) -> bytes:
    """Give a TIFF, of Intel's order, in which the entry of a tag is another one."""
    (place,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, place)
    changed = bytearray(content)
    for begin in range(place + 2, place + 2 + 12 * count, 12):
        if struct.unpack_from("<H", content, begin)[0] == tag:
            struct.pack_into("<HHII", changed, begin, tag, *entry)
            return bytes(changed)
    raise AssertionError(f"no tag {tag}")


@pytest.mark.parametrize("entry", ODD)
@pytest.mark.parametrize("tag", [271, 282, 700, 34675, 34665, 34853])
def test_an_odd_tag_hides_neither_the_pixels_nor_the_orientation(
    tag: int, entry: tuple[int, int, int]
) -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[271], info[274], info[700], info[34675] = "maker", TURN_RIGHT, b"xmp", b"icc"
    info[34665], info[34853] = 8, 8
    info[282] = 300.0
    for kind in (34665, 34853):
        info.tagtype[kind] = 4
    content = encode(ON_ITS_SIDE, "TIFF", tiffinfo=info)
    found = read_image(with_entry(content, tag, entry), SAME_SIZE)
    np.testing.assert_array_equal(found, four_colours())


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I;16", "LAB"])
def test_tiffs_of_every_kind_keep_what_their_pixels_need(
    mode: str, compression: str | None
) -> None:
    grey = np.arange(24 * 16, dtype=np.uint16).reshape(16, 24) * 100
    picture = Image.fromarray(four_colours())
    image = Image.fromarray(grey) if mode == "I;16" else picture.convert(mode)
    content = encode(image, "TIFF", compression=compression, dpi=(300, 300))
    with open_image(content) as found, Image.open(io.BytesIO(content)) as expected:
        assert (found.mode, found.info["dpi"]) == (expected.mode, expected.info["dpi"])
        np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


def frames(*previews: bool) -> bytes:
    images = [Image.new("L", (8, 8), 40 if is_preview else 200) for is_preview in previews]
    file = io.BytesIO()
    with TiffImagePlugin.AppendingTiffWriter(file, True) as writer:
        for image, is_preview in zip(images, previews, strict=True):
            image.save(writer, "TIFF", tiffinfo={254: int(is_preview)})
            writer.newFrame()
    return file.getvalue()


def test_a_preview_before_the_picture_is_not_taken_for_it() -> None:
    assert np.unique(read_image(frames(True, False), ImagePreprocessing(4, 4))).tolist() == [200]
    assert np.unique(read_image(frames(False, True), ImagePreprocessing(4, 4))).tolist() == [200]


def test_a_raw_photograph_of_which_only_the_preview_can_be_read_is_refused() -> None:
    with pytest.raises(InputError, match=r"only a preview in it.*export it as a JPEG"):
        read_image(frames(True), ImagePreprocessing(4, 4))


def test_directories_in_a_circle_end() -> None:
    content = encode(ON_ITS_SIDE, "TIFF")
    (place,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, place)
    circle = bytearray(content)
    struct.pack_into("<I", circle, place + 2 + 12 * count, place)
    assert len(lean_tiff(bytes(circle))) == len(content)
    for magic in MAGICS:
        assert lean_tiff(magic + b"short") == magic + b"short"
