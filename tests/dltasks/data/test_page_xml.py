from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dltasks.data.checks import check
from dltasks.data.page_xml import find_page_files, is_cut, problem_of, read_pages
from dltasks.tasks.handwriting import TASK
from pipelines.errors import ConfigurationError
from pipelines.images import Page, read_page

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

    def read_slowly(picture: Path) -> Page:
        pictures.append(picture)
        time.sleep(0.1)
        return read_page(picture)

    monkeypatch.setattr("dltasks.data.page_xml.read_page", read_slowly)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(read_pages, [[path], [path]])
    assert first == second
    assert len(pictures) == 1


def test_lines_that_cannot_be_used_are_named_by_page_and_line(tmp_path: Path) -> None:
    beyond = PAGE.replace("10,70 90,75 90,95 10,90", "500,500 600,500 600,520")
    first, *_ = examples = read_pages([_write(tmp_path / "a", beyond)])
    assert problem_of(first.source) == ""
    found = [(item.place, item.message) for item in check(examples, TASK).bad]
    assert found == [
        ("leaf.xml line placeless", "no polygon and no baseline that can be read"),
        ("leaf.xml line last", "outside of its picture of 100 x 100 pixels"),
    ]


def test_a_page_that_cannot_be_used_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    files = [_write(tmp_path / "a", ALTO), tmp_path / "a" / "lost.xml", tmp_path / "a" / "no.xml"]
    lost = ALTO.replace("leaf.png", "C:\\scans\\lost.jpg")
    files[1].write_text(lost, encoding="utf-8")
    files[2].write_text("<html/>")
    examples = read_pages(files)
    found = {item.place: item.message for item in check(examples, TASK).bad}
    assert found["lost.xml"] == (
        "its picture 'C:\\\\scans\\\\lost.jpg' is neither beside it nor one folder up; put it there"
    )
    assert found["no.xml"].startswith("neither PAGE nor ALTO XML")
    assert [example.target for example in examples] == ["in words", "one string", "", ""]


def test_a_page_whose_picture_breaks_off_is_not_cut(tmp_path: Path) -> None:
    file = _write(tmp_path, PAGE)
    whole = (tmp_path / "leaf.png").read_bytes()
    (tmp_path / "leaf.png").write_bytes(whole[:-20])
    with pytest.raises(
        ConfigurationError, match=r"leaf\.xml: its picture is not whole: .*leaf\.png: truncated"
    ):
        read_pages([file])


def test_pages_that_cannot_be_used_at_all_are_refused(tmp_path: Path) -> None:
    file = _write(tmp_path / "a", PAGE)
    (tmp_path / "a" / "leaf.png").write_bytes(b"no picture")
    with pytest.raises(ConfigurationError, match=r"leaf\.png: not an image"):
        read_pages([file])
    file.write_text("<PcGts")
    other = tmp_path / "a" / "other.xml"
    other.write_text("<html/>")
    with pytest.raises(ConfigurationError, match=r"cannot be read as XML.*; nor can the other 1"):
        read_pages([file, other])


def test_pages_without_texts_are_refused(tmp_path: Path) -> None:
    blank = PAGE.replace("TextEquiv", "Nothing")
    with pytest.raises(ConfigurationError, match=r"leaf\.xml: no line with a text in it"):
        read_pages([_write(tmp_path / "a", blank)])


def test_pages_in_folders_are_of_the_folders(tmp_path: Path) -> None:
    files = [_write(tmp_path / name, ALTO) for name in ("anna", "ben")]
    (tmp_path / "mets.xml").write_text("<mets/>")
    assert find_page_files(tmp_path) == files
    assert {example.group for example in read_pages(files)} == {"anna", "ben"}


def test_folders_that_are_named_after_the_format_are_no_writers(tmp_path: Path) -> None:
    files = []
    for name in ("anna", "ben"):
        (tmp_path / name).mkdir()
        files.append(_write(tmp_path / name / "page", PAGE))
        (tmp_path / name / "page" / "leaf.png").rename(tmp_path / name / "leaf.png")
        (tmp_path / name / "metadata.xml").write_text("<trpDocMetadata/>")
    (tmp_path / "anna" / "page" / "._leaf.xml").write_bytes(b"of macOS")
    assert find_page_files(tmp_path) == files
    examples = read_pages(files)
    assert {example.group for example in examples} == {"anna", "ben"}
    assert {problem_of(example.source) for example in examples if "first" in example.origin} == {""}


def test_texts_are_written_in_one_way(tmp_path: Path) -> None:
    decomposed = PAGE.replace("été", "e\u0301te\u0301 \n a\u0300")
    last = read_pages([_write(tmp_path / "a", decomposed)])[-1]
    assert last.target == "été à"
