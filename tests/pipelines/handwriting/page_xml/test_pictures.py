from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import InputError
from pipelines.handwriting.page_xml import find_picture, open_page_of
from pipelines.images import describe
from tests.documents import write_raw_pdf


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("page/leaf 1.jpg", "leaf 1.jpg"),
        ("leaf 1.jpg", "leaf 1.jpg"),
        ("leaf 1.jpg", "../leaf 1.jpg"),
        ("scans/leaf 1.jpg", "../scans/leaf 1.jpg"),
        ("scans/leaf 1.jpg", "scans/leaf 1.jpg"),
        ("page/scans/leaf 1.jpg", "scans\\leaf 1.jpg"),
        ("leaf 1.jpg", "C:\\Users\\Ada\\leaf 1.jpg"),
        ("leaf 1.jpg", "leaf%201.jpg"),
        ("été.jpg", "%C3%A9t%C3%A9.jpg"),
        ("page/50%.jpg", "50%.jpg"),
        ("leaf 1.jpg", "https://example.org/a/leaf%201.jpg?x=1"),
        ("leaf 1.jpg", "file:///nowhere/leaf%201.jpg"),
        ("leaf 1.tif", "leaf 1.jpg"),
        ("leaf 1.JPEG", "leaf 1.jpg"),
        ("letters.pdf", "../letters.pdf#page=2"),
        ("page/a#page=2", "a#page=2"),
        ("leaf.png", ""),
        ("page/leaf.png", "other.jpg"),
    ],
)
def test_a_picture_is_found(place: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "page" / "scans").mkdir(parents=True)
    (tmp_path / "scans").mkdir()
    (tmp_path / place).touch()
    found = find_picture(tmp_path / "page" / "leaf.xml", name)
    assert found.resolve() == (tmp_path / place).resolve()


def test_a_picture_in_the_place_that_the_file_says_comes_first(tmp_path: Path) -> None:
    for folder in ("page", "scans"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "leaf.png").touch()
    file = tmp_path / "page" / "leaf.xml"
    assert find_picture(file, "../scans/leaf.png").parent.name == "scans"
    absolute = str(tmp_path / "scans" / "leaf.png")
    assert find_picture(file, absolute) == tmp_path / "scans" / "leaf.png"
    assert find_picture(file, f"file://{absolute}") == tmp_path / "scans" / "leaf.png"


@pytest.mark.parametrize("name", ["", "gone.png", "\0", "a" * 5000, "%", "//host/a.png"])
def test_a_picture_that_is_missing_is_told(name: str, tmp_path: Path) -> None:
    file = tmp_path / "leaf.xml"
    file.touch()
    with pytest.raises(InputError, match="is neither beside it nor one folder up") as caught:
        find_picture(file, name)
    assert "\n" not in str(caught.value)


def test_a_page_of_a_document_is_opened_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "letters.pdf"
    path.write_bytes(write_raw_pdf(["", ""]))
    assert describe(open_page_of(path, "../letters.pdf#page=2")) == f"{path} page 2"
    assert open_page_of(path, "letters.pdf") == path
    odd = path.rename(tmp_path / "a#page=2")
    assert open_page_of(odd, "a#page=2") == odd
    drawn = tmp_path / "letters-2.png"
    assert open_page_of(drawn, "letters.pdf#page=2") == drawn
    path.write_bytes(odd.read_bytes())
    with pytest.raises(InputError, match="has no page 3; correct the name in the XML file"):
        open_page_of(path, "letters.pdf#page=3")
