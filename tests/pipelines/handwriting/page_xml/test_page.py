from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.handwriting.page_xml import PageLayout, read_layout

HEAD = '<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">'
COORDS = '<Coords points="10,10 90,10 90,30 10,30"/>'


def read(folder: Path, lines: str, page: str = "", before: str = "") -> PageLayout:
    path = folder / "leaf.xml"
    regions = f'<TextRegion id="r">{lines}</TextRegion>' if "<TextRegion" not in lines else lines
    path.write_text(
        f'{HEAD}<Page imageFilename="a.png" {page}>{before}{regions}</Page></PcGts>', "utf-8"
    )
    return read_layout(path)


def equiv(text: str, more: str = "") -> str:
    return f"<TextEquiv {more}><Unicode>{text}</Unicode></TextEquiv>"


def test_a_line_has_polygon_baseline_and_text(tmp_path: Path) -> None:
    line = (
        f'<TextLine id="l">{COORDS}<Baseline points="10,25 90,26"/>{equiv(" un  été ")}</TextLine>'
    )
    layout = read(tmp_path, line, 'imageWidth="100" imageHeight="50"')
    assert (layout.picture, layout.width, layout.height) == ("a.png", 100, 50)
    (found,) = layout.lines
    assert (found.identifier, found.text) == ("l", "un été")
    assert found.polygon == ((10, 10), (90, 10), (90, 30), (10, 30))
    assert found.baseline == ((10, 25), (90, 26))


@pytest.mark.parametrize(
    ("texts", "text"),
    [
        (equiv("b", 'index="1"') + equiv("a", 'index="0"'), "a"),
        (equiv("b", 'index="1"') + equiv("a", 'index=""'), "a"),
        (equiv("b", 'index="1"') + equiv("a"), "a"),
        (equiv("", 'index="0"') + equiv("b", 'index="1"'), "b"),
        ("<TextEquiv><PlainText>a</PlainText></TextEquiv>", "a"),
        (f"<Word>{equiv('of')}</Word><Word>{equiv('words')}</Word>", "of words"),
        (f"<Word>{equiv('of')}</Word>{equiv('its own')}", "its own"),
        (f"<Word>{equiv('of')}</Word><Word/>{equiv('')}", "of"),
        ("", ""),
    ],
)
def test_the_first_choice_is_the_text_and_words_stand_in_for_it(
    texts: str, text: str, tmp_path: Path
) -> None:
    (line,) = read(tmp_path, f"<TextLine>{COORDS}{texts}</TextLine>").lines
    assert line.text == text


def test_points_of_2010_are_elements(tmp_path: Path) -> None:
    points = "".join(f'<Point x="{x}" y="{y}"/>' for x, y in ((1, 2), (3, 4), (5, 6)))
    (line,) = read(tmp_path, f"<TextLine><Coords>{points}</Coords></TextLine>").lines
    assert line.polygon == ((1, 2), (3, 4), (5, 6))


@pytest.mark.parametrize("points", ["", "1,2 x,y", "nan,1 2,2 3,3", "inf,1 2,2 3,3"])
def test_points_that_cannot_be_read_are_none(points: str, tmp_path: Path) -> None:
    (line,) = read(tmp_path, f'<TextLine><Coords points="{points}"/></TextLine>').lines
    assert line.polygon == ()


def test_regions_come_in_reading_order(tmp_path: Path) -> None:
    order = """<ReadingOrder><OrderedGroup id="g">
      <RegionRefIndexed index="2" regionRef="a"/>
      <OrderedGroupIndexed index="1" id="h"><RegionRefIndexed index="0" regionRef="c"/>
      </OrderedGroupIndexed></OrderedGroup></ReadingOrder>"""
    regions = "".join(
        f'<TextRegion id="{name}"><TextLine id="{name}1"/><TextLine id="{name}2"/></TextRegion>'
        for name in "abc"
    )
    lines = read(tmp_path, regions, before=order).lines
    assert [line.identifier for line in lines] == ["c1", "c2", "a1", "a2", "b1", "b2"]


def test_a_file_without_a_page_has_no_lines(tmp_path: Path) -> None:
    (tmp_path / "leaf.xml").write_text(f"{HEAD}</PcGts>")
    assert read_layout(tmp_path / "leaf.xml") == PageLayout("", ())
