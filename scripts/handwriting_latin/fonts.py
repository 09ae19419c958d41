"""Fonts to write lines in: their families, their split, and whether they have small letters."""

from __future__ import annotations

import random
import string
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from dltasks.tasks.handwriting.synthesis import FontFile, find_fonts

FONT_WEIGHTS = ("latin-300-normal", "latin-400-normal", "latin-700-normal")  # of fontsource
FONT_PART = 0.1  # of the families, for validation
CASE_LETTERS = "aegrntdqhbfm"  # their small letters look unlike their capitals
ONE_CASE_PART = 0.5  # of CASE_LETTERS; more of them look like their capitals in fonts of one case
ONE_CASE_SHARE = 0.25  # of the lines in capitals that are written in fonts of one case
GLYPH_PIXELS = 48  # the side of the square in which letters are compared
INK = 100  # of 255, the least that counts as ink
TRIES = 40  # fonts for a text, until one has all its characters


@dataclass(frozen=True)
class Font:
    """A font file.

    Attributes:
        file: draws lines.
        family: of the files that differ in weight alone.
        one_case: its small letters are drawn as capitals.
    """

    file: FontFile
    family: str
    one_case: bool


def read_fonts(folder: Path) -> list[Font]:
    """List the fonts below a folder; of fontsource's files only the Latin ones, upright."""
    fonts = []
    for file in find_fonts(folder):
        family = file.name.partition("-latin-")[0]
        wanted = file.path.suffix in (".ttf", ".otf") or file.name.endswith(FONT_WEIGHTS)
        if wanted and file.path.suffix != ".woff2" and file.can_write("aZ9"):
            fonts.append(Font(file, family, has_one_case(file.font)))
    return fonts


def split_fonts(fonts: Sequence[Font], seed: int) -> dict[str, str]:
    """Give each family of fonts its split, train or valid."""
    families = sorted({font.family for font in fonts})
    random.Random(seed).shuffle(families)
    held_out = set(families[: round(len(families) * FONT_PART)])
    return {family: "valid" if family in held_out else "train" for family in families}


def has_one_case(font: ImageFont.FreeTypeFont) -> bool:
    """Tell whether the small letters are capitals.

    They are where most small letters look more like their own capital than like any other one.
    """
    capitals = {letter: _draw_glyph(font, letter) for letter in string.ascii_uppercase}
    alike = [
        _find_most_alike(_draw_glyph(font, letter), capitals) == letter.upper()
        for letter in CASE_LETTERS
    ]
    return sum(alike) >= ONE_CASE_PART * len(alike)


def _draw_glyph(font: ImageFont.FreeTypeFont, letter: str) -> np.ndarray:
    """Draw a letter and scale its ink to a square: bool [GLYPH_PIXELS, GLYPH_PIXELS]."""
    left, top, right, bottom = map(int, font.getbbox(letter))
    picture = Image.new("L", (max(right - left, 1), max(bottom - top, 1)))
    ImageDraw.Draw(picture).text((-left, -top), letter, fill=255, font=font)
    return np.asarray(picture.resize((GLYPH_PIXELS, GLYPH_PIXELS))) > INK


def _find_most_alike(glyph: np.ndarray, others: dict[str, np.ndarray]) -> str:
    """Find the letter that shares most ink with a glyph."""
    return max(
        others, key=lambda letter: (glyph & others[letter]).sum() / (glyph | others[letter]).sum()
    )


class FontChooser:
    """Chooses a font for a text: every family equally often."""

    def __init__(self, fonts: Sequence[Font], seed: int) -> None:
        self.random = random.Random(seed)
        self.both_cases, self.one_case = (
            _group_by_family(font for font in fonts if font.one_case is one_case)
            for one_case in (False, True)
        )

    def choose(self, text: str) -> Font | None:
        """Choose a font that has all characters; one of a single case only for capitals."""
        for _ in range(TRIES):
            in_capitals = self.one_case and text == text.upper()
            one_case = in_capitals and self.random.random() < ONE_CASE_SHARE
            families = self.one_case if one_case else self.both_cases
            font = self.random.choice(self.random.choice(families))
            if font.file.can_write(text):
                return font
        return None


def _group_by_family(fonts: Iterable[Font]) -> list[list[Font]]:
    families = defaultdict(list)
    for font in fonts:
        families[font.family].append(font)
    return list(families.values())
