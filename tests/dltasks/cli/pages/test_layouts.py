"""dltasks read --layout FILE.xml: the lines that a PAGE or ALTO file has, in its order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image

from tests.documents import make_pdf
from tests.line_reader import draw_bars

Run = Callable[..., Result]
PAGE = """<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
 <Page imageFilename="gone.png" imageWidth="{width}" imageHeight="{height}"><TextRegion id="r">
 {lines}</TextRegion></Page></PcGts>"""
LINE = '<TextLine id="{id}"><Coords points="{points}"/></TextLine>'


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """Two lines: "aab" above "bba"."""
    picture = Image.new("L", (200, 160), 255)
    picture.paste(draw_bars("aab"), (10, 20))
    picture.paste(draw_bars("bba"), (10, 90))
    path = tmp_path / "page.png"
    picture.save(path)
    return path


def write_layout(path: Path, *tops: int, scale: int = 1, more: str = "") -> Path:
    lines = [
        LINE.format(
            id=f"line_{top}",
            points=" ".join(
                f"{x * scale},{y * scale}"
                for x, y in ((5, top), (90, top), (90, top + 40), (5, top + 40))
            ),
        )
        for top in tops
    ]
    text = PAGE.format(width=200 * scale, height=160 * scale, lines="".join(lines) + more)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("scale", [1, 3])
def test_the_lines_of_the_file_are_read_in_its_order(
    read: Run, page: Path, scale: int, tmp_path: Path
) -> None:
    layout = write_layout(tmp_path / "page.xml", 85, 15, scale=scale)
    done = read(page, "--layout", layout, "--format", "json")
    (record,) = json.loads(done.stdout)
    assert [(line["text"], line["box"]) for line in record["result"]["lines"]] == [
        ("bba", [5, 85, 90, 125]),
        ("aab", [5, 15, 90, 55]),
    ]


def test_a_page_of_a_document_may_have_a_layout(read: Run, page: Path, tmp_path: Path) -> None:
    pdf = tmp_path / "letter.pdf"
    with Image.open(page) as picture:
        pdf.write_bytes(make_pdf([Image.new("L", (9, 9)), picture]))
    layout = write_layout(tmp_path / "page.xml", 15)
    done = read(pdf, "--pages", "2", "--layout", layout)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "aab\n", "")


def test_lines_that_cannot_be_cut_are_told_and_the_others_are_read(
    read: Run, page: Path, tmp_path: Path
) -> None:
    more = LINE.format(id="lost", points="900,900 990,900 990,990") + '<TextLine id="nowhere"/>'
    layout = write_layout(tmp_path / "page.xml", 15, more=more)
    done = read(page, "--layout", layout)
    assert (done.exit_code, done.stdout) == (0, "aab\n")
    assert done.stderr.splitlines() == [
        f"{layout} line lost: outside of its picture of 200 x 160 pixels; left out",
        f"{layout} line nowhere: no polygon and no baseline that can be read; left out",
    ]


def test_mistakes_are_told_in_one_line(
    read: Run, page: Path, lines: list[Path], tmp_path: Path
) -> None:
    layout = write_layout(tmp_path / "page.xml", 15)
    blank = write_layout(tmp_path / "blank.xml")
    other = tmp_path / "other.xml"
    other.write_text("<html/>")
    for words, code, message in (
        ([page, lines[0], "--layout", layout], 2, "has the lines of one page, not of 2; read one"),
        ([page, "--layout", blank], 2, "has no line in it; find them without it"),
        ([page, "--layout", other], 2, "neither PAGE nor ALTO XML (its root is 'html')"),
        ([page, "--layout", tmp_path / "gone.xml"], 2, "cannot be read: No such file"),
        ([page, "--layout", "column"], 2, "'column' is not one of auto, line, page, nor a file"),
        ([lines[0], "--layout", layout], 3, "has another shape than its picture of 48 x 32"),
        ([page, "--layout", layout, "--format", "page", "-o", layout], 2, "would be lost"),
    ):
        done = read(*words)
        assert (done.exit_code, done.stdout) == (code, "")
        assert message in done.stderr.splitlines()[-1]


def test_a_layout_whose_lines_all_lie_elsewhere_is_a_failure(
    read: Run, page: Path, tmp_path: Path
) -> None:
    layout = write_layout(tmp_path / "page.xml", 900)
    done = read(page, "--layout", layout)
    assert done.exit_code == 3
    assert done.stderr == (
        f"Error: {layout} line line_900: outside of its picture of 200 x 160 pixels; "
        "no line can be read\n"
    )
