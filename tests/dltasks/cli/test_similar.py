"""dltasks similar: images like another one."""

from __future__ import annotations

import csv
import functools
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]
MakeImage = Callable[..., Path]


@pytest.fixture
def similar(run: Run, pooled_bundle: Path) -> Run:
    return functools.partial(run, "similar", "--model", pooled_bundle)


@pytest.fixture
def photos(make_image: MakeImage) -> Path:
    for name, colour in (("a", "red"), ("b", "#800000"), ("deep/c", "#ff8000"), ("d", "blue")):
        folder = make_image(f"photos/{name}.png", colour).parent
    return folder


def test_the_most_similar_are_listed_below_the_query(
    similar: Run, photos: Path, make_image: MakeImage
) -> None:
    query = make_image("query.png", "#c80000")
    result = similar(query, "--in", photos, "--top", 3)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        f"{query}\n   1.000  {photos}/a.png\n   1.000  {photos}/b.png\n"
        f"   0.894  {photos}/deep/c.png\n"
    )


def test_json_has_files_and_similarities(similar: Run, photos: Path) -> None:
    result = similar(photos / "d.png", "--in", photos, "--format", "json", "--top", 1)
    (record,) = json.loads(result.stdout)
    assert record == {
        "input": f"{photos}/d.png",
        "task": "image-classification",
        "model": "pooled",
        "result": {"similar": [{"file": f"{photos}/a.png", "similarity": 0.0}]},
    }


def test_csv_is_a_row_an_image_and_several_queries_are_answered(
    similar: Run, photos: Path, tmp_path: Path
) -> None:
    arguments = (photos / "a.png", photos / "d.png", "--in", photos, "-o", tmp_path / "out.csv")
    assert similar(*arguments).exit_code == 0
    rows = list(csv.reader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert rows[0] == ["input", "rank", "file", "similarity", "error"]
    assert [row[0] for row in rows[1:]] == [f"{photos}/a.png"] * 3 + [f"{photos}/d.png"] * 3


def test_a_collection_may_be_several_things(similar: Run, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"{photos}/d.png\n")
    result = similar(
        photos / "a.png",
        *("--in", f"@{tmp_path}/list.txt", "--in", f"{photos}/*.png", "--in", photos / "b.png"),
    )
    assert len(result.stdout.splitlines()) == 1 + 4  # d, b, d, b


def test_files_that_cannot_be_read_are_named_and_the_rest_goes_on(
    similar: Run, photos: Path
) -> None:
    (photos / "words.png").write_text("words")
    (photos / "notes.txt").write_text("notes")
    result = similar(photos / "a.png", "missing.png", "--in", photos, "--format", "jsonl")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[0] == f"{photos}: 1 file of other kinds: notes.txt"
    assert result.stderr.splitlines()[1].startswith(f"Error: {photos}/words.png: not an image")
    assert result.stderr.splitlines()[2].startswith("Error: missing.png: cannot be read")
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert len(first["result"]["similar"]) == 3
    assert "error" in second


def test_a_failure_in_the_collection_alone_is_code_3(similar: Run, photos: Path) -> None:
    result = similar(photos / "a.png", "--in", photos, "--in", "missing.png")
    assert result.exit_code == 3
    assert len(result.stdout.splitlines()) == 1 + 3


def test_a_collection_of_which_nothing_can_be_read_is_code_3(similar: Run, photos: Path) -> None:
    result = similar(photos / "a.png", "--in", "one.png", "--in", "two.png")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.splitlines()[-1] == (
        "Error: --in: not one image of it can be read; name others"
    )


def test_mistakes_are_told_before_the_collection_is_read(
    similar: Run, photos: Path, tmp_path: Path
) -> None:
    (photos / "words.png").write_text("words")
    for arguments, message in (
        (("-o", photos / "a.png"), "is also an input"),
        (("-o", tmp_path / "no" / "where.json"), "its folder does not exist"),
        (("-o", tmp_path / "a.csv", "--format", "json"), "has the ending of csv"),
        (("--in", tmp_path / "*.gif"), "matches no file"),
        (("--top", "0"), "is not in the range"),
    ):
        result = similar(photos / "b.png", "--in", photos, *arguments)
        assert result.exit_code == 2
        assert message in result.stderr
        assert "words.png" not in result.stderr


def test_a_collection_has_to_be_given(similar: Run, photos: Path) -> None:
    result = similar(photos / "a.png")
    assert result.exit_code == 2
    assert "Missing option '--in'" in result.stderr
