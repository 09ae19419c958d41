"""The tags of a TIFF: those that its pixels need, and previews of other pages."""

from __future__ import annotations

import struct
from typing import Any

from PIL import Image

from pipelines.errors import InputError

MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the last two are of BigTIFF
ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
NEW_SUBFILE_TYPE, SMALLER_COPY = 254, 1  # a tag, and its bit for a preview of another page
ORIENTATION, RESOLUTIONS, SHORT, RATIONAL = 274, (282, 283), 3, 5
# TIFF 6.0 and its supplements: sizes, colours, compression, strips and tiles, ranges, JPEG, LERC.
NEEDED = frozenset(
    {NEW_SUBFILE_TYPE, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 296, 317}
    | {320, 322, 323, 324, 325, 332, 334, 338, 339, 340, 341, 347, *range(512, 522)}
    | {529, 530, 531, 532, 50674}
)
MOST_DIRECTORIES = 10_000
MOST_PREVIEWS = 8  # before a picture


def lean_tiff(content: bytes) -> bytes:
    """Take the tags out of a TIFF that its pixels do not need; a BigTIFF stays as it is.

    The orientation and the resolution stay if they are of the right type.
    """
    order = ORDERS.get(content[:4])
    if order is None:
        return content
    lean, seen = bytearray(content), set[int]()
    try:
        (place,) = struct.unpack_from(f"{order}I", content, 4)
        while place and place not in seen and len(seen) < MOST_DIRECTORIES:
            seen.add(place)
            place = _thin_out(lean, place, order)
    except struct.error:  # it breaks off
        return content
    return bytes(lean)


def _thin_out(content: bytearray, place: int, order: str) -> int:
    """Leave entries out of the directory at a place; give where the next one is."""
    (count,) = struct.unpack_from(f"{order}H", content, place)
    entries = [bytes(content[place + 2 + 12 * n : place + 14 + 12 * n]) for n in range(count)]
    (following,) = struct.unpack_from(f"{order}I", content, place + 2 + 12 * count)
    kept = [entry for entry in entries if _is_needed(entry, order, len(content))]
    whole = struct.pack(f"{order}H", len(kept)) + b"".join(kept)
    whole += struct.pack(f"{order}I", following)
    content[place : place + len(whole)] = whole
    return int(following)


def _is_needed(entry: bytes, order: str, length: int) -> bool:
    tag, kind, values, value = struct.unpack(f"{order}HHII", entry)
    if tag == ORIENTATION:
        return (kind, values) == (SHORT, 1)
    if tag in RESOLUTIONS:
        return (kind, values) == (RATIONAL, 1) and value + 8 <= length
    return tag in NEEDED


def is_preview_frame(image: Any) -> bool:
    """Tell whether a frame is a smaller copy of another; no other tag is read for it."""
    kind = image.tag_v2.get(NEW_SUBFILE_TYPE, 0)
    return isinstance(kind, int) and bool(kind & SMALLER_COPY)


def skip_previews(image: Image.Image, name: str) -> Image.Image:
    """Go to the first frame of an opened TIFF that is no preview.

    Raises:
        InputError: there is none: it is a camera's raw photograph, which is not a picture yet.
    """
    try:
        for number in range(MOST_PREVIEWS):
            image.seek(number)
            if not is_preview_frame(image):
                return image
    except EOFError:
        pass
    raise InputError(f"{name}: only a preview in it, as in a raw photograph; export it as a JPEG")
