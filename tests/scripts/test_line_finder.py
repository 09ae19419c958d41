from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from dltasks.data.examples import Example
from pipelines.handwriting.geometry import Affine, Box
from pipelines.handwriting.pages import FoundLine
from scripts.line_finder.composing import LineBank, compose
from scripts.line_finder.cores import paint_cores
from scripts.line_finder.measure import assign, match, spread_doubt
from scripts.line_finder.pages import Page, TrueLine, read_lines, read_true_page
from scripts.line_finder.staging import STAGES

TEXTS = ("a first line of words", "and the second one")
BOXES = (Box(30, 40, 360, 80), Box(30, 110, 360, 150))


@pytest.fixture
def page(tmp_path: Path) -> Page:
    picture = Image.new("L", (400, 300), 230)
    draw = ImageDraw.Draw(picture)
    for text, box in zip(TEXTS, BOXES, strict=True):
        draw.text((box.left + 5, box.top), text, fill=20, font=ImageFont.load_default(28))
    draw.text((40, 220), "print", fill=20, font=ImageFont.load_default(14))
    picture.save(tmp_path / "page.png")
    rows = [
        "\t".join(map(str, ("page.png", number, *box, text)))
        for number, (box, text) in enumerate(zip(BOXES, TEXTS, strict=True))
    ]
    heading = "page\torder\tleft\ttop\tright\tbottom\ttext"
    (tmp_path / "lines.tsv").write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return read_true_page(tmp_path / "page.png", read_lines(tmp_path)["page.png"])


def test_ink_is_of_the_line_whose_box_it_is_in_and_print_of_none(page: Page) -> None:
    assert page.lines == tuple(map(TrueLine, BOXES, TEXTS))
    assert set(np.unique(page.owner)) == {-1, 0, 1, 2}
    assert set(np.unique(page.owner[40:80])) == {0, 1}
    assert set(np.unique(page.owner[210:])) == {-1, 0}


def test_each_line_has_one_core_from_its_first_letter_to_its_last(page: Page) -> None:
    cores = paint_cores(page.owner)
    _, count = ndimage.label(cores > 0)
    assert count == 2
    for number, box in enumerate(BOXES, start=1):
        rows, columns = np.nonzero(cores == number)
        ink = np.nonzero(page.owner == number)[1]
        assert (columns.min(), columns.max()) == (ink.min(), ink.max())
        assert box.top < rows.min() < rows.max() < box.bottom


@pytest.mark.parametrize("kind", STAGES)
def test_a_stage_keeps_lines_with_their_ink(kind: str, page: Page) -> None:
    staged = STAGES[kind](page, np.random.default_rng(0))
    assert staged.grey.dtype == np.uint8
    assert staged.owner.shape == staged.grey.shape
    paper = ndimage.binary_dilation(staged.owner > 0, iterations=4) & (staged.owner == 0)
    for number in (1, 2):
        difference = np.median(staged.grey[paper]) - np.median(staged.grey[staged.owner == number])
        assert difference < -50 if kind == "dark" else difference > 30


def test_a_composed_page_knows_its_lines(tmp_path: Path) -> None:
    for number, text in enumerate(TEXTS):
        line = Image.new("L", (360, 40), 240)
        ImageDraw.Draw(line).text((5, 2), text, fill=30, font=ImageFont.load_default(28))
        line.save(tmp_path / f"{number}.png")
    examples = [
        Example(str(tmp_path / f"{number}.png"), text, group="one")
        for number, text in enumerate(TEXTS)
    ]
    for seed in range(4):
        composed = compose(LineBank(examples), np.random.default_rng(seed))
        assert composed.lines
        assert composed.owner.max() <= len(composed.lines)
        assert composed.grey.shape == composed.owner.shape


def test_a_found_line_is_the_one_whose_ink_it_has(page: Page) -> None:
    picture = Image.fromarray(page.grey)
    found = [
        FoundLine(picture.crop(box), Affine.moved(box.left, box.top)) for box in reversed(BOXES)
    ]
    matches = [match(spread_doubt(page), line) for line in found]
    assert assign(matches, len(page.lines)) == [2, 1]
    for one, number in zip(matches, (2, 1), strict=True):
        assert one.shared[number] >= 0.95 * (page.owner == number).sum()
        assert one.shared[0] == 0
