"""Decode opened images to upright 8-bit pixels, in little memory."""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image

from pipelines.doubts import tell_doubt
from pipelines.errors import InputError
from pipelines.images.broken_off import MOST, SHARE, share_of
from pipelines.images.files import first_line
from pipelines.images.metadata import orientation_of
from pipelines.images.ranges import is_inverted, is_wide, to_8_bits, white_of

LARGE = 12_000_000  # pixels: a larger picture is converted in bands, which takes less memory
BAND_ROWS = 256
ALMOST_ALL = 0.99  # is said at most of a picture that breaks off
WHITE = (255, 255, 255, 255)
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class _Whole(NamedTuple):
    """What is told of a whole picture, and holds for each band of it."""

    white: float
    is_inverted: bool


def to_rgb(image: Image.Image, name: str = "image", *, smallest_side: int = 0) -> Image.Image:
    """Decode the first frame to upright 8-bit RGB, transparent parts on white.

    Args:
        image: of `open_image`.
        name: named in errors.
        smallest_side: pixels that the shorter side has to keep; with 0 all of the picture is kept.
            Large pictures are made smaller at once.

    Raises:
        InputError: the file is damaged, less than most of it is there, there are no pixels, or
            they do not tell which value is white.
    """
    return _decode(image, "RGB", name, smallest_side)


def to_grey(image: Image.Image, name: str = "image") -> Image.Image:
    """Decode the first frame to upright 8-bit grey, transparent parts on white; see `to_rgb`."""
    return _decode(image, "L", name)


def _decode(image: Image.Image, mode: str, name: str, smallest_side: int = 0) -> Image.Image:
    if 0 in image.size:
        raise InputError(f"{name}: {image.width} x {image.height} pixels is not an image")
    try:
        image.load()
        _check_share(image, name)
        whole = _Whole(white_of(image, name), is_inverted(image))
        if image.width * image.height <= LARGE:
            decoded = _on_white(image, whole).convert("RGB").convert(mode)
        else:
            factor = max(min(image.size) // smallest_side, 1) if smallest_side else 1
            decoded = _decode_in_bands(image, mode, factor, whole)
        return _turn_upright(image, decoded)
    except InputError:
        raise
    except Exception as error:  # decoders raise all kinds on damaged files
        raise InputError(f"{name}: damaged image: {first_line(error)}") from None


def _check_share(image: Image.Image, name: str) -> None:
    """Tell of a picture that breaks off.

    Raises:
        InputError: less than most of it is there.
    """
    if SHARE not in image.info:
        return
    share = share_of(image)
    there = f"{int(min(share, ALMOST_ALL) * 100)}% of it is there"
    if share < MOST:
        raise InputError(f"{name}: damaged image: truncated, only {there}; get it again")
    tell_doubt(f"{name}: truncated, {there} and was read; get it again")


def _decode_in_bands(image: Image.Image, mode: str, factor: int, whole: _Whole) -> Image.Image:
    """Convert a picture and make it smaller by a factor, a band of rows at a time."""
    decoded = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    rows = factor * max(BAND_ROWS // factor, 1)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        converted = _on_white(band, whole).convert("RGB").convert(mode)
        decoded.paste(converted.reduce(factor), (0, top // factor))
    return decoded


def _turn_upright(image: Image.Image, decoded: Image.Image) -> Image.Image:
    """Turn pixels as the Exif data of the image that they were decoded from says."""
    turn = TURNS.get(orientation_of(image))
    return decoded if turn is None else decoded.transpose(turn)


def _on_white(image: Image.Image, whole: _Whole) -> Image.Image:
    """Give 8-bit pixels, transparent ones on white."""
    if is_wide(image):
        return to_8_bits(image, whole.white, is_inverted=whole.is_inverted)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image)
    return image
