"""Lines without writing: strips of photographs of other things."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image

from pipelines.images import SUFFIXES, read_page

STRIP = (0.02, 0.2)  # of a photograph's height
ASPECT = (1.5, 20.0)  # of a strip, width over height
HEIGHT = (24, 128)  # pixels of a strip


def write_blanks(photographs: Path, out: Path, count: int, seed: int) -> int:
    """Write strips of photographs as JPEG files; give their number.

    Args:
        photographs: a folder of photographs that show no writing.
        out: the folder to write to.
        count: how many lines to write, shared evenly among the photographs.
        seed: the same one gives the same lines.
    """
    draw = random.Random(seed)
    paths = sorted(path for path in photographs.iterdir() if path.suffix.lower() in SUFFIXES)
    out.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(paths):
        grey = read_page(path).grey
        wanted = count * (number + 1) // len(paths) - count * number // len(paths)
        for written in range(wanted):
            _cut_strip(grey, draw).save(out / f"{path.stem}-{written:03d}.jpg", quality=90)
    return len(list(out.iterdir()))


def _cut_strip(grey: Image.Image, draw: random.Random) -> Image.Image:
    """Cut a strip of any size and place out of a photograph, turned by a quarter at times."""
    picture = grey.transpose(Image.Transpose.ROTATE_90) if draw.random() < 0.25 else grey
    height = max(round(picture.height * draw.uniform(*STRIP)), 1)
    width = min(round(height * draw.uniform(*ASPECT)), picture.width)
    left = draw.randint(0, picture.width - width)
    top = draw.randint(0, picture.height - height)
    strip = picture.crop((left, top, left + width, top + height))
    pixels = draw.randint(*HEIGHT)
    return strip.resize((max(round(width * pixels / height), 1), pixels))
