"""Texts to learn writing from: where they may lie, and that no character is lost or made up."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest

from dltasks.data import texts
from dltasks.data.checks import check
from dltasks.data.texts import (
    Passage,
    check_text,
    chunks,
    count_characters,
    read_beginning,
    read_texts,
    take_tails,
    text_digest,
)
from dltasks.tasks.text_generation.task import TASK
from pipelines.errors import ConfigurationError, InputError

SPANISH = "El niño comió piñones; ¿quién más? ¡Qué año! " * 20


def whole(passage: Passage) -> str:
    return "".join(chunks(passage))


def test_a_file_is_one_text(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text(SPANISH, encoding="utf-8")
    (text,) = read_texts(str(path))
    assert whole(text) == SPANISH
    assert count_characters(text) == len(SPANISH)
    assert not text.encoding.is_guess


def test_line_breaks_of_all_systems_are_one_character(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n\n")
    assert whole(read_texts(str(path))[0]) == "one\ntwo\nthree\n\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_an_encoding_with_a_mark_is_known(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "book.txt"
    path.write_text(SPANISH, encoding=encoding)
    (text,) = read_texts(str(path))
    assert whole(text) == SPANISH
    assert not text.encoding.is_guess


def test_another_encoding_is_detected_and_said_to_be_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text(SPANISH, encoding="latin-1")
    (text,) = read_texts(str(path))
    assert text.encoding.is_guess
    assert whole(text) == SPANISH


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text("ДА" * 40, encoding="koi8-r")
    (text,) = read_texts(f"{path}?encoding=koi8-r")
    assert whole(text) == "ДА" * 40
    assert not text.encoding.is_guess
    wrong = read_texts(f"{path}?encoding=ascii")[0]
    with pytest.raises(InputError, match="not ascii"):
        check_text(wrong)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("encoding=utf-99", "'utf-99' is unknown"),
        ("encodng=utf-8", "did you mean 'encoding'"),
    ],
)
def test_a_wrong_option_is_refused(tmp_path: Path, query: str, message: str) -> None:
    path = tmp_path / "book.txt"
    path.write_text("a", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=message):
        read_texts(f"{path}?{query}")


def test_a_question_mark_may_be_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "who?encoding=me"
    path.write_text("a", encoding="utf-8")
    assert whole(read_texts(str(path))[0]) == "a"


def test_a_file_that_is_cut_late_is_not_taken_for_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(b"plain words " * 200_000 + "año".encode("latin-1"))
    (text,) = read_texts(str(path))
    assert text.encoding.name != texts.UTF_8
    assert whole(text).endswith("año")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\0\0\0\xff" * 9, b"text\0text"])
def test_a_binary_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "picture.txt"
    path.write_bytes(content)
    report = check(read_texts(str(path)), TASK)
    (finding,) = report.findings
    assert finding.kind == "damaged"
    assert "\n" not in finding.message


def test_an_empty_file_is_found_empty(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.touch()
    (finding,) = check(read_texts(str(path)), TASK).findings
    assert finding.kind == "empty"
    with pytest.raises(ConfigurationError, match="does not exist"):
        read_texts(str(tmp_path / "none.txt"))


def test_a_folder_holds_texts_at_any_depth(tmp_path: Path) -> None:
    for name in ("b.txt", "deep/a.md", ".hidden/c.txt", "picture.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    assert [whole(text) for text in read_texts(str(tmp_path))] == ["b.txt", "deep/a.md"]
    assert [text.split for text in read_texts(str(tmp_path))] == ["", ""]
    with pytest.raises(ConfigurationError, match="none of these files"):
        read_texts(str(_make_empty(tmp_path)))


def _make_empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def test_names_say_the_split(tmp_path: Path) -> None:
    for name in ("train.txt", "validation.txt", "test.txt"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    found = {text.split: whole(text) for text in read_texts(str(tmp_path))}
    assert found == {"train": "train.txt", "valid": "validation.txt", "test": "test.txt"}


def test_a_cell_may_hold_a_whole_book(tmp_path: Path) -> None:
    book = "one line\n" * 100_000
    (tmp_path / "books.csv").write_text(f'title,text\nA,"{book}"\n')
    (found,) = read_texts(str(tmp_path / "books.csv"))
    assert "".join(chunks(found)) == book


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl"])
def test_a_column_of_a_table_is_a_text_a_row(tmp_path: Path, suffix: str) -> None:
    rows = [("one\n, two", "x"), ("", "y"), ("drei ß", "z")]
    path = tmp_path / f"reviews{suffix}"
    if suffix == ".jsonl":
        lines = [json.dumps({"review": text, "other": other}) for text, other in rows]
        path.write_text("\n".join(lines), encoding="utf-8")
    else:
        mark = {".csv": ",", ".tsv": "\t"}[suffix]
        lines = [f"review{mark}other", *(f'"{text}"{mark}{other}' for text, other in rows)]
        path.write_text("\n".join(lines), encoding="utf-8")
    found = read_texts(f"{path}?column=review")
    assert [whole(text) for text in found] == ["one\n, two", "drei ß"]
    assert all(path.name in text.place for text in found)
    with pytest.raises(ConfigurationError, match="name the column"):
        read_texts(str(path))
    with pytest.raises(ConfigurationError, match="found: review, other"):
        read_texts(f"{path}?column=text")


def test_the_last_part_of_each_file_is_for_validation(tmp_path: Path) -> None:
    contents = {"a.txt": "0123456789" * 3, "b.txt": "abcdefghij"}
    for name, content in contents.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    train, valid = take_tails(read_texts(str(tmp_path)), fraction=0.1, seed=1)
    assert [whole(text) for text in train] == ["0123456789" * 2 + "0123456", "abcdefghi"]
    assert [whole(text) for text in valid] == ["789", "j"]


def test_rows_are_taken_whole(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lines = [json.dumps({"text": f"text {number}"}) for number in range(20)]
    path.write_text("\n".join(lines), encoding="utf-8")
    train, valid = take_tails(read_texts(str(path)), fraction=0.1, seed=1)
    assert len(train) == 18
    assert len(valid) == 2
    assert not {text.source for text in train} & {text.source for text in valid}


def test_equal_texts_have_equal_digests(tmp_path: Path) -> None:
    for name, content in (("a.txt", "one"), ("b.txt", "one"), ("c.txt", "two")):
        (tmp_path / name).write_text(content, encoding="utf-8")
    first, second, third = map(text_digest, read_texts(str(tmp_path)))
    assert first == second != third


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    from dltasks.tasks.text_generation.streams import write_symbols
    from pipelines.text_generation.vocabularies import ByteVocabulary, CharacterVocabulary

    path = tmp_path / "large.txt"
    line = "a line of a large file, with an ñ in it\n"
    megabytes = 24
    with path.open("w", encoding="utf-8") as file:
        for _ in range(megabytes):
            file.write(line * (1_000_000 // len(line)))
    tracemalloc.start()
    (text,) = read_texts(str(path))
    check_text(text)
    assert text_digest(text)
    (train,), (valid,) = take_tails([text], fraction=0.1, seed=1)
    for vocabulary in (CharacterVocabulary(sorted(set(line))), ByteVocabulary()):
        symbols = write_symbols([train], vocabulary)
        assert symbols.characters == count_characters(train)
        assert len(symbols.numbers) > symbols.characters
    assert count_characters(valid) > 0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Some chunks of a million characters in their several forms, however long the file is.
    assert peak < 20 * texts.CHUNK


def test_the_beginning_of_a_file_or_of_the_text_itself(tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_text("0123456789", encoding="utf-8")
    assert read_beginning(str(path), 4) == "0123"
    assert read_beginning("no such file", 4) == "no s"
