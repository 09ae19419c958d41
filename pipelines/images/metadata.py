"""What a file of an image says beside its pixels: only the orientation and the resolution are read.

Exif, ICC profiles, XMP and comments are written by many programs, and some are damaged. Pillow
reads them when it opens a file, so they are taken out before: a photograph that is whole cannot
become unreadable through them, nor warn of them.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from PIL import Image

ORIENTATION = 0x0112  # of Exif
UPRIGHT = 1
RESOLUTION, RESOLUTION_UNIT = 0x011A, 0x0128
BYTE, SHORT, LONG, RATIONAL = 1, 3, 4, 5  # types of TIFF 6.0, section 2
PER_CENTIMETRE = 3  # of the unit; 2 is per inch
MOST_ENTRIES = 1000  # of a directory; more are damage
EXIF_HEADER = b"Exif\0\0"

JPEG_BEGIN, JPEG_END = b"\xff\xd8", b"\xff\xd9"
JPEG_SCAN = 0xDA
JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
JPEG_EXIF, JPEG_COMMENT = 0xE1, 0xFE
JPEG_NOTES = frozenset({*range(0xE0, 0xF0), JPEG_COMMENT})
# Resolution; and which colours the numbers are. Marker -> how it begins, least length
JPEG_KEPT = {0xE0: (b"JFIF\0", 14), 0xEE: (b"Adobe", 12)}

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
# Chunks in small letters may be left out. Transparency is of the pixels; pHYs is the resolution.
PNG_KEPT = {b"tRNS": 1, b"pHYs": 9}  # with their least length
PNG_TEXTS = (b"tEXt", b"zTXt")
RAW_EXIF = b"Raw profile type exif\0"  # as ImageMagick wrote it before there was a chunk for it
LARGEST_EXIF = 1 << 20  # bytes

FILE_TYPE = b"ftyp"  # the first box of a file (ISO 14496-12, 4.3); its length stands before it
EXIF_ITEM = re.compile(rb"(infe.{8})Exif", re.DOTALL)  # ISO 14496-12, 8.11.6


class Lean(NamedTuple):
    """A file without the notes in it.

    Attributes:
        content: what is left.
        exif: the Exif data that were in it, or b"".
    """

    content: bytes
    exif: bytes


class PngChunk(NamedTuple):
    """A part of a PNG.

    Attributes:
        kind: four letters.
        content: as much of it as is there.
        whole: with length and checksum.
        is_whole: whether all of it is there, with the right checksum.
    """

    kind: bytes
    content: memoryview
    whole: memoryview
    is_whole: bool


def lean_jpeg(content: bytes) -> Lean:
    """Take the notes out of a JPEG, up to its first scan."""
    kept, exif, place = [JPEG_BEGIN], b"", len(JPEG_BEGIN)
    while content[place : place + 1] == b"\xff" and place + 4 <= len(content):
        marker = content[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        if marker == JPEG_SCAN:
            break
        if marker in JPEG_ALONE:
            place += 2
            continue
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4], "big")
        note = content[place + 4 : end]
        begin, least = JPEG_KEPT.get(marker, (b"", 0))
        if marker not in JPEG_NOTES or (least and note.startswith(begin) and len(note) >= least):
            kept.append(content[place:end])
        elif marker == JPEG_EXIF and note.startswith(EXIF_HEADER) and not exif:
            exif = note
        place = end
    return Lean(b"".join([*kept, content[place:]]), exif)


def png_chunks(content: bytes) -> Iterator[PngChunk]:
    """Yield the parts of a PNG, up to its end or where it breaks off."""
    view, place = memoryview(content), len(PNG_MAGIC)
    while place + 8 <= len(content):
        length = int.from_bytes(content[place : place + 4], "big")
        kind = content[place + 4 : place + 8]
        body = view[place + 8 : place + 8 + length]
        end = place + 12 + length
        checksum = int.from_bytes(content[end - 4 : end], "big")
        is_whole = end <= len(content) and zlib.crc32(body, zlib.crc32(kind)) == checksum
        yield PngChunk(kind, body, view[place:end], is_whole)
        if kind == b"IEND":
            return
        place = end


def lean_png(content: bytes) -> Lean:
    """Take the notes out of a PNG."""
    kept: list[bytes | memoryview] = [PNG_MAGIC]
    exif = b""
    for chunk in png_chunks(content):
        is_needed = not chunk.kind[0] & 0x20  # a capital letter: PNG, 5.4
        least = PNG_KEPT.get(chunk.kind, 0)
        if is_needed or (least and chunk.is_whole and len(chunk.content) >= least):
            kept.append(chunk.whole)
        elif chunk.kind == b"eXIf":
            exif = bytes(chunk.content)
        elif chunk.kind in PNG_TEXTS and chunk.content[: len(RAW_EXIF)] == RAW_EXIF and not exif:
            exif = _read_raw_exif(chunk)
    return Lean(b"".join(kept), exif)


def _read_raw_exif(chunk: PngChunk) -> bytes:
    """Read Exif data in a text: a line with its name, one with its length, and digits."""
    text = bytes(chunk.content[len(RAW_EXIF) :])
    try:
        if chunk.kind == b"zTXt":
            text = zlib.decompressobj().decompress(text[1:], 3 * LARGEST_EXIF)
        return bytes.fromhex("".join(text.decode("ascii").split()[2:]))
    except (ValueError, zlib.error):
        return b""


def without_exif_item(content: bytes) -> bytes:
    """Hide the Exif data of an AVIF or HEIF: its own boxes say how it is turned.

    MIAF (ISO 23000-22, 7.3.4.4) has readers ignore the orientation in Exif.
    """
    return EXIF_ITEM.sub(rb"\1skip", content) if content[4:8] == FILE_TYPE else content


def orientation_of(image: Image.Image) -> int:
    """Give how an opened image lies, 1 to 8; 1 where it does not say, or not as it should."""
    found = read_exif(image).get(ORIENTATION, UPRIGHT)
    return found if found in range(1, 9) else UPRIGHT


def read_resolution(image: Image.Image) -> float:
    """Give the dots per inch that Exif data name; 0 where they do not."""
    values = read_exif(image)
    dots = float(values.get(RESOLUTION, 0))
    return dots * 2.54 if values.get(RESOLUTION_UNIT) == PER_CENTIMETRE else dots


def read_exif(image: Image.Image) -> dict[int, Any]:
    """Read the tags of an image's Exif data that are needed; those that are damaged are left out.

    Other tags are not looked at.
    """
    exif: Any = image.info.get("exif")
    if not isinstance(exif, bytes):
        return {}
    while exif.startswith(EXIF_HEADER):
        exif = exif[len(EXIF_HEADER) :]
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return {}
    try:
        return dict(_read_directory(exif, order))
    except struct.error:  # it breaks off
        return {}


def _read_directory(exif: bytes, order: str) -> Iterator[tuple[int, Any]]:
    (place,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, place)
    for number in range(min(count, MOST_ENTRIES)):
        entry = place + 2 + 12 * number
        if entry + 12 > len(exif):
            return
        tag, kind, values = struct.unpack_from(f"{order}HHI", exif, entry)
        if tag not in (ORIENTATION, RESOLUTION, RESOLUTION_UNIT) or values != 1:
            continue
        if kind in (BYTE, SHORT, LONG):
            letter = {BYTE: "B", SHORT: "H", LONG: "I"}[kind]
            yield tag, struct.unpack_from(f"{order}{letter}", exif, entry + 8)[0]
        elif kind == RATIONAL and tag == RESOLUTION:
            (where,) = struct.unpack_from(f"{order}I", exif, entry + 8)
            if where + 8 <= len(exif):
                above, below = struct.unpack_from(f"{order}II", exif, where)
                yield tag, above / below if below else 0.0
