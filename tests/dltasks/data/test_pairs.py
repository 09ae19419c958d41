"""Pairs of sentences are read from every format, and bad lines are named, not fatal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dltasks.data.checks import CheckReport, check, usable
from dltasks.data.examples import Example, split, take_groups
from dltasks.data.pairs import read_pairs
from dltasks.tasks.translation import TASK
from pipelines.errors import ConfigurationError

HEAD = '<?xml version="1.0"?><tmx version="1.4"><header/><body>'


def write(path: Path, content: str | bytes) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def texts(location: str) -> list[tuple[str, str]]:
    return [(item.source, item.target) for item in read_pairs(location)]


def inspect(location: str) -> tuple[list[Example], CheckReport]:
    examples = read_pairs(location)
    return examples, check(examples, TASK)


def test_tsv_takes_the_first_two_columns(tmp_path: Path) -> None:
    location = write(tmp_path / "a.tsv", 'Go.\tVe.\tCC-BY\r\n\n"Hi" x\t«Hola»\n')
    assert texts(location) == [("Go.", "Ve."), ('"Hi" x', "«Hola»")]
    assert [item.origin for item in read_pairs(location)] == ["a.tsv line 1", "a.tsv line 3"]


def test_tsv_with_a_header_may_name_splits(tmp_path: Path) -> None:
    content = "source\ttarget\tsplit\na\tb\ttrain\nc\td\tdev\ne\tf\n"
    examples = read_pairs(write(tmp_path / "a.tsv", content))
    assert [(item.source, item.split) for item in examples] == [
        ("a", "train"),
        ("c", "valid"),
        ("e", ""),
    ]


def test_an_unknown_split_is_refused_with_its_line(tmp_path: Path) -> None:
    location = write(tmp_path / "a.tsv", "source\ttarget\tsplit\na\tb\tnow\n")
    with pytest.raises(ConfigurationError, match=r"a.tsv line 2: split 'now' is not one of"):
        read_pairs(location)


@pytest.mark.parametrize(
    "row",
    [
        {"source": "Go.", "target": "Ve."},
        {"en": "Go.", "es": "Ve."},
        {"id": 4, "translation": {"en": "Go.", "es": "Ve."}},
    ],
)
def test_json_lines_of_the_usual_shapes(tmp_path: Path, row: dict) -> None:
    assert texts(write(tmp_path / "a.jsonl", json.dumps(row) + "\n")) == [("Go.", "Ve.")]


def test_parallel_files_go_line_by_line(tmp_path: Path) -> None:
    first, second = (
        write(tmp_path / "a.en", "Go.\n\nHi.\n"),
        write(tmp_path / "a.es", "Ve.\n\nHola."),
    )
    assert texts(f"{first},{second}") == [("Go.", "Ve."), ("", ""), ("Hi.", "Hola.")]


def test_parallel_files_of_different_length_are_refused(tmp_path: Path) -> None:
    first, second = write(tmp_path / "a.en", "Go.\nHi.\n"), write(tmp_path / "a.es", "Ve.\n")
    with pytest.raises(ConfigurationError, match=r"a\.en has more lines than .*a\.es, from line 2"):
        read_pairs(f"{first},{second}")


def test_tmx_gives_its_first_two_languages_in_the_order_of_the_first_unit(tmp_path: Path) -> None:
    units = (
        '<tu><tuv xml:lang="en-GB"><seg>Go <bpt i="1">on</bpt>.</seg></tuv>'
        '<tuv xml:lang="es"><seg>Ve.</seg></tuv></tu>'
        '<tu><tuv xml:lang="es"><seg>Hola.</seg></tuv><tuv xml:lang="en"><seg>Hi.</seg></tuv></tu>'
        '<tu><tuv xml:lang="en"><seg>Alone.</seg></tuv></tu>'
    )
    location = write(tmp_path / "a.tmx", f"{HEAD}{units}</body></tmx>")
    assert texts(location) == [("Go on.", "Ve."), ("Hi.", "Hola."), ("Alone.", "")]


def test_damaged_tmx_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not TMX"):
        read_pairs(write(tmp_path / "a.tmx", f"{HEAD}<tu>"))


def test_a_folder_gives_its_splits(tmp_path: Path) -> None:
    write(tmp_path / "train.tsv", "Go.\tVe.\n")
    write(tmp_path / "valid.tsv", "Hi.\tHola.\n")
    write(tmp_path / "notes.txt", "nothing")
    assert [(item.source, item.split) for item in read_pairs(str(tmp_path))] == [
        ("Go.", "train"),
        ("Hi.", "valid"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", "", "has no pairs"),
        ("a.xlsx", "x", "is not a .tsv"),
        ("folder/a.txt", "x", "has none of these files"),
        ("folder/mine.tsv", "a\tb", "its name is not one of"),
    ],
)
def test_unusable_places_are_named(tmp_path: Path, name: str, content: str, message: str) -> None:
    path = Path(write(tmp_path / name, content))
    with pytest.raises(ConfigurationError, match=message):
        read_pairs(str(path.parent if path.parent != tmp_path else path))


def test_nothing_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        read_pairs(str(tmp_path / "none.tsv"))


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        (b"no tab here", "unsuitable", "there is no target; are there two columns?"),
        (b"\tx", "unsuitable", "there is no source"),
        (b"bad \xff\xfe\tx", "damaged", "the source is not UTF-8"),
        (b"x\tnul \0", "damaged", "a NUL character in the target"),
        (b"a" * 1_000_000 + b"\tb", "unsuitable", "the source has 1000000 letters"),
        (b"Hi.\t" + b"long " * 20, "unsuitable", "3 letters to 99; is it a translation?"),
        (b"this is not Spanish\tThis is not  Spanish", "unsuitable", "both sides are the same"),
        (b"Go.\tVe.", "duplicate", "also a.tsv line 1"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_is_used(
    tmp_path: Path, line: bytes, kind: str, message: str
) -> None:
    location = write(tmp_path / "a.tsv", b"Go.\tVe.\n" + line + b"\nTaxi!\ttaxi!\n")
    examples, report = inspect(location)
    (finding,) = report.findings
    assert finding.kind == kind
    assert finding.place == "a.tsv line 2"
    assert message in finding.message
    assert [item.source for item in usable(examples, report)] == ["Go.", "Taxi!"]
    assert f"a.tsv line 2: {kind}" in report.to_text()


def test_a_json_line_that_is_none_is_named(tmp_path: Path) -> None:
    location = write(tmp_path / "a.jsonl", '{"en": "a", "es": "b"}\n{"en": \n[1]\n')
    _, report = inspect(location)
    assert [finding.place for finding in report.bad] == ["a.jsonl line 2", "a.jsonl line 3"]


def test_no_source_sentence_is_in_two_splits(tmp_path: Path) -> None:
    lines = [f"Sentence {n // 3}.\tFrase {n}.\n" for n in range(60)]
    lines += [f"SENTENCE {n}.\tOtra {n}.\n" for n in range(20)]
    examples = read_pairs(write(tmp_path / "a.tsv", "".join(lines)))
    splits = split(examples, valid_fraction=0.2, seed=1, take=take_groups)
    train, valid = ({item.source.lower() for item in part} for part in (splits.train, splits.valid))
    assert valid
    assert not train & valid


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252", "utf-8-sig"])
def test_pairs_of_another_clear_encoding_are_read(tmp_path: Path, encoding: str) -> None:
    content = "Where is she?\t¿Dónde está?\nTomorrow.\tMañana.\n"
    location = write(tmp_path / "a.tsv", content.encode(encoding))
    assert texts(location) == [("Where is she?", "¿Dónde está?"), ("Tomorrow.", "Mañana.")]


def test_a_bad_byte_in_utf_8_costs_its_line_alone(tmp_path: Path) -> None:
    content = "Who?\t¿Quién?\nWhat?\t¿Qué?\nYear.\tA\udcf1o.\n".encode(errors="surrogateescape")
    _, report = inspect(write(tmp_path / "a.tsv", content))
    (finding,) = report.findings
    assert (finding.place, finding.kind) == ("a.tsv line 3", "damaged")
