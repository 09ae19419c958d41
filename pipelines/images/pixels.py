"""Decode opened images to upright 8-bit pixels, in little memory."""

from __future__ import annotations

import numpy as np
from PIL import Image

from pipelines.errors import InputError
from pipelines.images.files import first_line

LARGE = 12_000_000  # pixels: a larger picture is converted in bands, which takes less memory
BAND_ROWS = 256
WHITE = (255, 255, 255, 255)
WHITE_16_BIT = 65535.0
ORIENTATION = 0x0112  # of Exif
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def to_rgb(image: Image.Image, name: str = "image", *, smallest_side: int = 0) -> Image.Image:
    """Decode the first frame to upright 8-bit RGB, transparent parts on white.

    Args:
        image: of `open_image`.
        name: named in errors.
        smallest_side: pixels that the shorter side has to keep; with 0 all of the picture is kept.
            Large pictures are made smaller at once.

    Raises:
        InputError: the file is truncated or damaged, or there are no pixels.
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
        if image.width * image.height <= LARGE:
            decoded = _on_white(image, _white_of(image)).convert("RGB").convert(mode)
        else:
            factor = max(min(image.size) // smallest_side, 1) if smallest_side else 1
            decoded = _decode_in_bands(image, mode, factor)
        return _turn_upright(image, decoded)
    except Exception as error:  # decoders raise all kinds on damaged files
        raise InputError(f"{name}: damaged image: {first_line(error)}") from None


def _decode_in_bands(image: Image.Image, mode: str, factor: int) -> Image.Image:
    """Convert a picture and make it smaller by a factor, a band of rows at a time."""
    decoded = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    white = _white_of(image)
    rows = factor * max(BAND_ROWS // factor, 1)
    for top in range(0, image.height, rows):
        band = image.crop((0, top, image.width, min(top + rows, image.height)))
        converted = _on_white(band, white).convert("RGB").convert(mode)
        decoded.paste(converted.reduce(factor), (0, top // factor))
    return decoded


def _turn_upright(image: Image.Image, decoded: Image.Image) -> Image.Image:
    """Turn pixels as the Exif data of the image that they were decoded from says."""
    turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
    return decoded if turn is None else decoded.transpose(turn)


def _white_of(image: Image.Image) -> float:
    """Give the value of white: 65,535 of 16-bit grey, 1 or 255 of floating point, by its range."""
    if image.mode == "F":
        brightest = np.nan_to_num(np.float32(image.getextrema()[1]))  # type: ignore[arg-type]
        return 1.0 if brightest <= 1.0 else 255.0
    return WHITE_16_BIT if image.mode.startswith("I") else 255.0


def _on_white(image: Image.Image, white: float) -> Image.Image:
    """Give 8-bit pixels, transparent ones on white."""
    if image.mode.startswith(("I", "F")):
        values = np.nan_to_num(np.asarray(image, np.float32))
        scaled = (values.clip(0, white) * (255.0 / white)).round().astype(np.uint8)
        return Image.fromarray(scaled)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image)
    return image
