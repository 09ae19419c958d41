"""Fonts, to write into pictures with."""

from __future__ import annotations

from PIL import ImageFont

NO_CHARACTER = "\uffff"  # what a font draws for it, it draws for all that it lacks
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def has_glyph(font: Font, character: str) -> bool:
    """Tell whether a font has a character; all have the space."""
    drawn = bytes(font.getmask(character))
    return character == " " or (any(drawn) and drawn != bytes(font.getmask(NO_CHARACTER)))
