"""The maker of handwriting-latin: how it splits writers, knows fonts and makes up texts."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import ImageFont

from dltasks.data.examples import Example
from scripts.handwriting_latin.fonts import has_one_case
from scripts.handwriting_latin.sources import LANGUAGES, Language
from scripts.handwriting_latin.writers import (
    folder_of_page,
    running_text,
    split_writers,
    writer_of,
)

LETTERS = string.ascii_letters
WEEK = tuple(f"day{number}" for number in range(7))
YEAR = tuple(f"month{number}" for number in range(12))
LANGUAGE = Language(
    ("The cat sat on the mat.", "It was a fine day, he said."), ("Open",), YEAR, WEEK
)


def draw_font(path: Path, *, one_case: bool) -> ImageFont.FreeTypeFont:
    """Make a font whose letters are six bars, long or short as the bits of their numbers."""
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for letter in LETTERS:
        number = LETTERS.index(letter.upper() if one_case else letter)
        glyphs[letter] = draw_bars([900 if number >> bit & 1 else 300 for bit in range(6)])
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(letter): letter for letter in LETTERS})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Bars", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(str(path))
    return ImageFont.truetype(str(path), 64)


def draw_bars(lengths: list[int]) -> Any:
    """Draw bars one above another, and one that is as wide as any, so that all glyphs are."""
    pen = TTGlyphPen(None)
    for row, length in enumerate([*lengths, 900]):
        pen.moveTo((0, 100 * row))
        for corner in ((0, 100 * row + 100), (length, 100 * row + 100), (length, 100 * row)):
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


@pytest.mark.parametrize("folder", ["copiste-anne", "copiste-anne-double", "copiste-oldbatch-anne"])
def test_all_folders_of_a_volunteer_are_of_one_writer(folder: str) -> None:
    assert writer_of(folder) == "anne"


@pytest.mark.parametrize("page", ["wikitexte_0001.jpg", "wikitexte_0001_2.jpg"])
def test_both_pages_of_a_text_belong_to_its_folder(page: str) -> None:
    assert folder_of_page(page) == "copiste-wikitexte-0001"


def test_no_writer_is_in_two_splits() -> None:
    writers = [f"text-{number:02d}" for number in range(50)]
    folders = [f"copiste-{writer}" for writer in writers]
    folders += [f"copiste-oldbatch-{writer}" for writer in writers[::2]]
    folders += [f"copiste-{writer}-double" for writer in writers[::3]]
    pages = [f"text_{number:02d}_1.jpg" for number in range(20)]
    splits = split_writers([*folders, "peraire-1", "mss19-manuscrit-zola-misc"], pages, seed=1)
    found: dict[str, set[str]] = {}
    for folder in folders:
        found.setdefault(writer_of(folder), set()).add(splits[folder])
    assert all(len(of_writer) == 1 for of_writer in found.values())
    drawn = [split for of_writer in found.values() for split in of_writer]
    assert [drawn.count(split) for split in ("train", "valid", "test")] == [38, 6, 6]
    with_pages = [splits[folder_of_page(page)] for page in pages]
    assert with_pages.count("valid") == with_pages.count("test") == 3
    assert splits["peraire-1"] == "train"
    assert splits["mss19-manuscrit-zola-misc"] == "test"


def test_running_text_goes_on_from_line_to_line_of_one_writer() -> None:
    lines = [
        Example("1.jpg", "a b", group="anne"),
        Example("2.jpg", "x y", group="paul"),
        Example("3.jpg", "c d e", group="anne"),
    ]
    assert list(running_text(lines)) == ["a b c d e", "e", "x y"]


@pytest.mark.parametrize("one_case", [True, False])
def test_a_font_of_capitals_alone_is_known(tmp_path: Path, one_case: bool) -> None:
    assert has_one_case(draw_font(tmp_path / "bars.ttf", one_case=one_case)) is one_case


def make_maker(seed: int) -> Any:
    pytest.importorskip("faker", reason="texts need `pip install faker num2words`")
    pytest.importorskip("num2words", reason="texts need `pip install faker num2words`")
    from scripts.handwriting_latin.texts import TextMaker

    languages = dict.fromkeys(LANGUAGES, LANGUAGE)
    return TextMaker(languages, map(chr, range(32, 0x2500)), seed)


def test_a_seed_makes_the_same_texts_of_every_kind() -> None:
    one, same, other = make_maker(1), make_maker(1), make_maker(2)
    from scripts.handwriting_latin.texts import KINDS

    texts, same_texts, other_texts = (
        [maker.make(kind) for kind in KINDS] for maker in (one, same, other)
    )
    assert texts == same_texts
    assert texts != other_texts
    assert all(0 < len(text) <= 75 for text in texts)


@pytest.mark.parametrize(
    ("template", "form"),
    [
        ("{dd}-{AAA}", r"\d\d-[A-Z]{3}"),
        ("{d2-4}", r"\d{2,4}"),
        ("{5-7} {given}", r"[5-7] x"),
        ("{roman}. {Word}", r"[IV]+\. [A-Z][a-z]*"),
    ],
)
def test_slots_of_a_template_are_filled_in(template: str, form: str) -> None:
    assert re.fullmatch(form, make_maker(1).draw.fill(template, given="x"))
