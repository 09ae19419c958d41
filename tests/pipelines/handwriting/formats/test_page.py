from __future__ import annotations

from pathlib import Path

from pipelines.handwriting.formats.page import NAMESPACE, to_page_xml
from pipelines.handwriting.page_xml import read_layout
from tests.pipelines.handwriting.formats.pages import ABOUT, BLANK, RESULT, Rule, check

IDENTIFIER = {"id": r"[A-Za-z_][\w.-]*"}
POINTS = {"points": r"([0-9]+,[0-9]+ )+([0-9]+,[0-9]+)"}
CONFIDENCE = {"conf": r"0\.\d+|1\.0+"}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)"
# Out of pagecontent.xsd of 2019-07-15, what is written here.
RULES = {
    "PcGts": Rule("Metadata Page"),
    "Metadata": Rule("Creator Created LastChange"),
    "Creator": Rule(text=".+"),
    "Created": Rule(text=TIME),
    "LastChange": Rule(text=TIME),
    "Page": Rule(
        "ReadingOrder? TextRegion*",
        {"imageFilename": ".*", "imageWidth": r"\d+", "imageHeight": r"\d+"},
    ),
    "ReadingOrder": Rule("OrderedGroup"),
    "OrderedGroup": Rule("RegionRefIndexed+", IDENTIFIER),
    "RegionRefIndexed": Rule(needed={"index": r"\d+", "regionRef": ".+"}),
    "TextRegion": Rule("Coords TextLine* TextEquiv*", IDENTIFIER),
    "TextLine": Rule("Coords Baseline? Word* TextEquiv*", IDENTIFIER),
    "Word": Rule("Coords TextEquiv*", IDENTIFIER),
    "Coords": Rule(needed=POINTS, allowed=CONFIDENCE),
    "Baseline": Rule(needed=POINTS),
    "TextEquiv": Rule("Unicode", allowed={**CONFIDENCE, "index": r"\d+"}),
    "Unicode": Rule(text=".*"),
}


def test_a_page_keeps_to_the_schema() -> None:
    root = check(to_page_xml(RESULT, picture="été.png", **ABOUT), NAMESPACE, RULES)
    page = root.find("Page")
    assert page is not None
    assert page.attrib == {"imageFilename": "été.png", "imageWidth": "200", "imageHeight": "180"}
    assert root.findtext("Metadata/Created") == "2026-01-02T03:04:05+00:00"
    reference = root.find(".//RegionRefIndexed")
    region = root.find(".//TextRegion")
    assert reference is not None
    assert region is not None
    assert reference.get("regionRef") == region.get("id")


def test_a_page_without_lines_keeps_to_the_schema() -> None:
    root = check(to_page_xml(BLANK, picture="a.png", **ABOUT), NAMESPACE, RULES)
    assert root.find(".//TextRegion") is None


def test_words_and_lines_have_confidences_and_other_texts_their_rank() -> None:
    root = check(to_page_xml(RESULT, picture="a.png", **ABOUT), NAMESPACE, RULES)
    first = root.find(".//TextLine")
    assert first is not None
    assert [item.get("conf") for item in first.iterfind("Word/TextEquiv")] == ["0.5000", "0.6000"]
    assert [
        (item.get("index"), item.get("conf"), item.findtext("Unicode"))
        for item in first.iterfind("TextEquiv")
    ] == [("0", "0.5500", "un été"), ("1", None, "un ete"), ("2", None, "in été")]


def test_our_reader_finds_the_same_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(to_page_xml(RESULT, picture="été.png", **ABOUT), encoding="utf-8")
    layout = read_layout(path)
    assert (layout.picture, layout.width, layout.height) == ("été.png", 200, 180)
    assert [(item.text, item.polygon, item.baseline) for item in layout.lines] == [
        (item.text, item.polygon, item.baseline) for item in RESULT.lines
    ]


def test_what_xml_cannot_hold_is_replaced() -> None:
    text = to_page_xml(RESULT, picture="a\0\udce9\x1b.png", **ABOUT)
    page = check(text, NAMESPACE, RULES).find("Page")
    assert page is not None
    assert page.get("imageFilename") == "a\ufffd\ufffd\ufffd.png"
