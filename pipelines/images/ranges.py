"""Pictures whose pixels are wider than 8 bits: what value is white, as the file tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image

from pipelines.errors import InputError

BAND_ROWS = 256
BITS_PER_SAMPLE, PHOTOMETRIC, LARGEST_SAMPLE = 258, 262, 341  # tags of TIFF 6.0
WHITE_IS_ZERO = 0  # of the photometric interpretation
WHITE_16_BIT, WHITE_OF_FLOAT = 65535.0, 1.0
SCALED_BY_PILLOW = frozenset({"PPM", "PNG"})  # to 16 bits, in mode I
REMEDY = "scale it so that white is 255, and save it with 8 bits"


def is_wide(image: Image.Image) -> bool:
    """Tell whether the pixels are integers of 16 or 32 bits, or of floating point."""
    return image.mode.startswith(("I", "F"))


def white_of(image: Image.Image, name: str) -> float:
    """Give the value of white of a decoded picture.

    16-bit integers have 65,535, or less if a TIFF says that fewer bits are used. Floating point has
    1, or what a TIFF names as its largest value. The others have 255.

    Raises:
        InputError: the picture does not tell, or has pixels beyond.
    """
    if not is_wide(image):
        return 255.0
    if image.mode == "I" and image.format not in SCALED_BY_PILLOW:
        raise InputError(f"{name}: 32-bit integers do not tell which value is white; {REMEDY}")
    white = _white_of_integers(image) if image.mode.startswith("I") else _white_of_float(image)
    least, most = _extremes(image)
    if least < 0 or most > white:
        raise InputError(
            f"{name}: pixels of {least:g} to {most:g}, where 0 to {white:g} is expected; {REMEDY}"
        )
    return white


def to_8_bits(band: Image.Image, white: float, *, is_inverted: bool) -> Image.Image:
    """Scale wide pixels to 8-bit grey; what is not a number is black."""
    values = np.nan_to_num(np.asarray(band, np.float32))
    scaled = (values.clip(0, white) * (255.0 / white)).round().astype(np.uint8)
    return Image.fromarray(255 - scaled if is_inverted else scaled)


def is_inverted(image: Image.Image) -> bool:
    """Tell whether 0 is white, which Pillow undoes only for 8 bits."""
    return is_wide(image) and _tag(image, PHOTOMETRIC) == WHITE_IS_ZERO


def _white_of_integers(image: Image.Image) -> float:
    bits = _tag(image, BITS_PER_SAMPLE)
    return float(2**bits - 1) if isinstance(bits, int) and 8 < bits < 16 else WHITE_16_BIT


def _white_of_float(image: Image.Image) -> float:
    largest = _tag(image, LARGEST_SAMPLE)
    is_number = isinstance(largest, (int, float)) and np.isfinite(largest) and largest > 0
    return float(largest) if is_number else WHITE_OF_FLOAT


def _tag(image: Image.Image, number: int) -> Any:
    """Give a tag of a TIFF; the first of several values, None where there is none."""
    value = getattr(image, "tag_v2", {}).get(number)
    return value[0] if isinstance(value, tuple) and value else value


def _extremes(image: Image.Image) -> tuple[float, float]:
    """Give the least and largest value, but for what is not a number."""
    extremes = [(values.min(), values.max()) for values in _numbers(image) if values.size]
    if not extremes:
        return 0.0, 0.0
    return float(min(low for low, _ in extremes)), float(max(high for _, high in extremes))


def _numbers(image: Image.Image) -> Iterator[np.ndarray]:
    for top in range(0, image.height, BAND_ROWS):
        bottom = min(top + BAND_ROWS, image.height)
        band = np.asarray(image.crop((0, top, image.width, bottom)))
        yield band[~np.isnan(band)]
