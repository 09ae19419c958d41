from __future__ import annotations

from pathlib import Path

import pytest

from dltasks.data.examples import Example
from dltasks.data.transcripts import read_transcripts
from pipelines.errors import ConfigurationError

SUFFIXES = {".png"}


def _read(location: Path) -> list[Example]:
    return read_transcripts(str(location), SUFFIXES)


def test_plain_manifest_is_path_tab_text(tmp_path: Path) -> None:
    (tmp_path / "labels.tsv").write_text('a.png\tShe said "no"\n\nb.png\tDon\'t\tstop\n')
    first, second = _read(tmp_path)
    assert (first.source, first.target) == (str(tmp_path / "a.png"), 'She said "no"')
    assert second.target == "Don't stop"
    assert second.origin == "labels.tsv line 3"


def test_manifest_with_a_heading_names_text_split_and_writer(tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text('path,text,split,writer\na.png,"one, two",test,anna\n')
    (example,) = _read(path)
    assert example.target == "one, two"
    assert (example.split, example.group) == ("test", "anna")


def test_a_text_that_could_be_a_heading_is_a_text_beside_a_file(tmp_path: Path) -> None:
    (tmp_path / "labels.tsv").write_text("a.png\timage\nb.png\tid\n")
    assert [example.target for example in _read(tmp_path)] == ["image", "id"]


def test_tab_separated_manifest_may_have_a_heading(tmp_path: Path) -> None:
    path = tmp_path / "lines.tsv"
    path.write_text("path\ttext\na.png\tone\n")
    assert [example.target for example in _read(path)] == ["one"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("path\ttranscription\na.png\tone\n", "line 2: no 'label' in it .*text, target would also"),
        ("path\ttext\na.png\t\n", "line 2: no 'text' in it"),
    ],
)
def test_a_heading_without_a_text_is_no_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "lines.tsv"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=message):
        _read(path)


def test_texts_are_composed_and_single_spaced(tmp_path: Path) -> None:
    path = tmp_path / "lines.tsv"
    path.write_text("a.png\t  cafe\u0301 \u00a0 au  lait \n", encoding="utf-8")
    assert _read(path)[0].target == "café au lait"


def test_folder_of_files_with_texts_beside_them(tmp_path: Path) -> None:
    for writer in ("anna", "ben"):
        (tmp_path / writer).mkdir()
        (tmp_path / writer / "1.png").write_bytes(b"picture")
        (tmp_path / writer / "1.txt").write_text(f"by {writer}\n")
    (tmp_path / "anna" / "untold.png").write_bytes(b"picture")
    examples = _read(tmp_path)
    assert [(item.target, item.group) for item in examples] == [
        ("by anna", "anna"),
        ("by ben", "ben"),
    ]


def test_files_in_one_folder_are_of_no_group(tmp_path: Path) -> None:
    (tmp_path / "labels.tsv").write_text("a.png\tone\nb.png\ttwo\n")
    assert {example.group for example in _read(tmp_path)} == {""}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a.png\tone\nb.png two\n", "labels.tsv line 2: 'b.png two' has no tab in it"),
        (b"a.png\tone\nb.png\t\xff\n", "labels.tsv line 2: not UTF-8"),
        (b"", "has no examples"),
    ],
)
def test_a_mistake_in_a_manifest_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "labels.tsv").write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        _read(tmp_path)


def test_nothing_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        _read(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match=r"a folder needs a \.txt beside each file"):
        _read(tmp_path)


def test_texts_may_be_named_as_ground_truth(tmp_path: Path) -> None:
    for name in ("a.png", "b.bin.png", "c.png", "d.png"):
        (tmp_path / name).touch()
    for name in ("a.gt.txt", "b.gt.txt", "c.txt", "c.gt.txt"):
        (tmp_path / name).write_text(name)
    found = {Path(example.source).name: example.target for example in _read(tmp_path)}
    assert found == {"a.png": "a.gt.txt", "b.bin.png": "b.gt.txt", "c.png": "c.txt"}
