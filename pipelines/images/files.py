"""Open files of images: which formats, how large, and what is said of those that cannot be used."""

from __future__ import annotations

import io
import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from pipelines.bundle.reading import read_regular
from pipelines.errors import ConfigurationError, DltasksError, InputError


class LazyPicture(ABC):
    """A picture that is made when it is asked for, such as a page of a document.

    Attributes:
        name: in messages and results.
    """

    name: str

    @abstractmethod
    def open_picture(self) -> Image.Image:
        """Open the picture.

        Raises:
            InputError: it cannot be read, or is too large to be safe.
        """


ImageSource = str | os.PathLike[str] | bytes | BinaryIO | Image.Image | np.ndarray | LazyPicture

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
# A picture of 20 kB may unpack to gigabytes. Of a JPEG that is not progressive only a part is ever
# in memory, as it is decoded smaller.
MOST_PIXELS = 50_000_000
MOST_PIXELS_VARIABLE = "DLTASKS_MAX_PIXELS"
MOST_PIXELS_OF_JPEG = 500_000_000
JPEG_FACTORS = (1, 2, 4, 8)  # by which a JPEG can be decoded smaller
JPEG_MAGIC = b"\xff\xd8\xff"


def open_image(source: ImageSource) -> Image.Image:
    """Open an image without decoding it yet.

    Raises:
        InputError: the source cannot be read, is not an image, or is too large to be safe.
    """
    if isinstance(source, np.ndarray):
        return _from_array(source)
    if isinstance(source, LazyPicture):
        return source.open_picture()
    name = describe(source)
    try:
        if isinstance(source, Image.Image):
            return source.copy()  # decodes a lazily opened one
        return check_size(_open(_as_file(source, name)), name)
    except UnidentifiedImageError:
        known = ", ".join(FORMATS)
        raise InputError(f"{name}: not an image in a format that dltasks reads: {known}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"{name}: refused, {first_line(error)}; make it smaller") from None
    except DltasksError:
        raise
    except Exception as error:  # decoders raise all kinds on damaged files
        raise InputError(f"{name}: cannot be read as an image: {first_line(error)}") from None


def _open(file: io.BytesIO) -> Image.Image:
    if file.getbuffer()[:3] == JPEG_MAGIC:
        return JpegImageFile(file)  # `Image.open` refuses those of 180 megapixels
    return Image.open(file, formats=FORMATS)


def check_size(image: Image.Image, name: str) -> Image.Image:
    """Give an opened image, if it has no more pixels than are safe.

    Raises:
        InputError: it has more.
    """
    limit, is_fixed = _limit_of(image)
    if image.width * image.height <= limit:
        return image
    size = f"{image.width} x {image.height} pixels"
    image.close()
    remedy = "" if is_fixed else f", or set {MOST_PIXELS_VARIABLE} if you trust it"
    raise InputError(f"{name}: refused, {size} are more than {limit:,}; make it smaller{remedy}")


def _limit_of(image: Image.Image) -> tuple[int, bool]:
    """Give how many pixels a picture of its kind may have, and whether that is fixed."""
    is_progressive = "progression" in image.info
    if image.format == "JPEG" and not is_progressive:
        return MOST_PIXELS_OF_JPEG, True
    needs_twice_the_memory = is_progressive or image.format in ("WEBP", "AVIF")
    return most_pixels() // (2 if needs_twice_the_memory else 1), False


def most_pixels() -> int:
    """Give how many pixels a picture may have: $DLTASKS_MAX_PIXELS, or 50 million.

    Formats that take twice the memory to decode may have half as many.

    Raises:
        ConfigurationError: the variable is not a positive number.
    """
    chosen = os.environ.get(MOST_PIXELS_VARIABLE, "").strip()
    if chosen and not (chosen.isdecimal() and int(chosen)):
        raise ConfigurationError(
            f"{MOST_PIXELS_VARIABLE} {chosen!r} is not a positive whole number; correct it"
        )
    return int(chosen or MOST_PIXELS)


def shrink_large_jpeg(image: Image.Image) -> int:
    """Have a JPEG of more than `most_pixels` decoded smaller; give the factor, 1, 2, 4 or 8."""
    pixels = image.width * image.height
    factor = next((one for one in JPEG_FACTORS if pixels <= one**2 * most_pixels()), 8)
    if factor > 1:
        image.draft("RGB", (image.width // factor, image.height // factor))
    return factor


def describe(source: Any) -> str:
    """Name an input in a message or a result."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    name = getattr(source, "name", None) or getattr(source, "filename", None)
    return str(name) if name else f"<{type(source).__name__}>"


def _as_file(source: Any, name: str) -> io.BytesIO:
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
        return read_regular(path)
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


def first_line(error: Exception) -> str:
    """Give the first line of what a decoder says."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
