"""Draw which piece of the source each piece of a translation came from."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from pipelines.images.fonts import Font
from pipelines.translation.alignment import Alignment

CELL = 26  # pixels
MARGIN = 6
FONT_PIXELS = 15
INK, PAPER, GRID = (20, 20, 20), (255, 255, 255), (225, 225, 225)
FULL = (0, 70, 160)  # of a weight of 1


def draw_alignments(alignments: Sequence[Alignment]) -> Image.Image:
    """Draw the alignments of a text's sentences, one below the other.

    Returns:
        A new RGB picture.
    """
    pictures = [_draw(alignment) for alignment in alignments]
    size = (max(one.width for one in pictures), sum(one.height for one in pictures))
    whole = Image.new("RGB", size, PAPER)
    top = 0
    for picture in pictures:
        whole.paste(picture, (0, top))
        top += picture.height
    return whole


def alignments_as_html(alignments: Sequence[Alignment]) -> str:
    """Draw the alignments for a notebook: an HTML element that holds the picture."""
    file = io.BytesIO()
    draw_alignments(alignments).save(file, "PNG")
    content = base64.b64encode(file.getvalue()).decode()
    return f'<img src="data:image/png;base64,{content}" alt="alignment">'


def _draw(alignment: Alignment) -> Image.Image:
    """Draw the weights as shades: a column a piece of the source, a row a piece of the target."""
    font = ImageFont.load_default(FONT_PIXELS)
    left = _widest(alignment.target, font)
    top = _widest(alignment.source, font)
    columns, rows = len(alignment.source), len(alignment.target)
    size = (left + columns * CELL + MARGIN, top + rows * CELL + MARGIN)
    picture = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(picture)
    for row, (piece, weights) in enumerate(zip(alignment.target, alignment.weights, strict=True)):
        middle = top + row * CELL + CELL // 2
        draw.text((left - MARGIN, middle), _readable(piece), fill=INK, font=font, anchor="rm")
        for column, weight in enumerate(weights):
            corner = (left + column * CELL, top + row * CELL)
            box = (*corner, corner[0] + CELL, corner[1] + CELL)
            draw.rectangle(box, fill=_shade(weight), outline=GRID)
    for column, piece in enumerate(alignment.source):
        label = Image.new("RGB", (top, CELL), PAPER)
        start = (MARGIN, CELL // 2)
        ImageDraw.Draw(label).text(start, _readable(piece), fill=INK, font=font, anchor="lm")
        picture.paste(label.rotate(90, expand=True), (left + column * CELL, 0))
    return picture


def _readable(piece: str) -> str:
    """Pillow's font does not have the sign for the space before a word."""
    return piece.replace("\u2581", "_")


def _widest(pieces: tuple[str, ...], font: Font) -> int:
    return round(max(map(font.getlength, map(_readable, pieces)), default=0)) + 2 * MARGIN


def _shade(weight: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 + (full - 255) * min(weight, 1.0)) for full in FULL)
    return red, green, blue
