from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from pipelines.handwriting.formats.hocr import END, page_to_hocr, start_hocr, to_hocr
from tests.pipelines.handwriting.formats.pages import BLANK, RESULT

XHTML = "{http://www.w3.org/1999/xhtml}"


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [item for item in root.iter() if item.get("class") == name]


def test_pages_lines_and_words_have_places_and_confidences() -> None:
    root = ElementTree.fromstring(to_hocr(RESULT, picture='a "b".png', creator="dltasks"))
    (page,) = of_class(root, "ocr_page")
    assert page.get("title") == "image \"a 'b'.png\"; bbox 0 0 200 180; ppageno 0"
    assert len(of_class(page, "ocr_carea")) == 1
    first, second, third = of_class(page, "ocr_line")
    assert first.get("title") == "bbox 10 15 190 55; baseline 0.011 -7; x_wconf 55"
    words = of_class(first, "ocrx_word")
    assert [word.get("title") for word in words] == [
        "bbox 20 20 60 50; x_wconf 50",
        "bbox 70 20 110 50; x_wconf 60",
    ]
    assert ["".join(item.itertext()).strip() for item in (first, second, third)] == [
        "un été",
        "<&> \"a\" 'b'",
        "",
    ]


def test_a_line_that_runs_down_has_an_angle() -> None:
    down = replace(RESULT.lines[0], baseline=((50, 10), (50, 170)))
    text = to_hocr(replace(RESULT, lines=(down,)), picture="a.png", creator="dltasks")
    assert "bbox 10 15 190 55; textangle 270; x_wconf 55" in text


def test_capabilities_are_declared() -> None:
    root = ElementTree.fromstring(to_hocr(RESULT, picture="a.png", creator="dltasks 1 & more"))
    metadata = {item.get("name"): item.get("content") for item in root.iter(f"{XHTML}meta")}
    assert metadata["ocr-system"] == "dltasks 1 & more"
    used = {item.get("class") for item in root.iter()} - {None}
    assert used <= set(str(metadata["ocr-capabilities"]).split())
    assert "ocrp_wconf" in str(metadata["ocr-capabilities"])


def test_several_pages_in_one_file_have_names_of_their_own() -> None:
    pages = [
        page_to_hocr(result, picture="a.pdf", index=index, number=index + 3)
        for index, result in enumerate((RESULT, BLANK, RESULT))
    ]
    root = ElementTree.fromstring(start_hocr("a", "b") + "".join(pages) + END)
    names = [item.get("id") for item in root.iter() if item.get("id")]
    assert len(set(names)) == len(names)
    numbers = [str(page.get("title")).rpartition(" ")[2] for page in of_class(root, "ocr_page")]
    assert numbers == ["2", "3", "4"]  # from 0


def test_what_xml_cannot_hold_is_replaced() -> None:
    ElementTree.fromstring(to_hocr(RESULT, picture="\0\udce9<\x1b'", creator="\x00"))
