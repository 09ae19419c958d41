"""Photographs to arrays: every common kind reads right, and nothing bad gets past InputError."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import ConfigurationError, InputError
from pipelines.images import ImagePreprocessing, describe, read_image, to_rgb

SAME_SIZE = ImagePreprocessing(height=16, width=24)
HALF = 8


def four_colours() -> np.ndarray:
    """Different corners: red, green; blue, white. uint8 [16, 24, 3]"""
    pixels = np.full((16, 24, 3), 255, np.uint8)
    pixels[:HALF, :12] = (255, 0, 0)
    pixels[:HALF, 12:] = (0, 255, 0)
    pixels[HALF:, :12] = (0, 0, 255)
    return pixels


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png(width: int, height: int, depth: int, colour_type: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def largest_difference(first: np.ndarray, second: np.ndarray) -> int:
    return int(np.abs(first.astype(int) - second.astype(int)).max())


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "PPM", "TIFF", "WEBP", "JPEG2000"])
def test_lossless_formats_read_pixel_for_pixel(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encode(Image.fromarray(four_colours()), kind, **options)
    np.testing.assert_array_equal(read_image(content, SAME_SIZE), four_colours())


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_read_close_to_the_original(kind: str) -> None:
    content = encode(Image.fromarray(four_colours()), kind, quality=100)
    found = read_image(content, SAME_SIZE)
    inside = np.s_[2:6, 2:10]  # away from the edges between the colours
    assert largest_difference(found[inside], four_colours()[inside]) <= 6


def test_every_kind_of_source_gives_the_same_pixels(tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    image = Image.fromarray(four_colours())
    image.save(path)
    content = path.read_bytes()
    lazily_opened = Image.open(io.BytesIO(content))
    with path.open("rb") as file:
        sources = [str(path), path, content, bytearray(content), file, image, lazily_opened]
        for source in (*sources, four_colours(), np.asfortranarray(four_colours())):
            np.testing.assert_array_equal(read_image(source, SAME_SIZE), four_colours())


def test_an_image_of_the_caller_is_left_alone() -> None:
    image = Image.new("P", (24, 16))
    read_image(image, ImagePreprocessing(4, 4))
    assert (image.mode, image.size) == ("P", (24, 16))
    assert image.getpixel((0, 0)) == 0


def test_animations_give_their_first_frame() -> None:
    frames = [Image.new("RGB", (24, 16), colour) for colour in ("red", "blue")]
    content = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert read_image(content, SAME_SIZE)[0, 0].tolist() == [255, 0, 0]


def test_two_picture_jpegs_of_telephones_give_their_first_picture() -> None:
    pictures = [Image.new("RGB", (24, 16), colour) for colour in ("white", "black")]
    content = encode(pictures[0], "MPO", save_all=True, append_images=pictures[1:])
    assert read_image(content, SAME_SIZE).min() == 255


def test_16_bit_grey_png_is_scaled_not_clipped() -> None:
    row = b"\0" + b"".join(struct.pack(">H", value) for value in (0, 257, 32896, 65535))
    found = read_image(png(4, 1, 16, 0, row), ImagePreprocessing(height=1, width=4))
    assert found[0, :, 0].tolist() == [0, 1, 128, 255]


def test_16_bit_colour_png_keeps_its_colours() -> None:
    row = b"\0" + struct.pack(">3H", 65535, 32896, 0)
    assert read_image(png(1, 1, 16, 2, row), ImagePreprocessing(1, 1)).tolist() == [[[255, 128, 0]]]


def test_cmyk_jpeg_is_not_inverted() -> None:
    content = encode(Image.new("CMYK", (24, 16), (0, 255, 255, 0)), "JPEG", quality=100)
    assert largest_difference(read_image(content, SAME_SIZE), np.uint8([[[255, 0, 0]]])) <= 4


def test_palette_and_1_bit_images_read_as_colours() -> None:
    palette = Image.fromarray(four_colours()).quantize(4, dither=Image.Dither.NONE)
    np.testing.assert_array_equal(read_image(encode(palette, "PNG"), SAME_SIZE), four_colours())
    halves = Image.fromarray(four_colours()[..., 2] > 0)  # below: white
    found = read_image(encode(halves, "PNG"), SAME_SIZE)
    assert (found[:HALF, :12].max(), found[HALF:].min()) == (0, 255)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "RGB", "1"])
def test_transparent_parts_are_white(mode: str) -> None:
    image = Image.new("RGBA", (24, 16), (0, 0, 0, 0)).convert(mode)
    options = {} if mode.endswith("A") else {"transparency": (0, 0, 0) if mode == "RGB" else 0}
    assert read_image(encode(image, "PNG", **options), SAME_SIZE).min() == 255


def test_half_transparent_black_is_grey() -> None:
    array = np.zeros((16, 24, 4), np.uint8)
    array[..., 3] = 128
    assert np.unique(read_image(array, SAME_SIZE)).tolist() == [127]


# How to lay the upright picture down so that the orientation's number turns it upright again.
LAY = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", LAY)
def test_every_exif_orientation_is_turned_upright(kind: str, orientation: int) -> None:
    image = Image.fromarray(four_colours())
    lay = LAY[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    if kind == "JPEG":
        options = {"quality": 100, "subsampling": 0}
    content = encode(image if lay is None else image.transpose(lay), kind, exif=exif, **options)
    for source in (content, Image.open(io.BytesIO(content))):
        assert largest_difference(read_image(source, SAME_SIZE), four_colours()) <= 6


def test_the_centre_is_cropped_to_the_shape_of_the_result() -> None:
    wide = np.zeros((8, 24, 3), np.uint8)
    wide[:, 8:16] = 200
    assert np.unique(read_image(wide, ImagePreprocessing(8, 8))).tolist() == [200]
    framed = np.zeros((16, 16, 3), np.uint8)
    framed[4:12, 4:12] = 200
    half = ImagePreprocessing(8, 8, crop_fraction=0.5)
    assert np.unique(read_image(framed, half)).tolist() == [200]


@pytest.mark.parametrize("target", [8, 224, 299, 384])
def test_images_of_every_size_can_be_resized(target: int) -> None:
    """224 * (225 / 224) is more than 225 in floating point: the box must not stick out."""
    preprocessing = ImagePreprocessing(height=target, width=target, interpolation="bilinear")
    off = [size for size in range(1, 3000) if target * (size / target) > size][:4]
    for size in (1, target - 1, target, target + 1, *off):
        for shape in ((size, size), (size, size + 1), (size + 1, size)):
            found = read_image(np.zeros(shape, np.uint8), preprocessing)
            assert found.shape == (target, target, 3)


def test_extreme_aspect_ratios_can_be_resized() -> None:
    for shape in ((1, 5000), (5000, 1), (1, 1)):
        found = read_image(np.full(shape, 90, np.uint8), ImagePreprocessing(5, 9))
        assert np.unique(found).tolist() == [90]


@pytest.mark.parametrize(
    ("size", "orientation", "height", "width"),
    [
        ((2400, 1600), 1, 160, 160),
        ((2400, 1600), 6, 160, 160),
        ((2400, 600), 1, 32, 128),
        ((2400, 600), 6, 32, 128),  # lies on its side: the box's width is the file's height
    ],
)
def test_decoding_a_big_jpeg_at_a_fraction_stays_close_to_full_decoding(
    photograph: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    orientation: int,
    height: int,
    width: int,
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    with Image.open(photograph) as image:
        content = encode(image.resize(size), "JPEG", quality=95, exif=exif)
    preprocessing = ImagePreprocessing(height=height, width=width, crop_fraction=0.875)
    fast = read_image(content, preprocessing)
    drafted = Image.open(io.BytesIO(content))
    drafted.draft("RGB", (2 * max(height, width),) * 2)
    assert drafted.width < 2400  # else the comparison would say nothing
    monkeypatch.setattr("PIL.JpegImagePlugin.JpegImageFile.draft", lambda *args: None)
    full = read_image(content, preprocessing)
    assert np.abs(fast.astype(int) - full).mean() < 0.5
    assert largest_difference(fast, full) <= 8


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A PNG of 30,000 x 30,000 pixels in 0.1 MB."""
    packer = zlib.compressobj(1)
    row = bytes(1 + 30_000 // 8)
    data = b"".join(packer.compress(row * 1000) for _ in range(30)) + packer.flush()
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_decoder_refuses_decompression_bombs(bomb: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb)
    with pytest.raises(InputError, match=r"bomb\.png: refused.*900000000 pixels.*make it smaller"):
        read_image(path, SAME_SIZE)


def closed_file() -> io.BytesIO:
    file = io.BytesIO(b"anything")
    file.close()
    return file


def closed_image() -> Image.Image:
    image = Image.open(io.BytesIO(encode(Image.new("RGB", (4, 4)), "PNG")))
    image.close()
    return image


def cut_off(photograph: Path) -> bytes:
    return photograph.read_bytes()[:20_000]


BAD_SOURCES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "truncated JPEG": (cut_off, "damaged image: .*truncated"),
    "truncated JPEG in Pillow": (
        lambda photograph: Image.open(io.BytesIO(cut_off(photograph))),
        "cannot be read as an image: .*truncated",
    ),
    "text": (lambda _: b"these are words", "not an image in a format"),
    "empty": (lambda _: b"", "empty, 0 bytes"),
    "PostScript": (lambda _: b"%!PS-Adobe-3.0 EPSF-3.0\n", "not an image in a format"),
    "closed file": (lambda _: closed_file(), "closed file"),
    "closed Pillow image": (lambda _: closed_image(), "closed image"),
    "text file": (lambda photograph: io.StringIO(str(photograph)), "cannot be read as an image"),
    "None": (lambda _: None, "give a path, bytes"),
    "number": (lambda _: 7, "give a path, bytes"),
    "float array": (lambda _: np.zeros((4, 4, 3), np.float32), r"float32 \[4, 4, 3\].*give uint8"),
    "int array": (lambda _: np.zeros((4, 4), np.int64), "int64"),
    "boolean array": (lambda _: np.zeros((4, 4), bool), "bool"),
    "batch of images": (lambda _: np.zeros((1, 4, 4, 3), np.uint8), r"\[1, 4, 4, 3\]"),
    "two channels": (lambda _: np.zeros((4, 4, 2), np.uint8), r"\[4, 4, 2\]"),
    "empty array": (lambda _: np.zeros((0, 4, 3), np.uint8), r"\[0, 4, 3\]"),
    "missing file": (lambda _: "not/there.jpg", r"not/there\.jpg: cannot be read: No such file"),
    "name with a zero": (lambda _: "a\0b.jpg", "cannot be read: embedded null"),
    "name too long": (lambda _: "a" * 5000, "File name too long"),
    "folder": (lambda photograph: photograph.parent, "cannot be read: Is a directory"),
}


@pytest.mark.parametrize("kind", BAD_SOURCES)
def test_what_is_no_image_is_one_clear_input_error(kind: str, photograph: Path) -> None:
    make, message = BAD_SOURCES[kind]
    with pytest.raises(InputError, match=message) as caught:
        read_image(make(photograph), SAME_SIZE)
    assert "\n" not in str(caught.value)


def test_bad_files_are_named_in_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "words.png"
    path.write_text("these are words")
    with pytest.raises(InputError, match=r"words\.png: not an image"):
        read_image(path, SAME_SIZE)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)  # the super-user may read everything
    with pytest.raises(InputError, match=r"words\.png: cannot be read: Permission denied"):
        read_image(path, SAME_SIZE)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of what it finds in damaged files
@pytest.mark.parametrize(
    "kind", ["JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP", "AVIF", "JPEG2000"]
)
def test_damaged_files_are_read_or_raise_input_error(kind: str, photograph: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(photograph) as image:
        content = encode(image.resize((30, 20)), kind, exif=exif)
    chance = random.Random(0)
    outcomes = set()
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(chance.choice((1, 4, 16))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if chance.random() < 0.3:
            del damaged[chance.randrange(len(damaged)) :]
        try:
            outcomes.add(read_image(damaged, SAME_SIZE).shape)
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017  both outcomes are right
            outcomes.add(InputError)
    assert outcomes == {(16, 24, 3), InputError}


def test_a_picture_without_pixels_is_refused() -> None:
    with pytest.raises(InputError, match="0 x 5 pixels is not an image"):
        to_rgb(Image.new("RGB", (0, 5)))


def test_inputs_have_names_for_people(tmp_path: Path) -> None:
    assert describe(tmp_path / "a.jpg") == str(tmp_path / "a.jpg")
    assert describe(b"content") == "<bytes>"
    assert describe(np.zeros(3)) == "<ndarray>"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"height": 0, "width": 8}, "height 0 is too small"),
        ({"height": 8, "width": 8, "crop_fraction": 0}, "crop_fraction 0"),
        ({"height": 8, "width": 8, "crop_fraction": 1.5}, "crop_fraction 1.5 is too large"),
        ({"height": 8, "width": 8, "interpolation": "cubic"}, "'cubic'.*bilinear, bicubic"),
    ],
)
def test_impossible_preprocessing_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        ImagePreprocessing(**settings)
