from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.heic import HEIC

from ..tiny import write_images

Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(write_images(tmp_path / "data", count=3))


def test_sound_data_is_counted(run: Run, data: Path) -> None:
    done = run("data", "check", data)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "all: 6 examples",
        "        3  blue",
        "        3  red",
        "no problems found",
    ]
    assert done.stderr == ""


def test_unusable_files_give_exit_code_3_and_are_named(run: Run, data: Path) -> None:
    (data / "red" / "bad.png").write_bytes(b"not an image")
    done = run("data", "check", data)
    assert done.exit_code == 3
    assert f"{data / 'red' / 'bad.png'}: damaged, " in done.stdout


def test_duplicates_are_told_and_are_no_failure(run: Run, data: Path) -> None:
    (data / "red" / "twin.png").write_bytes((data / "red" / "0.png").read_bytes())
    done = run("data", "check", data)
    assert done.exit_code == 0
    assert f"twin.png: duplicate, also {data / 'red' / '0.png'}" in done.stdout


def test_json_is_one_object(run: Run, data: Path) -> None:
    (data / "red" / "empty.png").write_bytes(b"")
    done = run("data", "check", data, "--format", "json")
    assert done.exit_code == 3
    report = json.loads(done.stdout)
    assert len(report.pop("fingerprint")) == 64
    assert report == {
        "counts": {"": {"blue": 3, "red": 4}},
        "findings": [
            {"kind": "empty", "file": str(data / "red" / "empty.png"), "message": "0 bytes"}
        ],
        "remarks": [],
        "texts": [],
        "passed_over": [],
    }


def test_what_is_passed_over_is_told_in_both_formats(run: Run, data: Path) -> None:
    (data / "red" / "film.MOV").write_bytes(b"a film")
    (data / "red" / ".DS_Store").write_bytes(b"of macOS")
    (data / "stray.png").write_bytes((data / "red" / "0.png").read_bytes())
    lines = [
        f"{data}: 1 file of other kinds: red/film.MOV",
        f"{data}: 1 file in no class folder, so not used (move each into one): stray.png",
    ]
    done = run("data", "check", data)
    assert (done.exit_code, done.stderr.splitlines()) == (0, lines)
    done = run("data", "check", data, "--format", "json")
    assert json.loads(done.stdout)["passed_over"] == lines


def test_a_missing_package_and_a_broken_off_photograph_are_named(
    run: Run, data: Path, photograph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    whole = photograph.read_bytes()
    (data / "red" / "cut.jpg").write_bytes(whole[: len(whole) * 19 // 20])
    done = run("data", "check", data)
    assert done.exit_code == 0
    assert f"{data}/red/cut.jpg: incomplete, truncated, 9" in done.stdout
    (data / "red" / "photo.heic").write_bytes(HEIC)
    done = run("data", "check", data)
    assert done.exit_code == 4
    assert f"{data}/red/photo.heic: not installed, a HEIC needs pi-heif" in done.stdout


def test_a_mistake_in_a_manifest_is_named_with_its_line(run: Run, data: Path) -> None:
    manifest = data / "list.csv"
    manifest.write_text("path,label\nred/0.png,red\nred/1.png,\n")
    done = run("data", "check", manifest)
    assert done.exit_code == 2
    assert "list.csv line 3: no 'label' in it" in done.stderr
    assert done.stdout == ""


def test_several_labels_are_counted_each_and_images_without_one(run: Run, data: Path) -> None:
    manifest = data / "list.csv"
    rows = ["path,red,wet", "red/0.png,1,1", "red/1.png,1,1", "blue/0.png,0,0", "red/2.png,1,0"]
    manifest.write_text("\n".join(rows))
    done = run("data", "check", manifest)
    assert done.exit_code == 0
    assert done.stdout.splitlines()[2:] == [
        "all: 4 examples",
        "        1  (no label)",
        "        3  red",
        "        2  wet",
        "no problems found",
    ]


def test_data_that_is_not_there_is_a_usage_error(run: Run) -> None:
    done = run("data", "check", "nowhere")
    assert done.exit_code == 2
    assert "data 'nowhere' does not exist" in done.stderr


def test_no_tensorflow_is_needed_for_it(
    run: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for name in ("tensorflow", "keras"):
        monkeypatch.setitem(sys.modules, name, None)
    assert run("data", "check", data).exit_code == 0


def test_a_text_is_shown_as_it_was_read_with_encoding_and_sizes(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes(b"plain\n\n" + "Où est l'élève ?\n".encode("cp1252") * 9)
    done = run("data", "check", path, "--task", "text-generation")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[:2] == [
        f"{path}: read as cp1252 (a guess: 100% of its 27 letters beyond ASCII are French); "
        "160 characters, 11 lines, 160 bytes",
        "  line 3: Où est l'élève ?",
    ]
    found = json.loads(
        run("data", "check", path, "--task", "text-generation", "--format", "json").stdout
    )
    (text,) = found["texts"]
    assert (text["encoding"], text["is_guess"], text["lines"]) == ("cp1252", True, 11)


def test_a_named_encoding_is_shown_as_such(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes("ДА\n".encode("koi8-r") * 60)
    done = run("data", "check", f"{path}?encoding=koi8-r", "--task", "text-generation")
    assert "read as koi8-r (as you named it)" in done.stdout
    assert "line 1: ДА" in done.stdout


def test_bad_bytes_of_a_text_are_named_with_their_lines(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "book.txt"
    path.write_bytes("Où est l'élève ?\n".encode() * 9 + b"un \xe9t\n")
    done = run("data", "check", path, "--task", "text-generation")
    assert done.exit_code == 3
    assert done.stdout.count("UTF-8, but for 1 bad byte (0xE9 on line 10)") == 2


@pytest.mark.parametrize(
    ("characters", "code", "message"),
    [
        (50, 3, "error: 50 characters are too few to train on; give at least 100 besides the"),
        (5000, 0, "warning: 5000 characters are few: a new network learns to spell from about"),
        (100_000, 0, "no problems found"),
    ],
)
def test_a_text_that_is_too_small_to_train_on_is_named(
    run: Run, tmp_path: Path, characters: int, code: int, message: str
) -> None:
    path = tmp_path / "book.txt"
    path.write_text("a word\n" * (characters // 7) + "x" * (characters % 7), encoding="utf-8")
    done = run("data", "check", path, "--task", "text-generation")
    assert done.exit_code == code
    assert message in done.stdout


def test_of_many_text_files_the_first_of_each_encoding_is_shown(run: Run, tmp_path: Path) -> None:
    for number in range(7):
        encoding = "cp1252" if number > 3 else "utf-8"
        (tmp_path / f"{number}.txt").write_bytes(f"l'été {number}\n".encode(encoding) * 9)
    done = run("data", "check", tmp_path, "--task", "text-generation")
    lines = done.stdout.splitlines()
    assert lines[0] == "4 files read as UTF-8; the first:"
    assert lines[2] == "  line 1: l'été 0"
    assert lines[3] == "3 files read as cp1252; the first:"
    assert lines[5] == "  line 1: l'été 4"


def test_swapped_sides_of_pairs_are_named_with_the_remedy(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    numbers = range(30)
    path.write_text(
        "".join(f"¿Dónde están los {n} perros?\tWhere are the {n} dogs?\n" for n in numbers)
    )
    words = ("data", "check", path, "--task", "translation")
    done = run(*words, "--source", "en", "--target", "es")
    assert done.exit_code == 3
    assert "error: the sides are swapped: the sources are in 'es'" in done.stdout
    assert run(*words, "--source", "es", "--target", "en").exit_code == 0
    assert run(*words).exit_code == 0
    assert "give both" in run(*words, "--source", "en").stderr


def test_languages_have_no_effect_where_there_are_no_sides(run: Run, data: Path) -> None:
    done = run("data", "check", data, "--source", "en", "--target", "es")
    assert done.exit_code == 2
    assert "--source has no effect with this --task" in done.stderr
