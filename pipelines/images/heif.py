"""Photographs of iPhones and of some cameras: HEIC and other HEIF, decoded by libheif."""

from __future__ import annotations

import io

from PIL import Image

from pipelines.errors import MissingDecoderError
from pipelines.images.broken_off import SHARE
from pipelines.images.metadata import FILE_TYPE, without_exif_item

AVIF_BRANDS = frozenset({b"avif", b"avis"})  # Pillow reads these
HEIF_BRANDS = frozenset(  # ISO 23008-12, annex B
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
WIDE_LENGTH, TO_THE_END = 1, 0  # in place of a box's length
MOST_BRANDS = 64  # that are looked at


def is_heif(content: bytes) -> bool:
    """Tell whether a file is a HEIF, and not an AVIF, which is one of another decoder."""
    if content[4:8] != FILE_TYPE:
        return False
    end = min(int.from_bytes(content[:4], "big"), 16 + 4 * MOST_BRANDS)
    others = (content[place : place + 4] for place in range(16, end, 4))
    brands = {content[8:12], *others}  # between them is a version
    return bool(brands & HEIF_BRANDS) and not brands & AVIF_BRANDS


def open_heif(content: bytes, name: str) -> Image.Image:
    """Open a HEIF without decoding it yet; libheif turns it upright.

    Args:
        content: of the file.
        name: in messages.

    Raises:
        MissingDecoderError: pi-heif is not installed.
        SyntaxError: it is damaged.
    """
    try:
        from pi_heif import HeifImageFile
    except ModuleNotFoundError:
        raise MissingDecoderError(
            f"{name}: a HEIC needs pi-heif, which is not installed; run: "
            'pip install "dltasks[heic]"'
        ) from None
    image: Image.Image = HeifImageFile(io.BytesIO(without_exif_item(content)))
    share = _share_of_file(content)
    if share < 1.0:
        image.info[SHARE] = share
    return image


def _share_of_file(content: bytes) -> float:
    """Give the share of a file that is there, by the lengths of its boxes.

    libheif decodes what is left of a picture of tiles without a word.
    """
    place = 0
    while place + 8 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        if length == WIDE_LENGTH:
            length = int.from_bytes(content[place + 8 : place + 16], "big")
        if length == TO_THE_END or length < 8:
            return 1.0
        place += length
    return min(len(content) / place, 1.0) if place else 1.0
