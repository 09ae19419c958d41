"""dltasks classify --explain and --embeddings."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image

Run = Callable[..., Result]
MakeImage = Callable[..., Path]


@pytest.fixture
def classify(run: Run, pooled_bundle: Path) -> Run:
    return functools.partial(run, "classify", "--model", pooled_bundle)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tiff"])
def test_a_picture_is_drawn_beside_the_usual_result(
    classify: Run, make_image: MakeImage, tmp_path: Path, ending: str
) -> None:
    path, drawn = make_image("a.png"), tmp_path / f"seen.{ending}"
    result = classify(path, "--explain", drawn)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == classify(path).stdout
    with Image.open(drawn) as image:
        assert image.width == 448


def test_json_stays_as_it_is(classify: Run, make_image: MakeImage, tmp_path: Path) -> None:
    arguments = (make_image("a.png"), "--format", "json")
    explained = classify(*arguments, "--explain", tmp_path / "seen.png")
    embedded = classify(*arguments, "--embeddings", tmp_path / "a.npy")
    assert explained.stdout == embedded.stdout == classify(*arguments).stdout != ""


def test_standard_input_is_explained(classify: Run, make_image: MakeImage, tmp_path: Path) -> None:
    content = make_image("a.png").read_bytes()
    assert classify("-", "--explain", tmp_path / "seen.png", stdin=content).exit_code == 0
    assert (tmp_path / "seen.png").exists()


def test_only_one_image_is_explained(classify: Run, make_image: MakeImage, tmp_path: Path) -> None:
    paths = [make_image("photos/a.png"), make_image("photos/b.png")]
    for inputs in (paths, [paths[0].parent]):
        result = classify(*inputs, "--explain", tmp_path / "seen.png")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "Error: --explain takes one input, not 2\n"


def test_places_that_cannot_be_written_are_refused_before_the_work(
    classify: Run, make_image: MakeImage, tmp_path: Path
) -> None:
    path = make_image("a.png")
    for arguments, message in (
        (("--explain", tmp_path / "seen.txt"), "must end in one of"),
        (("--explain", path), "is also an input"),
        (("--explain", tmp_path / "no" / "seen.png"), "its folder does not exist"),
        (("--embeddings", tmp_path / "a.csv"), "must end in .npy"),
        (("--embeddings", tmp_path / "no" / "a.npy"), "its folder does not exist"),
        (("--embeddings", tmp_path / "a.npy", "-o", tmp_path / "a.json"), "are both"),
    ):
        result = classify(path, *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"Error: {arguments[0]}") or message in result.stderr
        assert message in result.stderr


def test_a_network_with_hidden_layers_is_one_line_and_keeps_the_old_results(
    run: Run, hidden_bundle: Path, make_image: MakeImage, tmp_path: Path
) -> None:
    (tmp_path / "old.json").write_text("of yesterday")
    arguments = (make_image("a.png"), "--explain", tmp_path / "seen.png")
    result = run("classify", "--model", hidden_bundle, *arguments, "-o", tmp_path / "old.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert "has no class activation map" in result.stderr
    assert (tmp_path / "old.json").read_text() == "of yesterday"


def test_an_image_that_cannot_be_read_is_not_explained(classify: Run, tmp_path: Path) -> None:
    result = classify("missing.png", "--explain", tmp_path / "seen.png")
    assert (result.exit_code, result.stderr.count("\n")) == (3, 1)
    assert not (tmp_path / "seen.png").exists()


def test_embeddings_are_rows_in_the_order_of_the_inputs_which_are_named(
    classify: Run, make_image: MakeImage, tmp_path: Path
) -> None:
    paths = [make_image("b.png", "blue"), make_image("a.png", "#00ff00"), make_image("é.png")]
    result = classify(*paths[:2], "missing.png", paths[2], "--embeddings", tmp_path / "out.npy")
    assert result.exit_code == 3
    rows = np.load(tmp_path / "out.npy")
    np.testing.assert_allclose(rows, [[0, 0, 255], [0, 255, 0], [255, 0, 0]], rtol=1e-5)
    assert rows.dtype == np.float32
    named = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert named == {"model": "pooled", "inputs": [str(path) for path in paths]}
    assert result.stderr.splitlines()[-1] == (
        f"{tmp_path}/out.npy: 3 x 3 numbers; {tmp_path}/out.json: what each row is of"
    )


def test_without_one_image_no_embeddings_are_written(classify: Run, tmp_path: Path) -> None:
    result = classify("missing.png", "--embeddings", tmp_path / "out.npy")
    assert result.exit_code == 3
    assert "out.npy is not written: no image could be read" in result.stderr
    assert not (tmp_path / "out.npy").exists()
    assert not (tmp_path / "out.json").exists()
