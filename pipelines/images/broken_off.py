"""Files of images without their last bytes: what is there is read, if it is most of the picture.

How much is there is measured in rows of pixels:

- PNG, BMP, PPM: by the bytes of pixels that are there, of those that the size asks for.
- JPEG: by the rows above the grey with which libjpeg fills up what is missing. A progressive one is
  written as ten scans over the whole picture (six if it is grey), each of which adds detail; more
  than half of the scans have to have begun, too.
- HEIF: by the bytes of the file that are there, of those that its boxes have.

Interlaced PNGs, GIF, WebP, AVIF, JPEG 2000 and TIFF are not read if they break off: their
decoders give nothing.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import NamedTuple

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from pipelines.images.metadata import JPEG_END, PNG_MAGIC, png_chunks

MOST = 0.75  # of the rows: what is missing is at an edge, which a centred crop often drops
SHARE = "dltasks: share of the rows"  # in the info of an opened picture that breaks off
FILLING = (127, 128)  # of libjpeg: the middle of the range, inverted or not
SMALLER = 8  # the most that libjpeg does
JPEG_SCAN_BEGIN = b"\xff\xda"
SCANS = {1: 6, 3: 10}  # of a progressive JPEG as libjpeg writes it, by its channels
BITS_OF_COLOUR = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # channels of a PNG, by its colour type
PNG_PALETTE = 3
LARGEST_BYTES = 150 << 20  # of pixels: 50 million in colour; a short file may say any size
GREY = b"\x80"
BYTES_OF_PIXEL = {"L": 1, "RGB": 3}


class Mended(NamedTuple):
    """A file that was filled up.

    Attributes:
        content: of a whole file.
        share: of its rows that were there, 0 to 1.
    """

    content: bytes
    share: float


def mend_jpeg(content: bytes) -> bytes | None:
    """End a JPEG that breaks off; None where it does not. `share_of_jpeg` tells how much is there.

    Args:
        content: without notes, which may hold small pictures with ends of their own.
    """
    begin = content.find(JPEG_SCAN_BEGIN)
    if begin < 0 or content.find(JPEG_END, begin) >= 0:
        return None
    return (content[:-1] if content.endswith(b"\xff") else content) + JPEG_END


def mend_png(content: bytes) -> Mended | None:
    """Fill up a PNG that breaks off; None where it does not, or cannot be filled up."""
    chunks = list(png_chunks(content))
    if not chunks or chunks[0].kind != b"IHDR" or chunks[-1].kind == b"IEND":
        return None
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0].content)
    row = 1 + -(-width * depth * BITS_OF_COLOUR.get(colour, 0) // 8)
    if interlaced or row == 1 or row * height > LARGEST_BYTES:
        return None
    packed = b"".join(chunk.content for chunk in chunks if chunk.kind == b"IDAT")
    try:
        pixels = zlib.decompressobj().decompress(packed, row * height)
    except zlib.error:
        return None
    there = len(pixels) // row
    is_number = colour == PNG_PALETTE or depth < 8  # grey would be any colour
    missing = b"\0" + (b"\0" if is_number else GREY) * (row - 1)
    body = zlib.compress(pixels[: there * row] + missing * (height - there), 1)
    others = [bytes(chunk.whole) for chunk in chunks if chunk.kind != b"IDAT" and chunk.is_whole]
    parts = [PNG_MAGIC, *others, _png_chunk(b"IDAT", body), _png_chunk(b"IEND", b"")]
    return Mended(b"".join(parts), there / height)


def mend_rows(content: bytes, image: Image.Image) -> Mended | None:
    """Fill up an opened BMP or PPM whose rows are not packed; None where none is missing."""
    if image.format not in ("BMP", "PPM") or len(image.tile) != 1 or image.tile[0][0] != "raw":  # type: ignore[attr-defined]
        return None
    _, _, begin, settings = image.tile[0]  # type: ignore[attr-defined]
    given = settings[1] if isinstance(settings, tuple) and len(settings) > 1 else 0
    row = given or image.width * BYTES_OF_PIXEL.get(image.mode, 0)
    missing = begin + row * image.height - len(content)
    if missing <= 0 or row * image.height > LARGEST_BYTES:
        return None
    there = max(len(content) - begin, 0) // row
    return Mended(content + GREY * missing, there / image.height)


def share_of(image: Image.Image) -> float:
    """Give the share of the rows of an opened picture that its file had, 0 to 1."""
    return float(image.info.get(SHARE, 1.0))


def share_of_jpeg(content: bytes) -> float:
    """Give the share of a JPEG that was ended by `mend_jpeg`; see above.

    It is measured at an eighth of the size, so that it does not depend on what size is wanted.
    """
    with JpegImageFile(io.BytesIO(content)) as image:
        begun = content.count(JPEG_SCAN_BEGIN)
        usual = SCANS.get(len(image.getbands()), max(SCANS.values()))
        if "progression" in image.info and begun <= usual / 2:
            return begun / usual
        image.draft(image.mode, (image.width // SMALLER, image.height // SMALLER))
        return _share_above_filling(image)


def _share_above_filling(image: Image.Image) -> float:
    for bottom in range(image.height, 0, -1):
        extrema = image.crop((0, bottom - 1, image.width, bottom)).getextrema()
        bands = extrema if isinstance(extrema[0], tuple) else (extrema,)
        if any(value not in FILLING for band in bands for value in band):
            return bottom / image.height
    return 0.0


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
