"""Lines without writing: what the line finder takes for writing in photographs of other things."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image

from pipelines.handwriting.pages import find_lines
from pipelines.images import SUFFIXES, read_page

SMALLEST_PART = 0.15  # of a photograph's sides, that is looked at for lines
LONGEST_SIDE = (250, 1200)  # pixels of the part, when it is looked at
LINES_A_PART = 6  # a textured part has hundreds


def write_blanks(photographs: Path, out: Path, count: int, seed: int) -> int:
    """Write lines that are found in photographs as JPEG files; give their number.

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
        for written, line in enumerate(_find_blanks(grey, wanted, draw)):
            line.save(out / f"{path.stem}-{written:03d}.jpg", quality=90)
    return len(list(out.iterdir()))


def _find_blanks(grey: Image.Image, count: int, draw: random.Random) -> list[Image.Image]:
    found: list[Image.Image] = []
    for _ in range(2 * count):  # parts, of which some have no line
        lines = [line.grey for line in find_lines(_cut_part(grey, draw))]
        found += draw.sample(lines, min(len(lines), LINES_A_PART))
        if len(found) >= count:
            break
    return found[:count]


def _cut_part(grey: Image.Image, draw: random.Random) -> Image.Image:
    """Cut a part of any size and place out of a photograph, and turn it by a quarter at times."""
    width, height = (round(side * draw.uniform(SMALLEST_PART, 1.0)) for side in grey.size)
    left, top = draw.randint(0, grey.width - width), draw.randint(0, grey.height - height)
    part = grey.crop((left, top, left + width, top + height))
    longest = draw.randint(*LONGEST_SIDE)
    part.thumbnail((longest, longest))
    return part.transpose(Image.Transpose.ROTATE_90) if draw.random() < 0.25 else part
