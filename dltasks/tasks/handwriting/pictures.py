"""Pictures of lines with their texts, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from dltasks.data.remote import readable
from dltasks.evaluation.transcripts import Transcript
from pipelines.images import open_image, to_rgb

WIDTH = 1000  # pixels
LINE_HEIGHT = 48
TEXT_HEIGHT = 16
GAP = 8
BLACK, RED, WHITE = (0, 0, 0), (180, 0, 0), (255, 255, 255)


def draw_lines(transcripts: Sequence[Transcript], path: Path) -> Path:
    """Draw each line's picture, what it says, and in red what was read; a PNG sheet."""
    row_height = LINE_HEIGHT + 2 * TEXT_HEIGHT + GAP
    sheet = Image.new("RGB", (WIDTH, row_height * len(transcripts)), WHITE)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(TEXT_HEIGHT - 3)
    for number, item in enumerate(transcripts):
        top = number * row_height
        with open_image(readable(item.source)) as opened:
            picture = to_rgb(opened, item.source)
        picture.thumbnail((WIDTH, LINE_HEIGHT))
        sheet.paste(picture, (0, top))
        draw.text((0, top + LINE_HEIGHT), item.truth, fill=BLACK, font=font)
        draw.text((0, top + LINE_HEIGHT + TEXT_HEIGHT), item.text, fill=RED, font=font)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return path
