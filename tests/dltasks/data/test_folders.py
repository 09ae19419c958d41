"""What a folder holds beside the files that count is told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dltasks.data.examples import Example
from dltasks.data.folders import OTHER_KINDS, list_folder, name_files, name_unused
from dltasks.tasks import get_task

SUFFIXES = frozenset({".jpg"})


def fill(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"content")


def test_files_of_other_kinds_are_listed_and_the_usual_by_files_are_not(tmp_path: Path) -> None:
    fill(tmp_path, "IMG_1.JPG", "IMG_1.AAE", "deep/IMG_2.MOV", "deep/a.jpg")
    fill(tmp_path, ".DS_Store", "Thumbs.db", "deep/desktop.ini", ".hidden/b.png", "._IMG_1.JPG")
    fill(tmp_path, "__MACOSX/IMG_1.png", "@eaDir/IMG_1.JPG/SYNOPHOTO_THUMB.txt")
    files, others, _, _ = list_folder(tmp_path, SUFFIXES)
    assert [path.name for path in files] == ["IMG_1.JPG", "a.jpg"]
    line = name_files(others, tmp_path, OTHER_KINDS)
    assert line == "2 files of other kinds: IMG_1.AAE, deep/IMG_2.MOV"


def below(folder: Path, paths: list[Path]) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    fill(tmp_path, "elsewhere/deep/a.jpg", "photos/b.jpg")
    (tmp_path / "photos" / "more.jpg").symlink_to(tmp_path / "elsewhere")
    listing = list_folder(tmp_path / "photos", SUFFIXES)
    assert below(tmp_path / "photos", listing.files) == ["b.jpg", "more.jpg/deep/a.jpg"]
    assert (listing.others, listing.repeated) == ([], [])


def test_a_folder_is_read_once_and_by_its_own_name(tmp_path: Path) -> None:
    fill(tmp_path, "elsewhere/c.jpg", "photos/rose/a.jpg", "photos/z/b.jpg")
    for name, target in {"again": "photos/rose", "more": "elsewhere", "most": "elsewhere"}.items():
        (tmp_path / "photos" / name).symlink_to(tmp_path / target)
    listing = list_folder(tmp_path / "photos", SUFFIXES)
    assert below(tmp_path / "photos", listing.files) == ["more/c.jpg", "rose/a.jpg", "z/b.jpg"]
    assert list(listing.say_left_out(tmp_path / "photos")) == [
        f"{tmp_path}/photos: 2 folders that a link names again; it is read once: again, most"
    ]


def test_links_that_lead_back_end(tmp_path: Path) -> None:
    fill(tmp_path, "photos/rose/a.jpg", "beside/b.jpg")
    rose = tmp_path / "photos" / "rose"
    for name, target in {"here": rose, "up": tmp_path / "photos", "above": tmp_path}.items():
        (rose / name).symlink_to(target)
    (rose / "one").symlink_to(rose / "two")
    (rose / "two").symlink_to(rose / "one")
    listing = list_folder(tmp_path / "photos", SUFFIXES)
    assert below(rose, listing.files) == ["a.jpg"]
    assert below(rose, listing.repeated) == ["above", "here", "up"]
    assert below(rose, listing.others) == ["one", "two"]


def test_a_folder_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "closed/a.jpg", "open/b.jpg")
    list_inside = Path.iterdir

    def refuse(folder: Path) -> Iterator[Path]:
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied")
        return list_inside(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    listing = list_folder(tmp_path, SUFFIXES)
    assert below(tmp_path, listing.files) == ["open/b.jpg"]
    assert list(listing.say_left_out(tmp_path)) == [
        f"{tmp_path}: 1 folder that may not be read; change its permissions: closed"
    ]


def test_many_files_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    fill(tmp_path, *(f"{number}.mov" for number in range(7)))
    others = list_folder(tmp_path, SUFFIXES).others
    line = name_files(others, tmp_path, OTHER_KINDS)
    assert line == "7 files of other kinds: 0.mov, 1.mov, 2.mov, 3.mov, 4.mov, ..."
    assert name_files(others[:1], tmp_path, OTHER_KINDS) == "1 file of other kinds: 0.mov"
    assert name_files([], tmp_path, OTHER_KINDS) == ""


def test_what_a_data_set_does_not_use_is_named_by_its_reason(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.jpg", "a/1.txt", "stray.jpg", "labels.tsv", "film.mov")
    used = [str(tmp_path / "a/../a/1.jpg"), str(tmp_path / "labels.tsv")]
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert list(name_unused(tmp_path, SUFFIXES, used, "without a text")) == [
        f"{tmp_path}: 2 files of other kinds: a/1.txt, film.mov",
        f"{tmp_path}: 1 file without a text: stray.jpg",
        f"{tmp_path}: 1 folder that a link names again; it is read once: b",
    ]


@pytest.mark.parametrize("task", ["handwriting", "speech-recognition"])
def test_tables_and_texts_that_are_used_are_not_named(task: str, tmp_path: Path) -> None:
    suffix = ".png" if task == "handwriting" else ".wav"
    fill(tmp_path, f"1{suffix}", "1.txt", f"2{suffix}", "labels.tsv", "2.txt")
    used = Example(str(tmp_path / f"1{suffix}"), "text", origin=str(tmp_path / "1.txt"))
    assert get_task(task).passed_over(str(tmp_path), [used]) == [
        f"{tmp_path}: 1 file of other kinds: 2.txt",
        f"{tmp_path}: 1 file without a text: 2{suffix}",
    ]


def test_only_other_kinds_are_named_beside_transcribed_pages(tmp_path: Path) -> None:
    fill(tmp_path, "1.xml", "1.png", "1.mov")
    line = f"{tmp_path}: 1 file of other kinds: 1.mov"
    assert get_task("handwriting").passed_over(str(tmp_path), []) == [line]


@pytest.mark.parametrize("task", ["image-classification", "handwriting", "translation"])
def test_a_file_and_a_published_data_set_pass_nothing_over(task: str, tmp_path: Path) -> None:
    fill(tmp_path, "labels.tsv")
    for location in (str(tmp_path / "labels.tsv"), "tfds:mnist"):
        assert get_task(task).passed_over(location, []) == []
