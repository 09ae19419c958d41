"""Photographs to arrays. Training calls these same functions, so both see the same pixels."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from PIL import Image, ImageFont, ImageOps, ImageSequence, UnidentifiedImageError

from pipelines.errors import DltasksError, InputError
from pipelines.settings import Settings, setting

ImageSource = str | os.PathLike[str] | bytes | BinaryIO | Image.Image | np.ndarray
Interpolation = Literal["bilinear", "bicubic", "lanczos"]

# Pillow reads more, but some formats start other programs (EPS). The first five are loaded with
# Pillow; asking for a later one imports every plug-in, so the common ones come first. MPO, the
# two-picture JPEG of telephones, is read by JPEG's plug-in and has no entry of its own.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "TIFF", "AVIF")
SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "gif"),
        *("tif", "tiff", "ppm", "pgm", "pbm", "avif"),
    )
)
# Decoding a JPEG at a fraction of its size is many times faster; twice the target keeps the detail.
DRAFT_MARGIN = 2
LARGEST_SIDE = 2048  # pixels of a network's input
WHITE = (255, 255, 255, 255)
WHITE_16_BIT = 65535.0
NEW_SUBFILE_TYPE, SMALLER_COPY = 254, 1  # a TIFF's tag, and its bit for a preview of another page


@dataclass(frozen=True)
class ImagePreprocessing(Settings):
    """How a photograph becomes the network's input; sealed in the bundle.

    Attributes:
        height: of the result, in pixels.
        width: of the result, in pixels.
        crop_fraction: the part of the largest centred crop of the result's shape that is kept.
        interpolation: the resampling filter.
    """

    height: int = setting(minimum=1, maximum=LARGEST_SIDE)
    width: int = setting(minimum=1, maximum=LARGEST_SIDE)
    crop_fraction: float = setting(1.0, minimum=0.01, maximum=1.0)
    interpolation: Interpolation = setting("bicubic")


def read_image(source: ImageSource, preprocessing: ImagePreprocessing) -> np.ndarray:
    """Decode an image, turn it upright, crop its centre and resize it.

    Args:
        source: a path, the bytes of a file, a binary file object, a Pillow image, or a uint8 array
            [height, width], [height, width, 3] or [height, width, 4].
        preprocessing: the shape of the result and how to get there.

    Returns:
        uint8 [preprocessing.height, preprocessing.width, 3], RGB.

    Raises:
        InputError: the source cannot be read, is not an image, is truncated, or is too large.
    """
    with open_image(source) as image:
        # The longer side, both ways: the photograph may lie on its side until it is turned.
        side = max(preprocessing.width, preprocessing.height) * DRAFT_MARGIN
        image.draft("RGB", (side, side))
        return resize(to_rgb(image, describe(source)), preprocessing)


def resize(image: Image.Image, preprocessing: ImagePreprocessing) -> np.ndarray:
    """Crop the centre of an RGB image and resize it to uint8 [height, width, 3]."""
    target_width, target_height = preprocessing.width, preprocessing.height
    scale = min(image.width / target_width, image.height / target_height)
    # min: 224 * (225 / 224) is a hair more than 225, and Pillow refuses a box that sticks out
    crop_width = min(target_width * scale * preprocessing.crop_fraction, image.width)
    crop_height = min(target_height * scale * preprocessing.crop_fraction, image.height)
    left = (image.width - crop_width) / 2
    top = (image.height - crop_height) / 2
    resized = image.resize(
        (target_width, target_height),
        Image.Resampling[preprocessing.interpolation.upper()],
        box=(left, top, left + crop_width, top + crop_height),
        reducing_gap=3.0,  # Pillow's value for "as good as without"
    )
    return np.asarray(resized)


def open_image(source: ImageSource) -> Image.Image:
    """Open an image without decoding it yet.

    Raises:
        InputError: the source cannot be read, is not an image, or is too large to be safe.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source)
    name = describe(source)
    try:
        if isinstance(source, Image.Image):
            return source.copy()  # decodes a lazily opened one
        return Image.open(_as_file(source, name), formats=FORMATS)
    except UnidentifiedImageError:
        known = ", ".join(FORMATS)
        raise InputError(f"{name}: not an image in a format that dltasks reads: {known}") from None
    except Image.DecompressionBombError as error:
        raise InputError(f"{name}: refused, {_first_line(error)}; make it smaller") from None
    except DltasksError:
        raise
    except Exception as error:  # decoders raise all kinds on damaged files
        raise InputError(f"{name}: cannot be read as an image: {_first_line(error)}") from None


def to_rgb(image: Image.Image, name: str = "image") -> Image.Image:
    """Decode the first frame to upright 8-bit RGB, transparent parts on white.

    Raises:
        InputError: the file is truncated or damaged, or there are no pixels.
    """
    if 0 in image.size:
        raise InputError(f"{name}: {image.width} x {image.height} pixels is not an image")
    try:
        image.load()
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith(("I", "F")):
            image = _to_8_bit(image)
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, WHITE), image)
        return image.convert("RGB")
    except Exception as error:  # decoders raise all kinds on damaged files
        raise InputError(f"{name}: damaged image: {_first_line(error)}") from None


def read_grey_page(source: ImageSource) -> Image.Image:
    """Decode a picture of writing to upright 8-bit grey, transparent parts on white.

    Raises:
        InputError: the source cannot be read as an image, or it is a TIFF of several pages, of
            which all but the first would be lost.
    """
    name = describe(source)
    with open_image(source) as image:
        pages = _count_pages(image, name)
        if pages > 1:
            raise InputError(f"{name}: {pages} pages in one file; save each page as a file")
        return to_rgb(image, name).convert("L")


def describe(source: Any) -> str:
    """Name an input in a message or a result."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    name = getattr(source, "name", None) or getattr(source, "filename", None)
    return str(name) if name else f"<{type(source).__name__}>"


def _as_file(source: Any, name: str) -> BinaryIO:
    if isinstance(source, (str, os.PathLike)):
        source = _read_file(Path(source), name)
    if isinstance(source, (bytes, bytearray, memoryview)):
        if not source:
            raise InputError(f"{name}: empty, 0 bytes")
        return io.BytesIO(source)
    if hasattr(source, "read"):
        content = source.read()
        if not isinstance(content, str):  # a str would be taken for a path
            return _as_file(content, name)
    raise InputError(
        f"{name}: cannot be read as an image; give a path, bytes, a binary file, a Pillow image or "
        "a uint8 array"
    )


def _read_file(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{name}: cannot be read: {reason}") from None


def _from_array(array: np.ndarray) -> Image.Image:
    grey = array.ndim == 2
    colour = array.ndim == 3 and array.shape[2] in (3, 4)
    if array.dtype != np.uint8 or not (grey or colour) or not array.size:
        raise InputError(
            f"array of {array.dtype} {list(array.shape)} is not an image; give uint8 "
            "[height, width], [height, width, 3] or [height, width, 4]"
        )
    return Image.fromarray(array)


def _count_pages(image: Image.Image, name: str) -> int:
    """Count the pages of a TIFF, previews aside; another format has one, whatever moves in it."""
    if image.format != "TIFF":
        return 1
    try:
        kinds = [page.getexif().get(NEW_SUBFILE_TYPE, 0) for page in ImageSequence.Iterator(image)]
        image.seek(0)
    except Exception as error:  # decoders raise all kinds on damaged files
        raise InputError(f"{name}: damaged image: {_first_line(error)}") from None
    return sum(not kind & SMALLER_COPY for kind in kinds)


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey by 1/257 and floating point by its own range, 0 to 1 or 0 to 255."""
    values = np.nan_to_num(np.asarray(image, np.float32))
    if image.mode == "F":
        white = 1.0 if values.max(initial=0.0) <= 1.0 else 255.0
    else:
        white = WHITE_16_BIT
    return Image.fromarray((values.clip(0, white) * (255.0 / white)).round().astype(np.uint8))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


NO_CHARACTER = "\uffff"  # what a font draws for it, it draws for all that it lacks
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def has_glyph(font: Font, character: str) -> bool:
    """Tell whether a font has a character; all have the space."""
    drawn = bytes(font.getmask(character))
    return character == " " or (any(drawn) and drawn != bytes(font.getmask(NO_CHARACTER)))
