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
from pipelines.images.broken_off import (
    SHARE,
    Mended,
    mend_jpeg,
    mend_png,
    mend_rows,
    share_of_jpeg,
)
from pipelines.images.heif import is_heif, open_heif
from pipelines.images.metadata import (
    PNG_MAGIC,
    Lean,
    lean_jpeg,
    lean_png,
    without_exif_item,
)
from pipelines.images.tiff_tags import MAGICS as TIFF_MAGICS
from pipelines.images.tiff_tags import lean_tiff, skip_previews


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

# Pillow reads more, but some formats start other programs (EPS), have no mark by which they are
# told from a damaged file of another kind (TGA, PCX, ICO), are decoded by loops in Python, which
# take minutes (QOI, SGI, PSD), or hold no photographs (DDS, FITS, XBM). The first five are loaded
# with Pillow; asking for a later one imports every plug-in, so the common ones come first. MPO, the
# two-picture JPEG of telephones, is read by JPEG's plug-in and has no entry of its own.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "TIFF", "AVIF", "JPEG2000")
HEIF = "HEIF"  # not Pillow's own: see `heif`
WRITTEN_SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "gif"),
        *("tif", "tiff", "ppm", "pgm", "pbm", "pnm", "avif"),
        *("jp2", "j2k", "j2c", "jpc", "jpf", "jpx"),  # JPEG 2000
    )
)
HEIF_SUFFIXES = frozenset({".heic", ".heif", ".hif"})
SUFFIXES = WRITTEN_SUFFIXES | HEIF_SUFFIXES | {".mpo", ".apng"}
# How much memory decoders take, which hold the picture in their own layout, too. The usual HEIC of
# an iPhone, of 24 megapixels, is within the limit.
MEMORY = {"WEBP": 2, "AVIF": 2, HEIF: 2, "JPEG2000": 3}
# A picture of 20 kB may unpack to gigabytes. Of a JPEG that is not progressive only a part is ever
# in memory, as it is decoded smaller.
MOST_PIXELS = 50_000_000
MOST_PIXELS_VARIABLE = "DLTASKS_MAX_PIXELS"
MOST_PIXELS_OF_JPEG = 500_000_000
JPEG_FACTORS = (1, 2, 4, 8)  # by which a JPEG can be decoded smaller
ADDRESSES = ("http://", "https://")
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
            return _copy(source)
        return check_size(_open(_read(source, name), name), name)
    except UnidentifiedImageError:
        known = ", ".join((*FORMATS, HEIF))
        raise InputError(f"{name}: not an image in a format that dltasks reads: {known}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"{name}: refused, {first_line(error)}; make it smaller") from None
    except DltasksError:
        raise
    except Exception as error:  # decoders raise all kinds on damaged files
        raise InputError(f"{name}: cannot be read as an image: {first_line(error)}") from None


def _open(content: bytes, name: str) -> Image.Image:
    """Open a file by what is in it, whatever its name; see `metadata` for what is taken out."""
    if content.startswith(JPEG_MAGIC):
        return _open_jpeg(lean_jpeg(content), name)
    if content.startswith(PNG_MAGIC):
        return _open_png(lean_png(content))
    if is_heif(content):
        return open_heif(content, name)
    if content.startswith(TIFF_MAGICS):
        file = io.BytesIO(lean_tiff(content))
        return skip_previews(Image.open(file, formats=("TIFF",)), name)
    image = Image.open(io.BytesIO(without_exif_item(content)), formats=FORMATS)
    mended = mend_rows(content, image)
    return _noted(_open_mended(mended), mended) if mended else image


def _open_jpeg(lean: Lean, name: str) -> Image.Image:
    whole = mend_jpeg(lean.content)
    image = JpegImageFile(io.BytesIO(whole or lean.content))  # `Image.open` refuses 180 megapixels
    if whole is None:
        return _noted(image, None, lean.exif)
    check_size(image, name)  # it is decoded once more
    return _noted(image, Mended(whole, share_of_jpeg(whole)), lean.exif)


def _open_png(lean: Lean) -> Image.Image:
    mended = mend_png(lean.content)
    image = _open_mended(mended or Mended(lean.content, 1.0))
    return _noted(image, mended, lean.exif)


def _open_mended(mended: Mended) -> Image.Image:
    return Image.open(io.BytesIO(mended.content), formats=FORMATS)


def _noted(image: Image.Image, mended: Mended | None, exif: bytes = b"") -> Image.Image:
    """Note on an opened picture its Exif data, and how much of it is there."""
    if exif:
        image.info["exif"] = exif
    if mended:
        image.info[SHARE] = mended.share
    return image


def _copy(image: Image.Image) -> Image.Image:
    """Copy a picture, which decodes a lazily opened one, with what tells of its values."""
    copied = image.copy()
    copied.format = image.format  # Pillow leaves it out
    return copied


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
    memory = 2 if is_progressive else MEMORY.get(image.format or "", 1)
    return most_pixels() // memory, False


def most_pixels() -> int:
    """Give how many pixels a picture may have: $DLTASKS_MAX_PIXELS, or 50 million.

    Formats that take more memory to decode may have fewer: half, or a third as many.

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


def _read(source: Any, name: str) -> bytes:
    if isinstance(source, str) and source.startswith(ADDRESSES):
        raise InputError(f"{name}: pipelines open no connection; fetch it, and give its bytes")
    if isinstance(source, (list, tuple)):
        raise InputError(f"{name} of {len(source)} is not one image; give a list to `stream`")
    if isinstance(source, (str, os.PathLike)):
        source = _read_file(Path(source), name)
    if isinstance(source, (bytes, bytearray, memoryview)):
        if not source:
            raise InputError(f"{name}: empty, 0 bytes")
        return bytes(source)
    if hasattr(source, "read"):
        content = source.read()
        if not isinstance(content, str):  # a str would be taken for a path
            return _read(content, name)
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
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    is_grey = array.ndim == 2
    is_colour = array.ndim == 3 and array.shape[2] in (3, 4)
    if array.dtype == np.uint8 and (is_grey or is_colour) and array.size:
        return Image.fromarray(array)
    if array.ndim == 4 and array.size:
        remedy = "; give several to `stream`"
    elif array.dtype != np.uint8 and array.size and array.dtype.kind in "buif":
        remedy = f"; its values are {array.min():g} to {array.max():g}: {_scaled(array)}"
    else:
        remedy = ""
    raise InputError(
        f"array of {array.dtype} {list(array.shape)} is not an image; give uint8 from 0 to 255, "
        f"[height, width], [height, width, 1], [height, width, 3] or [height, width, 4]{remedy}"
    )


def _scaled(array: np.ndarray) -> str:
    """Say how to make values of 0 to 255 of an array, as far as that can be told."""
    least, most = array.min(), array.max()
    if array.dtype.kind in "bf" and least >= 0 and most <= 1:
        return "multiply by 255, round, and convert with .astype(np.uint8)"
    if least >= 0 and most <= 255:
        return "convert with .astype(np.uint8) if white is 255"
    return "scale them so that white is 255, and convert with .astype(np.uint8)"


def first_line(error: Exception) -> str:
    """Give the first line of what a decoder says."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__
