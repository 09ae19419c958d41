"""Draw what was read beside the picture that it was read from."""

from __future__ import annotations

from PIL import Image, ImageDraw

from pipelines.handwriting.geometry import Affine, Box, bound
from pipelines.handwriting.pages import turn_upright
from pipelines.handwriting.results import Handwriting, TextLine
from pipelines.images import ImageSource, describe, open_image, shrink_large_jpeg, to_rgb
from pipelines.images.fonts import drawable, find_font

OUTLINE, INK, PANEL = (0, 90, 200), (0, 60, 140), (255, 255, 255)
SMALLEST_TEXT = 10  # pixels
TEXT_SHARE = 0.6  # of a line's height
THICKNESS = 1 / 600  # of the picture's larger side
WIDE = 2.0  # width over height, from which the texts are below the picture, not to its right


def annotate(source: ImageSource, result: Handwriting) -> Image.Image:
    """Outline each line of a picture, and write what it reads at the same place of a blank sheet.

    Args:
        source: the picture.
        result: what was read in it.

    Returns:
        A new RGB picture: upright, the sheet to the right of the picture or, where that is wide,
        below it.

    Raises:
        InputError: the picture cannot be read.
    """
    with open_image(source) as image:
        factor = shrink_large_jpeg(image)
        picture = to_rgb(image, describe(source))
    quarters = result.turned // 90
    placement = Affine.scaled(1 / factor, 1 / factor).then(Affine.turned(quarters, *picture.size))
    picture = turn_upright(picture, quarters)
    width, height = picture.size
    is_wide = width > WIDE * height
    sheet = Image.new("RGB", (width, 2 * height) if is_wide else (2 * width, height), PANEL)
    sheet.paste(picture)
    draw = ImageDraw.Draw(sheet)
    for line in result.lines:
        _outline(draw, line, placement, max(round(max(picture.size) * THICKNESS), 1))
        beside = Affine.moved(0, height) if is_wide else Affine.moved(width, 0)
        _write(draw, line.text, bound(placement.then(beside).place(line.box.corners)))
    return sheet


def _outline(draw: ImageDraw.ImageDraw, line: TextLine, placement: Affine, thickness: int) -> None:
    corners = placement.place(line.polygon)
    draw.line([*corners, corners[0]], fill=OUTLINE, width=thickness)


def _write(draw: ImageDraw.ImageDraw, text: str, box: Box) -> None:
    """Write a text as large as it fits into a box, on the line that it is on."""
    largest = max(round((box.bottom - box.top) * TEXT_SHARE), SMALLEST_TEXT)
    length = find_font(largest).getlength(text)
    fitting = (
        largest if length <= box.right - box.left else largest * (box.right - box.left) / length
    )
    font = find_font(max(int(fitting), SMALLEST_TEXT))
    middle = (box.left, (box.top + box.bottom) / 2)
    draw.text(middle, drawable(text, font), fill=INK, font=font, anchor="lm")
