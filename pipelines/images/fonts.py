"""Fonts, to write into pictures with."""

from __future__ import annotations

import unicodedata
from functools import cache

from PIL import ImageFont

NO_CHARACTER = "\uffff"  # what a font draws for it, it draws for all that it lacks
FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "Arial.ttf")  # with accents, if there
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@cache
def find_font(height: int) -> Font:
    """Give a font of the system that has accents, or else Pillow's own; height in pixels."""
    for name in FONTS:
        try:
            return ImageFont.truetype(name, height)
        except OSError:
            continue
    return ImageFont.load_default(height)


def has_glyph(font: Font, character: str) -> bool:
    """Tell whether a font has a character; all have the space."""
    drawn = bytes(font.getmask(character))
    return character == " " or (any(drawn) and drawn != bytes(font.getmask(NO_CHARACTER)))


def drawable(text: str, font: Font) -> str:
    """Leave the accents off characters that a font lacks; what cannot be drawn becomes "?"."""

    def draw(character: str) -> str:
        if not character.isprintable():
            return "?"  # layout fails on a line break
        base = unicodedata.normalize("NFD", character)[0]
        return next((item for item in (character, base) if has_glyph(font, item)), "?")

    return "".join(map(draw, text))
