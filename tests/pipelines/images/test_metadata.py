"""Notes in a file of a photograph: the orientation counts, and none makes it unreadable."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.images import ImagePreprocessing, open_image, read_image
from pipelines.images.metadata import RESOLUTION, lean_jpeg, lean_png, read_resolution
from tests.pipelines.test_images import chunk, encode, four_colours, largest_difference

SAME_SIZE = ImagePreprocessing(height=16, width=24)
PLAIN = Image.fromarray(four_colours())
ON_ITS_SIDE = PLAIN.transpose(Image.Transpose.ROTATE_90)
TURN_RIGHT = 6  # the orientation that turns it upright again
JPEG = {"quality": 100, "subsampling": 0}


def exif_of(entries: list[tuple[int, int, int, int]], order: str = ">") -> bytes:
    """Exif data of (tag, type, count, value) entries."""
    head = b"MM\0*" if order == ">" else b"II*\0"
    body = b"".join(
        struct.pack(f"{order}HHI", *entry[:3]) + _value(entry, order) for entry in entries
    )
    return b"Exif\0\0" + head + struct.pack(f"{order}IH", 8, len(entries)) + body + bytes(4)


def _value(entry: tuple[int, int, int, int], order: str) -> bytes:
    _, kind, _, value = entry
    return struct.pack(f"{order}HH", value, 0) if kind == 3 else struct.pack(f"{order}I", value)


LIES = (0x0112, 3, 1, TURN_RIGHT)
ODD_ENTRIES = {
    "text beyond the end": (0x010F, 2, 900_000, 0x7FFFFFFF),
    "unknown type": (0x9003, 99, 1, 1),
    "a pointer to nowhere": (0x8769, 4, 1, 0xFFFFFF00),
    "a pointer that is a text": (0x8825, 2, 3, 0),
    "a resolution that is no number": (0x011A, 2, 40, 0xFFFF),
    "billions of values": (0x829A, 12, 0xFFFFFFFF, 8),
}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("odd", ODD_ENTRIES)
def test_an_odd_tag_hides_neither_the_photograph_nor_its_orientation(
    odd: str, kind: str, order: str
) -> None:
    exif = exif_of([ODD_ENTRIES[odd], LIES], order)
    options = {"WEBP": {"lossless": True}, "JPEG": JPEG}.get(kind, {})
    found = read_image(encode(ON_ITS_SIDE, kind, exif=exif, **options), SAME_SIZE)
    assert largest_difference(found, four_colours()) <= 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "exif",
    [
        *(b"", b"II", b"no Exif at all", b"MM\0*\xff\xff\xff\xff"),
        exif_of([(0x0112, 2, 1, 6)]),  # a text
        exif_of([(0x0112, 3, 2, 6)]),  # two of them
        exif_of([(0x0112, 3, 1, 9)]),  # no such orientation
        exif_of([(0x0112, 3, 1, 0)]),
        exif_of([LIES])[:-9],  # breaks off
    ],
)
def test_an_orientation_that_is_none_turns_nothing(exif: bytes, kind: str) -> None:
    options = {"WEBP": {"lossless": True}, "JPEG": JPEG}.get(kind, {})
    content = encode(PLAIN, kind, **({"exif": exif} if exif else {}), **options)
    assert largest_difference(read_image(content, SAME_SIZE), four_colours()) <= 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_byte_of_exif_can_make_a_photograph_unreadable(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x011A] = "maker", 1, 72.0
    exif.get_ifd(0x8769)[0x9003] = "2020:01:01"
    whole, chance = exif.tobytes(), random.Random(0)
    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 4, 16))):
            damaged[6 + chance.randrange(len(damaged) - 6)] = chance.randrange(256)
        content = encode(PLAIN, kind, exif=bytes(damaged))
        assert read_image(content, SAME_SIZE).shape == (16, 24, 3)


def test_the_orientation_of_xmp_does_not_count() -> None:
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    for kind, options in (("JPEG", JPEG), ("WEBP", {"lossless": True})):
        content = encode(PLAIN, kind, xmp=xmp, **options)
        assert largest_difference(read_image(content, SAME_SIZE), four_colours()) <= 6


@pytest.mark.parametrize(
    "broken",
    [
        chunk(b"iCCP", b"name\0\0no profile"),
        chunk(b"iCCP", b"name\0\0" + zlib.compress(bytes(80 << 20), 9)),  # 80 MB
        chunk(b"iCCP", b"profile")[:-4] + b"crc!",
        chunk(b"pHYs", b"\0"),
        chunk(b"gAMA", b""),
        chunk(b"cHRM", b"short"),
        chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(bytes(70 << 20), 9)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0no zlib"),
        chunk(b"acTL", b"\0\0"),
        chunk(b"zzZz", b"nobody knows"),
    ],
    ids=lambda broken: f"{broken[4:8].decode()} of {len(broken)}",
)
@pytest.mark.parametrize("is_first", [True, False])
def test_broken_notes_in_a_png_are_passed_over(broken: bytes, is_first: bool) -> None:
    content = encode(PLAIN, "PNG")
    place = content.index(b"IDAT") - 4 if is_first else content.index(b"IEND") - 4
    found = read_image(content[:place] + broken + content[place:], SAME_SIZE)
    np.testing.assert_array_equal(found, four_colours())


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(content)) + content


@pytest.mark.parametrize(
    "broken",
    [
        segment(0xE0, b"JFIF"),
        segment(0xE0, b"JFIF\0"),
        segment(0xE2, b"ICC_PROFILE\0\x07\x02no profile"),
        segment(0xE2, b"MPF\0II*\0\xff\xff\xff\xff"),
        segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\xff\xff"),
        segment(0xEE, b"Adobe"),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<not <XML"),
        segment(0xFE, b"\xff\xd9 a comment with an end in it"),
        b"\xff\xff\xff" + segment(0xFE, b"after fill bytes"),
    ],
    ids=lambda broken: broken[4:20].hex(),
)
def test_broken_notes_in_a_jpeg_are_passed_over(broken: bytes) -> None:
    content = encode(PLAIN, "JPEG", **JPEG)
    found = read_image(content[:2] + broken + content[2:], SAME_SIZE)
    assert largest_difference(found, four_colours()) <= 6


def test_an_avif_with_odd_exif_is_read() -> None:
    content = encode(PLAIN, "AVIF", quality=100, exif=exif_of([(0x010F, 3, 1, 7)]))
    place = content.index(b"MM\0*")
    odd = content[:place] + b"no E" + content[place + 4 :]
    assert largest_difference(read_image(odd, SAME_SIZE)[2:6, 2:10], four_colours()[2:6, 2:10]) <= 6


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt"])
def test_exif_as_imagemagick_wrote_it_into_a_png_turns_the_picture(kind: bytes) -> None:
    exif = exif_of([LIES])
    text = b"\nexif\n%8d\n%s\n" % (len(exif), exif[6:].hex().encode())
    packed = b"\0" + zlib.compress(text) if kind == b"zTXt" else text
    content = encode(ON_ITS_SIDE, "PNG")
    place = content.index(b"IDAT") - 4
    note = chunk(kind, b"Raw profile type exif\0" + packed)
    found = read_image(content[:place] + note + content[place:], SAME_SIZE)
    np.testing.assert_array_equal(found, four_colours())


def test_cmyk_jpegs_keep_the_note_that_says_which_colours_they_have() -> None:
    content = encode(Image.new("CMYK", (24, 16), (0, 255, 255, 0)), "JPEG", quality=100)
    assert b"Adobe" in lean_jpeg(content).content


def test_the_resolution_of_exif_is_read_where_nothing_else_names_one() -> None:
    exif = Image.Exif()
    exif[RESOLUTION] = 300.0
    content = encode(PLAIN, "JPEG", exif=exif)
    with open_image(content) as image:
        assert read_resolution(image) == 300.0


@pytest.mark.parametrize("take_out", [lean_jpeg, lean_png])
def test_taking_notes_out_ends_on_any_bytes(take_out: Any) -> None:
    chance = random.Random(0)
    begin = {lean_jpeg: b"\xff\xd8", lean_png: b"\x89PNG\r\n\x1a\n"}[take_out]
    for length in range(200):
        take_out(begin + bytes(chance.choice((0xFF, 0xE1, 0, 4)) for _ in range(length)))


def test_an_open_file_has_the_same_notes(tmp_path: Any) -> None:
    content = encode(ON_ITS_SIDE, "JPEG", exif=exif_of([LIES]), **JPEG)
    assert largest_difference(read_image(io.BytesIO(content), SAME_SIZE), four_colours()) <= 6
