"""Draw a class activation map over the photograph that it is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageOps

from pipelines.images import Crop
from pipelines.images.fonts import Font, drawable, find_font

if TYPE_CHECKING:
    from pipelines.image_classification.results import Explanation

# Viridis at nine even steps (Smith & van der Walt 2015): its lightness rises evenly, so it also
# reads in grey and to the colour-blind.
VIRIDIS = np.array(
    [
        (68, 1, 84),
        (71, 45, 123),
        (59, 82, 139),
        (44, 114, 142),
        (33, 145, 140),
        (40, 174, 128),
        (94, 201, 98),
        (173, 220, 48),
        (253, 231, 37),
    ],
    np.float32,
)
SMALLEST, LARGEST = 448, 896  # pixels: the shorter side of the crop as it is drawn
STRENGTH = 0.55  # of the colours; the rest is the photograph in grey
DIMMED = 0.35  # the light of what the network did not see
MARGIN, FONT_PIXELS, BAR_HEIGHT = 12, 20, 14
INK, PAPER = (20, 20, 20), (255, 255, 255)


def draw_explanation(explanation: Explanation) -> Image.Image:
    """Lay a class activation map over its photograph, with the class and a scale below.

    Of a photograph that is much longer than what the network saw, the middle is drawn.

    Returns:
        A new RGB picture.
    """
    low, high = _range_of(explanation.map)
    return _with_caption(lay_over(explanation), str(explanation), low, high)


def lay_over(explanation: Explanation) -> Image.Image:
    """Lay a class activation map over its photograph, within its `frame`: a new RGB picture."""
    photograph, crop = frame(explanation.photograph, explanation.crop)
    left, top = round(crop.left), round(crop.top)
    right, bottom = max(round(crop.right), left + 1), max(round(crop.bottom), top + 1)
    low, high = _range_of(explanation.map)
    shares = Image.fromarray((explanation.map - low) / (high - low))
    smooth = shares.resize((right - left, bottom - top), Image.Resampling.BICUBIC)
    grey = ImageOps.grayscale(photograph.crop((left, top, right, bottom))).convert("RGB")
    colours = Image.fromarray(colour(np.asarray(smooth)))
    picture = Image.eval(photograph, lambda value: round(value * DIMMED))
    picture.paste(Image.blend(grey, colours, STRENGTH), (left, top))
    return picture


def colour(shares: np.ndarray) -> np.ndarray:
    """Give the colours of values from 0 to 1: [...] to uint8 [..., 3]."""
    steps = np.linspace(0, 1, len(VIRIDIS))
    channels = [np.interp(shares, steps, VIRIDIS[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def _range_of(values: np.ndarray) -> tuple[float, float]:
    """Give the ends of the scale. It has 0 in it, so an even map is not drawn as if it varied."""
    low, high = min(float(values.min()), 0.0), max(float(values.max()), 0.0)
    return low, high if high > low else low + 1.0


def frame(photograph: Image.Image, crop: Crop) -> tuple[Image.Image, Crop]:
    """Cut off what is further from the crop than it is large; scale what is left to a fit size.

    Returns:
        The picture, and where the crop is in it.
    """
    width, height = crop.right - crop.left, crop.bottom - crop.top
    left, top = max(round(crop.left - width), 0), max(round(crop.top - height), 0)
    right = min(round(crop.right + width), photograph.width)
    bottom = min(round(crop.bottom + height), photograph.height)
    side = min(width, height)
    scale = min(max(side, SMALLEST), LARGEST) / side
    size = (max(round((right - left) * scale), 1), max(round((bottom - top) * scale), 1))
    shown = photograph.crop((left, top, max(right, left + 1), max(bottom, top + 1))).resize(size)
    edges = (crop.left - left, crop.top - top, crop.right - left, crop.bottom - top)
    return shown, Crop(*(edge * scale for edge in edges))


def _with_caption(picture: Image.Image, text: str, low: float, high: float) -> Image.Image:
    """Add a strip below: the class, and what the darkest and the lightest colour stand for."""
    font = find_font(FONT_PIXELS)
    height = 2 * FONT_PIXELS + BAR_HEIGHT + 4 * MARGIN
    sheet = Image.new("RGB", (picture.width, picture.height + height), PAPER)
    sheet.paste(picture)
    draw = ImageDraw.Draw(sheet)
    right, top = picture.width - MARGIN, picture.height + MARGIN
    shown = _shorten(drawable(text, font), font, right - MARGIN)
    draw.text((MARGIN, top), shown, fill=INK, font=font)
    top += FONT_PIXELS + MARGIN
    bar = colour(np.tile(np.linspace(0, 1, right - MARGIN), (BAR_HEIGHT, 1)))
    sheet.paste(Image.fromarray(bar), (MARGIN, top))
    top += BAR_HEIGHT + MARGIN // 2
    draw.text((MARGIN, top), f"{low:.1f}", fill=INK, font=font)
    draw.text((right, top), f"{high:.1f}", fill=INK, font=font, anchor="ra")
    return sheet


def _shorten(text: str, font: Font, width: int) -> str:
    """Leave out the middle of a text that is wider than so many pixels."""
    kept = len(text)
    shown = text
    while font.getlength(shown) > width and kept > 2:
        kept -= 2
        shown = f"{text[: kept - kept // 2]}...{text[-(kept // 2) :]}"
    return shown
