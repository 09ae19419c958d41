from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.handwriting.page_xml import PageLayout, read_layout

PLACE = 'HPOS="10" VPOS="20" WIDTH="30" HEIGHT="5"'


def read(folder: Path, lines: str, unit: str = "pixel", page: str = "") -> PageLayout:
    path = folder / "leaf.xml"
    path.write_text(
        f"""<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#"><Description>
        <MeasurementUnit>{unit}</MeasurementUnit>
        <sourceImageInformation><fileName>a.png</fileName></sourceImageInformation></Description>
        <Layout><Page {page}><PrintSpace><TextBlock>{lines}</TextBlock></PrintSpace></Page></Layout>
        </alto>""",
        "utf-8",
    )
    return read_layout(path)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ('<String CONTENT="in"/><SP/><String CONTENT="words"/>', "in words"),
        ('<String CONTENT="no"/><String CONTENT="spaces"/>', "no spaces"),
        ('<String CONTENT="end"/><String CONTENT="."/><SP/><String CONTENT="So"/>', "end. So"),
        ('<String CONTENT="hand"/><HYP CONTENT="-"/>', "hand-"),
        ('<String CONTENT="hand"/><HYP CONTENT="&#xAD;"/>', "hand-"),
        ('<String CONTENT="hand-"/><HYP CONTENT="-"/>', "hand-"),
        ('<String CONTENT="hand" SUBS_CONTENT="handwriting"/><HYP/>', "hand"),
        ("", ""),
    ],
)
def test_strings_are_joined_as_the_line_says(parts: str, text: str, tmp_path: Path) -> None:
    (line,) = read(tmp_path, f"<TextLine>{parts}</TextLine>").lines
    assert line.text == text


def test_the_shape_of_a_word_is_not_that_of_its_line(tmp_path: Path) -> None:
    word = '<String CONTENT="a"><Shape><Polygon POINTS="0 0 1 0 1 1"/></Shape></String>'
    (line,) = read(tmp_path, f"<TextLine {PLACE}>{word}</TextLine>").lines
    assert line.polygon == ((10, 20), (40, 20), (40, 25), (10, 25))
    shape = '<Shape><Polygon POINTS="5,5 9,5 9,9"/></Shape>'
    (line,) = read(tmp_path, f"<TextLine {PLACE}>{shape}{word}</TextLine>").lines
    assert line.polygon == ((5, 5), (9, 5), (9, 9))


@pytest.mark.parametrize(
    ("value", "points"),
    [
        ("10 24 40 25", ((10, 24), (40, 25))),
        ("10,24 40,25", ((10, 24), (40, 25))),
        ("24", ((10, 24), (40, 24))),
        ("", ()),
    ],
)
def test_a_baseline_is_points_or_a_height(
    value: str, points: tuple[object, ...], tmp_path: Path
) -> None:
    (line,) = read(tmp_path, f'<TextLine {PLACE} BASELINE="{value}"/>').lines
    assert line.baseline == points


def test_size_and_unit_of_the_page_are_kept(tmp_path: Path) -> None:
    layout = read(tmp_path, "", "mm10", 'WIDTH="2100" HEIGHT="2970"')
    assert (layout.unit, layout.width, layout.height) == ("mm10", 2100, 2970)
    with pytest.raises(InputError, match="MeasurementUnit 'cm' is not one of pixel, mm10"):
        read(tmp_path, "", "cm")


def test_a_file_of_several_pages_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leaf.xml"
    path.write_text("<alto><Layout><Page/><Page/></Layout></alto>")
    with pytest.raises(InputError, match="2 pages in one file; export each as a file"):
        read_layout(path)
