"""dltasks read: texts on one side, failures on the other."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image

from dltasks.cli.read import ANSWERING
from pipelines import Box, Handwriting, TextLine, TextWord

Run = Callable[..., Result]


def test_prints_the_text_and_nothing_else(read: Run, lines: list[Path]) -> None:
    result = read(*lines)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "ab\nba\n", "")


def test_table_names_the_picture_and_how_sure_each_line_is(read: Run, lines: list[Path]) -> None:
    assert read(lines[0], "--format", "table").stdout == f"{lines[0]}\n   85.0%  ab\n"


def test_json_holds_lines_with_boxes_and_words(read: Run, lines: list[Path]) -> None:
    (record,) = json.loads(read(lines[0], "--format", "json").stdout)
    assert record["task"] == "handwriting"
    assert record["result"]["text"] == "ab"
    (line,) = record["result"]["lines"]
    assert line["box"] == [0, 0, 48, 32]
    assert line["words"][0]["text"] == "ab"


def test_csv_has_a_row_a_line(read: Run, lines: list[Path]) -> None:
    rows = list(csv.DictReader(io.StringIO(read(lines[0], "--format", "csv").stdout)))
    assert [(row["line"], row["left"], row["text"]) for row in rows] == [("1", "0", "ab")]


def test_a_bad_picture_is_told_and_the_others_are_read(
    read: Run, lines: list[Path], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    result = read(lines[0], bad, lines[1])
    assert result.exit_code == 3
    assert result.stdout == "ab\nba\n"
    assert result.stderr.startswith(f"Error: {bad}: not an image")


def test_annotate_draws_into_a_copy(read: Run, lines: list[Path], tmp_path: Path) -> None:
    result = read(lines[0], "--annotate", tmp_path / "drawn.png")
    assert result.exit_code == 0
    with Image.open(lines[0]) as before, Image.open(tmp_path / "drawn.png") as after:
        assert after.size == (2 * before.width, before.height)  # the text stands beside the line
        assert after.mode == "RGB"


@pytest.mark.parametrize("name", ["drawn.xyz", "drawn", "-", ""])
def test_annotate_wants_the_name_of_a_picture(read: Run, lines: list[Path], name: str) -> None:
    result = read(lines[0], "--annotate", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "must end in one of .avif" in result.stderr


def test_annotate_and_output_are_two_files_in_folders(
    read: Run, lines: list[Path], tmp_path: Path
) -> None:
    both = tmp_path / "both.png"
    assert "are both" in read(lines[0], "--annotate", both, "-o", both).stderr
    missing = read(lines[0], "--annotate", tmp_path / "no" / "drawn.png")
    assert missing.exit_code == 2
    assert "its folder does not exist" in missing.stderr


def test_what_was_read_is_told_though_the_drawing_cannot_be_written(
    read: Run, lines: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", refuse)
    result = read(lines[0], "--annotate", tmp_path / "drawn.png")
    assert (result.exit_code, result.stdout) == (2, "ab\n")
    assert "cannot be written" in result.stderr


def test_annotate_works_on_standard_input(read: Run, lines: list[Path], tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.png"
    result = read("-", "--annotate", drawn, stdin=lines[0].read_bytes())
    assert (result.exit_code, result.stdout) == (0, "ab\n")
    assert drawn.exists()


def test_annotate_takes_one_picture_and_spares_the_input(read: Run, lines: list[Path]) -> None:
    several = read(*lines, "--annotate", "drawn.png")
    assert several.exit_code == 2
    assert "--annotate takes one input, not 2" in several.stderr
    itself = read(lines[0], "--annotate", lines[0])
    assert itself.exit_code == 2
    assert "would be lost" in itself.stderr


def test_alternatives_are_shown_where_they_are_asked_for(read: Run, lines: list[Path]) -> None:
    first, line, *others = read(lines[0], "--n-best", "3").stdout.splitlines()
    assert first == str(lines[0])
    assert line.endswith("  ab")
    assert len(others) == 2


def test_csv_has_a_row_for_each_alternative(read: Run, lines: list[Path]) -> None:
    result = read(lines[0], "--n-best", "3", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["line"], row["rank"]) for row in rows] == [("1", "1"), ("1", "2"), ("1", "3")]
    assert len({row["text"] for row in rows}) == 3


def test_a_picture_without_writing_says_so_on_standard_error(
    run: Callable[..., Result], photograph: Path
) -> None:
    done = run("read", photograph)
    assert done.exit_code == 0
    assert done.stdout.strip() == ""
    assert done.stderr == f"{photograph}: no writing found\n"
    assert run("read", photograph, "-q").stderr == ""


def test_a_page_on_its_side_and_an_unsure_one_are_told(tmp_path: Path) -> None:
    words = [TextWord("a", confidence, Box(0, 0, 1, 1)) for confidence in (0.9, 0.2, 0.1)]
    line = TextLine("a a a", tuple(words), Box(0, 0, 1, 1), (), ())
    doubt = ANSWERING.doubt(Handwriting("a a a", (line,), 9, 9, turned=90))
    assert doubt == (
        "turned to the left by 90 degrees, and read upright; only 1 of 3 words are sure; it may "
        "not be readable"
    )
    assert ANSWERING.doubt(Handwriting("", (), 9, 9, turned=90)) == "no writing found"
