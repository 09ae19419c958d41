"""Draw what was read into the picture it was read from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

from PIL import Image, ImageDraw, ImageFont, ImageOps

from pipelines.handwriting.geometry import Box
from pipelines.images import ImageSource, describe, open_image, shrink_large_jpeg, to_rgb
from pipelines.images.fonts import Font, has_glyph

FRAME = (0, 90, 200)
INK, LABEL = (0, 60, 140), (255, 255, 230)
SMALLEST_TEXT = 12  # pixels
TEXT_SHARE = 0.3  # of a line's height
FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf")  # with accents, if there


def annotate(source: ImageSource, lines: Iterable[tuple[Box, str]]) -> Image.Image:
    """Frame each line of a picture and write above it what it reads.

    Args:
        source: the picture.
        lines: where each line is, and what it reads.

    Returns:
        A new RGB picture, as wide, and higher where there is no room above the first line.

    Raises:
        InputError: the picture cannot be read.
    """
    with open_image(source) as image:
        factor = shrink_large_jpeg(image)
        picture = to_rgb(image, describe(source))
    scaled = [(box.scaled(1 / factor), text) for box, text in lines]
    found = [(box, text, _label_height(box)) for box, text in scaled]
    room = max([0, *(height - box.top for box, _, height in found)])
    picture = ImageOps.expand(picture, (0, room, 0, 0), fill=LABEL)
    draw = ImageDraw.Draw(picture)
    for box, text, height in found:
        font = _find_font(height)
        label = _drawable(text, font)
        corner = (box.left, box.top + room - height)
        frame = (box.left, box.top + room, box.right, box.bottom + room)
        draw.rectangle(frame, outline=FRAME, width=2)
        draw.rectangle(draw.textbbox(corner, label, font=font), fill=LABEL)
        draw.text(corner, label, fill=INK, font=font)
    return picture


def _label_height(box: Box) -> int:
    return max(round((box.bottom - box.top) * TEXT_SHARE), SMALLEST_TEXT)


@cache
def _find_font(height: int) -> Font:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, height)
        except OSError:
            continue
    return ImageFont.load_default(height)


def _drawable(text: str, font: Font) -> str:
    """Leave the accents off characters that a font lacks; what is left of none becomes "?"."""

    def draw(character: str) -> str:
        base = unicodedata.normalize("NFD", character)[0]
        return next((item for item in (character, base) if has_glyph(font, item)), "?")

    return "".join(map(draw, text))
