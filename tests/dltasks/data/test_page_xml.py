from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dltasks.data.page_xml import cut_polygon, find_page_files, is_cut, parse_page, read_pages
from pipelines.errors import ConfigurationError
from pipelines.images import GreyPage, read_grey_page

PAGE = """<?xml version="1.0"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
 <Page imageFilename="scans/leaf.png"><TextRegion id="r">
  <TextLine id="first"><Coords points="10,10 90,10 90,30 10,30"/>
   <TextLine-like/>
   <Word id="w"><TextEquiv><Unicode>word</Unicode></TextEquiv></Word>
   <TextEquiv index="1"><Unicode>second choice</Unicode></TextEquiv>
   <TextEquiv index="0"><Unicode> the first line </Unicode></TextEquiv></TextLine>
  <TextLine id="untold"><Coords points="10,40 90,40 90,60 10,60"/></TextLine>
  <TextLine id="placeless"><TextEquiv><Unicode>nowhere</Unicode></TextEquiv></TextLine>
  <TextLine id="last"><Coords points="10,70 90,75 90,95 10,90"/>
   <TextEquiv><Unicode>été</Unicode></TextEquiv></TextLine>
 </TextRegion></Page></PcGts>"""

ALTO = """<?xml version="1.0"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#">
 <Description><sourceImageInformation><fileName>leaf.png</fileName></sourceImageInformation>
 </Description><Layout><Page><PrintSpace><TextBlock>
  <TextLine ID="a" HPOS="10" VPOS="10" WIDTH="80" HEIGHT="20">
   <String CONTENT="in"/><SP/><String CONTENT="words"/></TextLine>
  <TextLine ID="b"><Shape><Polygon POINTS="10 70 90 70 90 95 10 95"/></Shape>
   <String CONTENT="one string"/></TextLine>
 </TextBlock></PrintSpace></Page></Layout></alto>"""


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLTASKS_HOME", str(tmp_path / "home"))


def _write(folder: Path, content: str, name: str = "leaf.xml") -> Path:
    folder.mkdir(exist_ok=True)
    values = np.full((100, 100), 200, np.uint8)
    values[15:25, 20:80] = 10
    Image.fromarray(values).save(folder / "leaf.png")
    (folder / name).write_text(content, encoding="utf-8")
    return folder / name


def test_page_lines_have_their_texts_and_polygons(tmp_path: Path) -> None:
    page = parse_page(_write(tmp_path / "a", PAGE))
    assert page.picture == tmp_path / "a" / "leaf.png"
    assert [(line.identifier, line.text) for line in page.lines] == [
        ("first", "the first line"),
        ("placeless", "nowhere"),
        ("last", "été"),
    ]
    assert page.lines[1].polygon == ()
    assert page.lines[2].polygon == ((10, 70), (90, 75), (90, 95), (10, 90))


def test_alto_lines_have_their_words_and_places(tmp_path: Path) -> None:
    page = parse_page(_write(tmp_path / "a", ALTO))
    assert [(line.identifier, line.text) for line in page.lines] == [
        ("a", "in words"),
        ("b", "one string"),
    ]
    assert page.lines[0].polygon == ((10, 10), (90, 10), (90, 30), (10, 30))


def test_lines_are_cut_out_once(tmp_path: Path) -> None:
    file = _write(tmp_path / "a", PAGE)
    first, placeless, last = read_pages([file])
    assert (first.target, first.origin, first.group) == (
        "the first line",
        "leaf.xml line first",
        "leaf",
    )
    with Image.open(first.source) as picture:
        assert picture.size == (80, 20)
        assert picture.getextrema() == (10, 200)
    assert is_cut(first.source)
    before = Path(last.source).stat().st_mtime_ns
    assert read_pages([file]) == [first, placeless, last]
    assert Path(last.source).stat().st_mtime_ns == before


def test_two_at_once_cut_the_same_page_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "a", ALTO)
    pictures: list[Path] = []

    def read_slowly(picture: Path) -> GreyPage:
        pictures.append(picture)
        time.sleep(0.1)
        return read_grey_page(picture)

    monkeypatch.setattr("dltasks.data.page_xml.read_grey_page", read_slowly)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(read_pages, [[path], [path]])
    assert first == second
    assert len(pictures) == 1


def test_lines_outside_of_the_picture_are_empty_files(tmp_path: Path) -> None:
    beyond = PAGE.replace("10,70 90,75 90,95 10,90", "500,500 600,500 600,520")
    _, placeless, last = read_pages([_write(tmp_path / "a", beyond)])
    assert Path(placeless.source).read_bytes() == Path(last.source).read_bytes() == b""


def test_pages_without_texts_are_refused(tmp_path: Path) -> None:
    blank = PAGE.replace("TextEquiv", "Nothing")
    with pytest.raises(ConfigurationError, match=r"leaf\.xml: no line with a text in it"):
        read_pages([_write(tmp_path / "a", blank)])


def test_pages_in_folders_are_of_the_folders(tmp_path: Path) -> None:
    files = [_write(tmp_path / name, ALTO) for name in ("anna", "ben")]
    (tmp_path / "mets.xml").write_text("<mets/>")
    assert find_page_files(tmp_path) == files
    assert {example.group for example in read_pages(files)} == {"anna", "ben"}


def test_outside_of_the_polygon_is_paper() -> None:
    values = np.full((20, 20), 200, np.uint8)
    values[:, 10:] = 0
    cut = np.asarray(cut_polygon(Image.fromarray(values), [(2, 2), (9, 2), (9, 18), (2, 10)]))
    assert cut.min() == 200
    beyond = cut_polygon(Image.fromarray(values), [(-5, -5), (50, -5), (50, 50)])
    assert beyond.size == (20, 20)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<PcGts", "cannot be read as XML"),
        ("<html/>", "neither PAGE nor ALTO XML"),
        (PAGE.replace("leaf.png", "other.png").replace("scans", "x"), None),
    ],
)
def test_mistakes_are_told_in_one_line(tmp_path: Path, content: str, message: str | None) -> None:
    file = _write(tmp_path / "a", content)
    if message is None:  # the picture that has the file's own name is taken
        assert parse_page(file).picture.name == "leaf.png"
        (tmp_path / "a" / "leaf.png").unlink()
        message = "its picture 'x/other.png' is not beside it"
    with pytest.raises(ConfigurationError, match=message) as caught:
        parse_page(file)
    assert "\n" not in str(caught.value)
