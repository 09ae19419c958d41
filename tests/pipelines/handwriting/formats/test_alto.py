from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.handwriting.formats.alto import NAMESPACE, to_alto_xml
from pipelines.handwriting.page_xml import read_layout
from tests.pipelines.handwriting.formats.pages import ABOUT, BLANK, RESULT, Rule, check

IDENTIFIER = {"ID": r"[A-Za-z_][\w.-]*"}
NUMBER = r"-?\d+(\.\d+)?"
PLACE = dict.fromkeys(("HPOS", "VPOS", "WIDTH", "HEIGHT"), NUMBER)
POINTS = r"(\d+,\d+ )+\d+,\d+"
# Out of alto-4-4.xsd, what is written here.
RULES = {
    "alto": Rule("Description Layout", allowed={"SCHEMAVERSION": r"4\.4"}),
    "Description": Rule("MeasurementUnit sourceImageInformation Processing*"),
    "MeasurementUnit": Rule(text="pixel|mm10|inch1200"),
    "sourceImageInformation": Rule("fileName"),
    "fileName": Rule(text=".+"),
    "Processing": Rule("processingCategory processingDateTime processingSoftware", IDENTIFIER),
    "processingCategory": Rule(text="contentGeneration|contentModification|other"),
    "processingDateTime": Rule(text=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"),
    "processingSoftware": Rule("softwareName"),
    "softwareName": Rule(text=".+"),
    "Layout": Rule("Page+"),
    "Page": Rule(
        "PrintSpace?", {**IDENTIFIER, "PHYSICAL_IMG_NR": NUMBER}, {"WIDTH": ".+", "HEIGHT": ".+"}
    ),
    "PrintSpace": Rule("TextBlock*", allowed=PLACE),
    "TextBlock": Rule("Shape? TextLine*", IDENTIFIER, PLACE),
    "Shape": Rule("Polygon"),
    "Polygon": Rule(needed={"POINTS": POINTS}),
    "String": Rule(needed={"CONTENT": ".*"}, allowed={**IDENTIFIER, **PLACE, "WC": r"[01]\.\d+"}),
    "SP": Rule(allowed=PLACE),
}
STRINGS = (1, 2, 3)


@pytest.mark.parametrize("result", [RESULT, BLANK])
def test_a_page_keeps_to_the_schema(result: object) -> None:
    text = to_alto_xml(result, picture="été.png", number=7, **ABOUT)  # type: ignore[arg-type]
    strings = "|".join("Shape " + "String SP " * (count - 1) + "String " for count in STRINGS)
    line = Rule(allowed={**IDENTIFIER, **PLACE, "BASELINE": POINTS})
    object.__setattr__(line, "children", strings)
    root = check(text, NAMESPACE, {**RULES, "TextLine": line})
    page = root.find("Layout/Page")
    assert page is not None
    assert page.get("PHYSICAL_IMG_NR") == "7"


def test_our_reader_finds_the_same_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(to_alto_xml(RESULT, picture="été.png", **ABOUT), encoding="utf-8")
    layout = read_layout(path)
    assert (layout.picture, layout.width, layout.height) == ("été.png", 200, 180)
    assert [(item.text, item.polygon, item.baseline) for item in layout.lines] == [
        (item.text, item.polygon, item.baseline) for item in RESULT.lines
    ]


def test_words_have_confidences_and_places() -> None:
    text = to_alto_xml(RESULT, picture="a.png", **ABOUT)
    assert 'CONTENT="été" WC="0.6000" HPOS="70" VPOS="20" WIDTH="40" HEIGHT="30"' in text
    assert 'CONTENT="&lt;&amp;&gt;"' in text
