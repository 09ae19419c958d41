"""Draw what was read into the picture it was read from."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image, ImageDraw, ImageFont

from pipelines.images import ImageSource, describe, open_image, to_rgb
from pipelines.pages import Box

FRAME = (0, 90, 200)
INK, LABEL = (0, 60, 140), (255, 255, 230)
SMALLEST_TEXT = 12  # pixels
TEXT_SHARE = 0.3  # of a line's height


def annotate(source: ImageSource, lines: Iterable[tuple[Box, str]]) -> Image.Image:
    """Frame each line of a picture and write above it what it reads.

    Args:
        source: the picture.
        lines: where each line is, and what it reads.

    Returns:
        A new RGB picture of the same size.

    Raises:
        InputError: the picture cannot be read.
    """
    with open_image(source) as image:
        picture = to_rgb(image, describe(source))
    draw = ImageDraw.Draw(picture)
    for box, text in lines:
        height = max(round((box.bottom - box.top) * TEXT_SHARE), SMALLEST_TEXT)
        font = ImageFont.load_default(height)
        corner = (box.left, max(box.top - height, 0))
        draw.rectangle(box, outline=FRAME, width=2)
        draw.rectangle(draw.textbbox(corner, text, font=font), fill=LABEL)
        draw.text(corner, text, fill=INK, font=font)
    return picture
