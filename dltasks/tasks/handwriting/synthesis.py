"""Synthetic lines of handwriting: any text in any fonts, with varied ink, paper and pen."""

from __future__ import annotations

import csv
import io
import shutil
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from dltasks.data.encodings import read_text_file
from pipelines.errors import ConfigurationError
from pipelines.images.fonts import has_glyph
from pipelines.session import available_cores, map_in_order

FONT_SUFFIXES = (".ttf", ".otf", ".woff", ".woff2")
FONT_PIXELS = 64  # of the em; the finished line is brought to LINE_PIXELS
LINE_PIXELS = 64
LONGEST = 75  # characters; longer texts are cut between words
SHORTEST = 1
JOINED = 0.3  # part of the lines that are made of two texts, so that short texts fill long lines
NARROWEST_SPACE = 0.22  # of the em; some fonts leave less, and words would run together
LINES_A_FOLDER = 2000
TRIES = 20  # fonts for a text, until one has all its characters


class Synthesized(NamedTuple):
    """One finished line: a JPEG, its text and the font's name."""

    content: bytes
    text: str
    font: str


@dataclass(frozen=True)
class FontFile:
    """A font, and what it can write."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @cached_property
    def font(self) -> ImageFont.FreeTypeFont:
        """The font at FONT_PIXELS.

        Raises:
            ConfigurationError: the file is no font that Pillow reads.
        """
        try:
            return ImageFont.truetype(str(self.path), FONT_PIXELS)
        except OSError as error:
            raise ConfigurationError(f"{self.path}: cannot be read as a font: {error}") from None

    @cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    def can_write(self, text: str) -> bool:
        """Tell whether the font has every character of a text."""
        return all(self._has(character) for character in set(text))

    def _has(self, character: str) -> bool:
        if character not in self._known:
            self._known[character] = has_glyph(self.font, character)
        return self._known[character]


def synthesize(
    texts: Path,
    fonts: Path,
    out: Path,
    *,
    count: int,
    seed: int,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Path, int]:
    """Write pictures of lines and a labels.tsv (path, text, group: the font) into a new folder.

    Args:
        texts: UTF-8, one text per line; long texts are split between words.
        fonts: a folder of .ttf, .otf, .woff or .woff2 files.
        out: the folder; must not be there yet.
        count: how many lines.
        seed: the same one gives the same lines.
        on_progress: called with lines done and lines in all.

    Returns:
        The manifest, and how many lines were written; a text that no font can write is left out.

    Raises:
        ConfigurationError: there are no texts or fonts, no font can write any of the texts, or the
            folder is there already.
    """
    lines = _read_texts(texts)
    files = find_fonts(fonts)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise ConfigurationError(f"{out}: already exists; choose another --out")
    out.mkdir(parents=True, exist_ok=True)
    manifest = out / "labels.tsv"
    written = 0

    def make(number: int) -> Synthesized | None:
        return make_line(lines, files, np.random.default_rng([seed, number]))

    with manifest.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(("path", "text", "group"))
        made = map_in_order(make, range(count), workers=available_cores())
        for number, line in enumerate(made):
            on_progress(number + 1, count)
            if line is None:
                continue
            written += 1
            path = f"{number // LINES_A_FOLDER:03d}/{number:06d}.jpg"
            (out / path).parent.mkdir(exist_ok=True)
            (out / path).write_bytes(line.content)
            table.writerow((path, line.text, line.font))
    if not written:
        shutil.rmtree(out)
        raise ConfigurationError(
            f"fonts {str(fonts)!r}: none has all characters of a text in {str(texts)!r}, such as "
            f"{lines[0][:LONGEST]!r}; choose other fonts"
        )
    return manifest, written


def find_fonts(folder: Path) -> list[FontFile]:
    """List the fonts below a folder.

    Raises:
        ConfigurationError: there are none, or one cannot be read.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in FONT_SUFFIXES)
    if not paths:
        raise ConfigurationError(
            f"fonts {str(folder)!r}: no {', '.join(FONT_SUFFIXES)} file in it; give another folder"
        )
    fonts = [FontFile(path) for path in paths]
    for font in fonts:
        font.can_write("a")  # reads the file, so that a mistake is told before the work
    return fonts


def make_line(
    texts: Sequence[str], fonts: Sequence[FontFile], random: np.random.Generator
) -> Synthesized | None:
    """Write a random text in a random font that has all its characters; None if none is found."""
    text = texts[int(random.integers(len(texts)))]
    if random.random() < JOINED:
        text = f"{text} {texts[int(random.integers(len(texts)))]}"
    text = _cut(text, random)
    for _ in range(TRIES):
        font = fonts[int(random.integers(len(fonts)))]
        if text and font.can_write(text):
            return write_line(text, font, random)
    return None


def write_line(text: str, font: FontFile, random: np.random.Generator) -> Synthesized:
    """Write a text in a font that has all its characters."""
    return Synthesized(_encode(_write(text, font.font, random), random), text, font.name)


def _read_texts(path: Path) -> list[str]:
    content = unicodedata.normalize("NFC", read_text_file(path))
    lines = [" ".join(line.split()) for line in content.split("\n")]
    lines = [line for line in lines if line]
    if not lines:
        raise ConfigurationError(f"text {str(path)!r}: no text in it")
    return lines


def _cut(text: str, random: np.random.Generator) -> str:
    """Take a run of words of a random length."""
    words = [word[:LONGEST] for word in text.split()]
    longest = random.integers(SHORTEST, LONGEST + 1)
    first = 0 if len(text) <= longest else random.integers(len(words))
    taken: list[str] = []
    for word in words[first:]:
        if taken and len(" ".join([*taken, word])) > longest:
            break
        taken.append(word)
    return " ".join(taken)


def _write(text: str, font: ImageFont.FreeTypeFont, random: np.random.Generator) -> np.ndarray:
    """Draw the words one by one, unevenly, then bend them: float32 [height, width], 1 is ink."""
    canvas = Image.new("L", (round(font.getlength(text) * 1.6) + 4 * FONT_PIXELS, 3 * FONT_PIXELS))
    draw = ImageDraw.Draw(canvas)
    unevenness = random.uniform(0, 0.06) * FONT_PIXELS
    gap = max(font.getlength(" "), NARROWEST_SPACE * FONT_PIXELS) * random.uniform(0.8, 1.8)
    bold = 1 if random.random() < 0.15 else 0
    x = float(FONT_PIXELS)
    for word in text.split():
        y = 2 * FONT_PIXELS + random.normal() * unevenness
        draw.text((x, y), word, fill=255, font=font, anchor="ls", stroke_width=bold)
        x += font.getlength(word) + gap * random.uniform(0.7, 1.4)
    return _bend(np.asarray(canvas, np.float32) / 255, random)


def _bend(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Slant, stretch and wave the writing, and cut the line out of its canvas."""
    height, width = ink.shape
    slant = random.normal() * 0.18
    stretch = np.exp(random.normal() * 0.2 + 0.1)
    wave = random.uniform(0, 0.05) * FONT_PIXELS
    slope = random.normal() * 0.008
    period = random.uniform(3, 12) * FONT_PIXELS
    phase = random.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:height, 0 : round(width * stretch)].astype(np.float32)
    rows = y + wave * np.sin(2 * np.pi * x / period + phase) + slope * (x - width / 2)
    columns = x / stretch + slant * (y - 2 * FONT_PIXELS)
    bent = ndimage.map_coordinates(ink, [rows, columns], order=1)
    filled_rows = np.flatnonzero(bent.max(axis=1) > 0.2)
    filled_columns = np.flatnonzero(bent.max(axis=0) > 0.2)
    margins = random.integers(1, FONT_PIXELS // 4, 4)
    top = max(filled_rows[0] - margins[0], 0)
    left = max(filled_columns[0] - margins[1], 0)
    cut: np.ndarray = bent[
        top : filled_rows[-1] + margins[2], left : filled_columns[-1] + margins[3]
    ]
    return cut


def _encode(ink: np.ndarray, random: np.random.Generator) -> bytes:
    """Put ink on paper, at LINE_PIXELS: the bytes of a grey JPEG."""
    width = max(round(ink.shape[1] * LINE_PIXELS / ink.shape[0]), 1)
    picture = Image.fromarray(ink).resize((width, LINE_PIXELS), Image.Resampling.BILINEAR)
    ink = np.clip(np.asarray(picture), 0, 1)
    if random.random() < 0.5:  # an uneven pen
        ink = ink * (1 - random.uniform(0, 0.6) * _patches(random, ink.shape, LINE_PIXELS / 2))
    if random.random() < 0.3:
        ink = ndimage.gaussian_filter(ink, random.uniform(0.3, 1.0))
    paper = random.uniform(130, 255)
    light = 1 - random.uniform(0, 0.3) * _patches(random, ink.shape, 3 * LINE_PIXELS)
    page = paper * light * (1 - random.uniform(0, 0.08) * _patches(random, ink.shape, 4))
    page = _rule(page, random)
    darkness = random.uniform(0.0, 0.55)  # of the ink, as a part of the paper's brightness
    page = page * (1 - ink) + page * darkness * ink
    page += random.normal(size=ink.shape) * random.uniform(0, 8)
    file = io.BytesIO()
    grey = np.clip(page, 0, 255).astype(np.uint8)
    Image.fromarray(grey).save(file, "JPEG", quality=int(random.integers(50, 95)))
    return file.getvalue()


def _patches(random: np.random.Generator, shape: tuple[int, int], size: float) -> np.ndarray:
    """Give smooth random patches of a size in pixels: float32, 0 to 1."""
    nodes = (round(shape[0] / size) + 2, round(shape[1] / size) + 2)
    coarse = Image.fromarray(random.random(nodes, np.float32))
    smooth = np.asarray(coarse.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))
    return np.asarray(np.clip(smooth, 0, 1))


def _rule(page: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Rule the paper, on some pages: a line below the writing, or a grid."""
    if random.random() > 0.35:
        return page
    page = page.copy()
    strength = random.uniform(0.7, 0.95)
    height = len(page)
    page[random.integers(height // 2, height) :][: random.integers(1, 3)] *= strength
    if random.random() < 0.3:
        page[:, random.integers(height) :: int(random.integers(12, 64))] *= strength
    return page
