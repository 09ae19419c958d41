"""INPUT arguments become inputs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dltasks.cli.inputs import RemoteFile, expand
from pipelines.errors import ConfigurationError, InputError

SUFFIXES = frozenset({".jpg", ".png"})


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of the test's own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def found(*arguments: str) -> list[object]:
    return list(expand(arguments, SUFFIXES))


def test_files_are_taken_whatever_their_name_and_whether_they_are_there() -> None:
    touch("notes.txt")
    assert found("notes.txt", "missing.png") == ["notes.txt", "missing.png"]


def test_a_folder_is_searched_to_any_depth_in_order() -> None:
    touch("photos/b.png", "photos/a/z.jpg", "photos/a/deep/y.PNG", "photos/notes.txt")
    assert found("photos") == ["photos/a/deep/y.PNG", "photos/a/z.jpg", "photos/b.png"]


def test_hidden_files_and_folders_do_not_count() -> None:
    touch(".photos/a.png", ".photos/.cache/b.png", ".photos/._c.png")
    assert found(".photos") == [".photos/a.png"]


def test_a_folder_named_like_an_image_is_no_image() -> None:
    touch("photos/folder.png/a.png")
    assert found("photos") == ["photos/folder.png/a.png"]


def test_a_glob_gives_files_and_folders_in_order() -> None:
    touch("b1.png", "b0.png", "b2/c.jpg", "a.png")
    assert found("b*") == ["b0.png", "b1.png", "b2/c.jpg"]
    touch("deep/deeper/d.png")
    assert found("deep/**/*.png") == ["deep/deeper/d.png"]


def test_a_file_with_brackets_or_an_at_sign_in_its_name_is_that_file() -> None:
    touch("photo[1].png", "@list.txt")
    assert found("photo[1].png", "@list.txt") == ["photo[1].png", "@list.txt"]


def test_a_list_is_read_line_by_line() -> None:
    touch("photos/a.png")
    text = "\ufeffone file.png\r\n\r\n  photos \nhttps://host/b.png\né.png\n"
    Path("list.txt").write_text(text, encoding="utf-8", newline="")
    first, second, third, fourth = found("@list.txt")
    assert (first, second, fourth) == ("one file.png", "photos/a.png", "é.png")
    assert isinstance(third, RemoteFile)


def test_a_list_may_name_lists_but_not_itself() -> None:
    Path("outer.txt").write_text("@inner.txt\nb.png\n@inner.txt\n")
    Path("inner.txt").write_text("a.png\n")
    assert found("@outer.txt") == ["a.png", "b.png", "a.png"]
    Path("inner.txt").write_text("@outer.txt\n")
    with pytest.raises(ConfigurationError, match=r"list 'outer\.txt' contains itself"):
        found("@outer.txt")


def test_a_list_that_is_no_text_is_named() -> None:
    Path("list.txt").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ConfigurationError, match=r"list 'list\.txt' cannot be read: not UTF-8"):
        found("@list.txt")
    with pytest.raises(ConfigurationError, match="list '' cannot be read"):
        found("@")


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="an INPUT is empty"):
        list(expand([""], SUFFIXES))


def test_a_closed_standard_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(ConfigurationError, match="standard input is closed"):
        list(expand(["-"], SUFFIXES))


def test_an_empty_list_gives_nothing() -> None:
    touch("list.txt")
    assert found("@list.txt") == []


def test_a_glob_or_a_folder_without_a_file_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match=r"'\*\.png' matches no file"):
        found("*.png")
    touch("empty/notes.txt")
    with pytest.raises(ConfigurationError, match=r"folder 'empty' has none of these.*: \.jpg, \."):
        found("empty")


def test_a_name_that_no_file_can_have_is_left_to_the_reader() -> None:
    names = ["a" * 5000, "zero\0.png"]
    assert found(*names) == names


def test_a_folder_that_contains_itself_is_searched_once() -> None:
    touch("photos/a.png")
    Path("photos/again").symlink_to(Path("photos").resolve(), target_is_directory=True)
    assert found("photos") == ["photos/a.png"]


def test_files_whose_names_are_not_utf_8_are_found() -> None:
    name = os.fsdecode(b"caf\xe9.png")
    touch(f"photos/{name}")
    assert found("photos") == [f"photos/{name}"]


@pytest.mark.usefixtures("no_sockets")
def test_an_address_is_not_asked_for_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    (file,) = found("https://host/photo.jpg?size=[large]*")
    assert isinstance(file, RemoteFile)
    assert file.name == "https://host/photo.jpg?size=[large]*"
    monkeypatch.setenv("DLTASKS_OFFLINE", "1")
    with pytest.raises(InputError, match="the network is switched off"):
        file.read()
