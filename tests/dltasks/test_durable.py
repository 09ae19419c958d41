"""What was there stands until what is new is whole."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dltasks import durable
from dltasks.durable import part_of, remove_leftovers, replace_folder, replacing, write_file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def make_folder(path: Path, content: str) -> Path:
    path.mkdir()
    (path / "inner").mkdir()
    (path / "inner" / "file").write_text(content)
    return path


@pytest.fixture
def dead_process() -> int:
    done = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True
    )
    return int(done.stdout)


@pytest.mark.parametrize("content", ["größe\r\n", b"\xff"])
def test_a_file_is_written_as_it_is(content: str | bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_file(path, content)
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
    assert names(tmp_path) == ["a"]


def test_an_error_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(TypeError, match="str"), replacing(path) as file:
        file.writelines(["new", 7])  # the second is no text
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_file(link, "new")
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_device_is_written_to() -> None:
    write_file(Path(os.devnull), "nothing")
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="the system has no /dev/full")
def test_a_full_disk_names_the_file() -> None:
    with pytest.raises(OSError, match=r"No space left on device: '/dev/full'"):
        write_file(Path("/dev/full"), "content")


@pytest.mark.parametrize("can_exchange", [True, False])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_folder_takes_a_name(
    can_exchange: bool, is_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_exchange:
        monkeypatch.setattr(durable, "_exchange", lambda one, other: False)
    path = tmp_path / "model"
    if is_there:
        make_folder(path, "old")
    replace_folder(make_folder(part_of(path), "new"), path)
    assert (path / "inner" / "file").read_text() == "new"
    assert names(tmp_path) == ["model"]


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="names cannot be exchanged")
def test_the_name_is_never_without_a_folder(tmp_path: Path) -> None:
    path, part = make_folder(tmp_path / "model", "old"), make_folder(tmp_path / "part", "new")
    assert durable._exchange(part, path)
    assert (path / "inner" / "file").read_text() == "new"
    assert (part / "inner" / "file").read_text() == "old"


def test_what_the_dead_left_is_removed_and_what_the_living_write_is_not(
    dead_process: int, tmp_path: Path
) -> None:
    path = make_folder(tmp_path / "model", "whole")
    dead = make_folder(tmp_path / f".model.{dead_process}.part", "half")
    moved = make_folder(tmp_path / f".model.{dead_process}.old", "older")
    alive = make_folder(part_of(path), "half")
    another = make_folder(tmp_path / f".models.{dead_process}.part", "of another")
    remove_leftovers(path)
    assert not dead.exists()
    assert not moved.exists()
    assert path.exists()
    assert alive.exists()
    assert another.exists()


def test_no_signal_is_sent_where_it_would_be_ctrl_c(
    dead_process: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("a signal was sent"))
    monkeypatch.setattr(durable.os, "name", "nt")
    assert durable._is_alive(tmp_path / f".model.{os.getpid()}.part")
    assert not durable._is_alive(tmp_path / f".model.{dead_process}.part")


def test_half_a_file_of_a_dead_process_is_removed(dead_process: int, tmp_path: Path) -> None:
    (tmp_path / f".a.{dead_process}.part").write_text("half")
    write_file(tmp_path / "a", "whole")
    assert names(tmp_path) == ["a"]


def test_brackets_in_a_name_are_no_pattern(dead_process: int, tmp_path: Path) -> None:
    (tmp_path / f".a[1].{dead_process}.part").write_text("half")
    (tmp_path / f".a1.{dead_process}.part").write_text("of another")
    write_file(tmp_path / "a[1]", "whole")
    assert names(tmp_path) == [f".a1.{dead_process}.part", "a[1]"]


def test_what_a_dead_process_moved_away_comes_back(dead_process: int, tmp_path: Path) -> None:
    make_folder(tmp_path / f".model.{dead_process}.old", "whole")
    remove_leftovers(tmp_path / "model")
    assert (tmp_path / "model" / "inner" / "file").read_text() == "whole"
