"""dltasks classify: results on one side, failures on the other, and a code that says which."""

from __future__ import annotations

import csv
import functools
import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.heic import HEIC
from tests.pipelines.test_images import bomb  # noqa: F401  a fixture

Run = Callable[..., Result]
MakeImage = Callable[..., Path]
CATS = {"tabby", "tiger cat", "Persian cat", "Siamese cat", "Egyptian cat"}


@pytest.fixture
def classify(run: Run, tiny_bundle: Path) -> Run:
    """Run the command on the tiny model."""
    return functools.partial(run, "classify", "--model", tiny_bundle)


def records(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def best(result: Result) -> list[str]:
    return [record["result"]["labels"][0]["name"] for record in records(result)]


@pytest.mark.parametrize(
    ("file", "names"),
    [("espresso.jpg", {"espresso"}), ("cat.jpg", CATS), ("rocket.jpg", {"missile"})],
)
def test_the_examples_are_recognised_without_any_option(
    run: Run, photograph: Path, file: str, names: set[str]
) -> None:
    result = run("classify", photograph.parent / file)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].endswith(file)
    assert lines[1].split("%  ")[1] in names
    assert len(lines) == 1 + 5


def test_table_is_the_name_and_its_classes(classify: Run, make_image: MakeImage) -> None:
    path = make_image("a.png")
    assert classify(path).stdout == f"{path}\n   98.8%  red\n    0.6%  green\n    0.6%  blue\n"


def test_json_is_one_array_of_records(classify: Run, make_image: MakeImage) -> None:
    paths = [make_image("a.png"), make_image("b.png", "blue"), "missing.png"]
    result = classify(*paths, "--format", "json", "--top-k", 1)
    first, second, third = json.loads(result.stdout)
    about = {"task": "image-classification", "model": "tiny"}
    score = first["result"]["labels"][0]["score"]
    label = {"name": "red", "score": pytest.approx(0.988, abs=1e-3), "identifier": "id-red"}
    cannot_tell = {"labels": [label], "unlike_training": None}
    assert first == {"input": str(paths[0]), **about, "result": cannot_tell}
    assert second["result"]["labels"] == [
        {"name": "blue", "score": pytest.approx(score), "identifier": "id-blue"}
    ]
    error = "missing.png: cannot be read: No such file or directory"
    assert third == {"input": "missing.png", **about, "error": error}
    assert (result.exit_code, result.stderr) == (3, f"Error: {error}\n")


def test_jsonl_is_one_record_a_line_and_the_same_records(
    classify: Run, make_image: MakeImage
) -> None:
    paths = [make_image("a.png"), "missing.png", make_image("b.png", "blue")]
    as_lines = classify(*paths, "--format", "jsonl")
    as_array = classify(*paths, "--format", "json")
    assert records(as_lines) == json.loads(as_array.stdout)


def test_csv_is_one_row_a_class(classify: Run, make_image: MakeImage) -> None:
    path = make_image('with, "quotes".png')
    result = classify(path, "missing.png", "--format", "csv", "--top-k", 2)
    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert rows[0] == ["input", "rank", "label", "identifier", "score", "error"]
    assert [row[:4] for row in rows[1:3]] == [
        [str(path), "1", "red", "id-red"],
        [str(path), "2", "green", "id-green"],
    ]
    assert float(rows[1][4]) == pytest.approx(0.988, abs=1e-3)
    assert rows[3] == ["missing.png", "", "", "", "", rows[3][5]]
    assert "No such file" in rows[3][5]
    assert len(rows) == 4


def test_an_image_unlike_training_is_said_to_be_nothing_in_every_format(
    run: Run, make_image: MakeImage, calibrated_bundle: Path
) -> None:
    red, grey = make_image("red.png"), make_image("grey.png", "grey")
    classify = functools.partial(run, "classify", red, grey, "--model", calibrated_bundle)
    shown = classify()
    assert shown.exit_code == 0
    assert shown.stdout.endswith(f"{grey}\n  nothing that it was trained on\n")
    assert shown.stderr == (
        f"{grey}: nothing that it was trained on; --no-reject gives its likeliest classes\n"
    )
    first, second = records(classify("--format", "jsonl", "--top-k", 1))
    assert first["result"]["unlike_training"] is False
    assert second["result"] == {"labels": [], "unlike_training": True}
    rows = list(csv.reader(io.StringIO(classify("--format", "csv").stdout)))
    assert rows[-1] == [str(grey), "", "", "", "", ""]


def test_classes_of_an_image_unlike_training_can_be_asked_for(
    run: Run, make_image: MakeImage, calibrated_bundle: Path
) -> None:
    grey = make_image("grey.png", "grey")
    result = run("classify", grey, "--model", calibrated_bundle, "--no-reject", "--format", "jsonl")
    (record,) = records(result)
    assert len(record["result"]["labels"]) == 3
    assert record["result"]["unlike_training"] is True
    assert result.stderr == f"{grey}: nothing that it was trained on\n"


@pytest.mark.parametrize("output_format", ["table", "json", "jsonl", "csv"])
def test_a_file_gets_what_standard_output_would(
    classify: Run, make_image: MakeImage, tmp_path: Path, output_format: str
) -> None:
    arguments = (make_image("a.png"), "--format", output_format)
    shown = classify(*arguments)
    written = classify(*arguments, "-o", tmp_path / "results")
    assert (written.exit_code, written.stdout) == (0, "")
    assert (tmp_path / "results").read_text(encoding="utf-8") == shown.stdout != ""


def test_bad_files_in_a_folder_are_reported_and_the_rest_goes_on(
    classify: Run,
    make_image: MakeImage,
    photograph: Path,
    tmp_path: Path,
    bomb: bytes,  # noqa: F811  the fixture
) -> None:
    folder = make_image("photos/1-good.png").parent
    (folder / "2-truncated.jpg").write_bytes(photograph.read_bytes()[:20_000])
    (folder / "3-words.png").write_text("these are words")
    (folder / "4-empty.jpg").write_bytes(b"")
    (folder / "5-bomb.png").write_bytes(bomb)
    (folder / "6-dangling.jpg").symlink_to(tmp_path / "nowhere")
    make_image("photos/deep/7-good.webp", "blue")
    result = classify(folder, "--format", "jsonl")
    assert result.exit_code == 3
    found = records(result)
    names = [Path(record["input"]).name for record in found]
    assert names == sorted(names)
    assert len(names) == 7
    assert ["result" in record for record in found] == [True, *[False] * 5, True]
    lines = result.stderr.splitlines()
    reasons = ("truncated", "not an image", "empty, 0 bytes", "refused", "cannot be read: No such")
    for line, reason, name in zip(lines, reasons, names[1:6], strict=True):
        assert line.startswith("Error: ")
        assert reason in line
        assert name in line


def test_an_unreadable_file_is_reported_and_the_rest_goes_on(
    classify: Run, make_image: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [make_image("a.png"), make_image("locked.png"), make_image("c.png", "blue")]
    read_bytes = Path.read_bytes

    def read_unlocked(path: Path) -> bytes:
        if path.name == "locked.png":
            raise PermissionError(13, "Permission denied", str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", read_unlocked)
    result = classify(*paths, "--format", "jsonl")
    assert (result.exit_code, len(records(result))) == (3, 3)
    assert result.stderr == f"Error: {paths[1]}: cannot be read: Permission denied\n"


def test_all_inputs_failing_is_code_3_too(classify: Run) -> None:
    result = classify("one.png", "two.png")
    assert (result.exit_code, result.stdout) == (3, "")
    assert len(result.stderr.splitlines()) == 2


def test_quiet_still_says_what_failed(classify: Run) -> None:
    assert "missing.png" in classify("-q", "missing.png").stderr


def test_verbose_says_what_runs_beside_the_results(classify: Run, make_image: MakeImage) -> None:
    path = make_image("a.png")
    result = classify("-v", path)
    assert result.stderr.startswith("model tiny, ")
    assert result.stdout == classify(path).stdout


@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_the_batch_size_does_not_change_the_results(
    classify: Run, make_image: MakeImage, batch_size: int
) -> None:
    colours = ("red", "green", "blue", "red", "blue")
    paths = [make_image(f"{index}.png", colour) for index, colour in enumerate(colours)]
    result = classify(*paths, "--format", "jsonl", "--batch-size", batch_size)
    assert best(result) == list(colours)
    assert [record["input"] for record in records(result)] == [str(path) for path in paths]


def test_standard_input_lists_and_globs_mix(
    classify: Run, make_image: MakeImage, tmp_path: Path
) -> None:
    red = make_image("red.png")
    for name in ("blue-1.png", "blue-2.png"):
        make_image(f"blues/{name}", "blue")
    (tmp_path / "list.txt").write_text(f"{tmp_path}/blues/*.png\n\n{red}\n")
    result = classify(
        "-", f"@{tmp_path}/list.txt", "--format", "jsonl", stdin=make_image("g.png").read_bytes()
    )
    assert result.exit_code == 0
    assert best(result) == ["red", "blue", "blue", "red"]
    assert records(result)[0]["input"] == "<stdin>"


def test_empty_standard_input_is_a_failed_input(classify: Run) -> None:
    result = classify("-", stdin=b"")
    assert result.exit_code == 3
    assert "empty, 0 bytes" in result.stderr


@pytest.fixture
def server(tmp_path: Path, make_image: MakeImage) -> Iterator[str]:
    """Serve the folder `served` and give its address."""
    make_image("served/blue.png", "blue")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Keep quiet."""

    handler = functools.partial(Quiet, directory=str(tmp_path / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_addresses_are_fetched_and_a_missing_one_is_a_failed_input(
    classify: Run, make_image: MakeImage, server: str
) -> None:
    addresses = [f"{server}/blue.png", f"{server}/none.png", f"{server}/a b.png"]
    result = classify(*addresses, make_image("a.png"), "--format", "jsonl")
    found = records(result)
    assert result.exit_code == 3
    assert [record["input"] for record in found[:3]] == addresses
    assert found[0]["result"]["labels"][0]["name"] == "blue"
    assert "cannot be fetched: HTTP Error 404" in found[1]["error"]
    assert "control characters" in found[2]["error"]
    assert found[3]["result"]["labels"][0]["name"] == "red"


@pytest.mark.usefixtures("no_sockets")
def test_offline_refuses_addresses_and_classifies_files(
    classify: Run, make_image: MakeImage
) -> None:
    result = classify(
        "https://example.org/a.png", make_image("a.png"), "--offline", "--format", "jsonl"
    )
    assert result.exit_code == 3
    assert "the network is switched off (--offline)" in result.stderr
    assert records(result)[1]["result"]["labels"][0]["name"] == "red"


def test_top_k_may_be_more_than_the_classes(classify: Run, make_image: MakeImage) -> None:
    result = classify(make_image("a.png"), "--top-k", 1000, "--format", "jsonl")
    assert len(records(result)[0]["result"]["labels"]) == 3


def test_an_image_without_a_label_is_told_in_each_format(
    run: Run, make_bundle: Callable[..., Path], make_image: MakeImage
) -> None:
    model = make_bundle(further={"thresholds.json": b"[0.1, 1, 0.4]"})
    words = ("classify", "--model", model, make_image("a.png"), make_image("b.png", "lime"))
    told = f"{words[-1]}: no label passes its threshold; --top-k 3 shows the likeliest\n"
    result = run(*words)
    assert (result.exit_code, result.stderr) == (0, told)
    assert result.stdout.splitlines()[2:] == [str(words[-1]), "  no label passes its threshold"]
    assert [
        [label["name"] for label in record["result"]["labels"]]
        for record in records(run(*words, "--format", "jsonl"))
    ] == [["red"], []]
    rows = list(csv.reader(io.StringIO(run(*words, "--format", "csv").stdout)))
    assert [row[2] for row in rows] == ["label", "red", ""]
    assert run(*words, "--top-k", 1).stdout.splitlines()[3].endswith("green")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Missing argument 'INPUT...'"),
        (("a.png", "--top-k", 0), "0 is not in the range x>=1"),
        (("a.png", "--batch-size", 0), "0 is not in the range x>=1"),
        (("a.png", "--format", "xml"), "'xml' is not one of 'table', 'json', 'jsonl', 'csv'"),
        (("a.png", "--device", "tpu"), "'tpu' is not one of 'auto', 'cpu', 'gpu'"),
        (("a.png", "--modell", "x"), "--modell"),
        (("nothing-*.png",), "'nothing-*.png' matches no file"),
        (("@missing.txt",), "list 'missing.txt' cannot be read: No such file"),
    ],
)
def test_mistakes_of_usage_are_code_2(
    run: Run, arguments: tuple[Any, ...], message: str, tmp_path: Path
) -> None:
    result = run("classify", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_an_empty_folder_is_told_with_what_would_count(classify: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no image")
    result = classify(tmp_path / "empty")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"folder '{tmp_path}/empty' has none of these files: .apng, .avif, .bmp" in result.stderr
    assert "; it has 1 file of other kinds: notes.txt" in result.stderr


def test_an_export_of_a_telephone_is_answered_and_the_rest_is_named(
    classify: Run, make_image: MakeImage
) -> None:
    folder = make_image("phone/IMG_1.jpg").parent
    for name in ("IMG_2.HEIC", "IMG_3.jpg"):  # some programs name them so
        (folder / name).write_bytes(HEIC)
    for name in ("IMG_2.MOV", "IMG_2.AAE", ".DS_Store", "Thumbs.db"):
        (folder / name).write_bytes(b"no photograph")
    result = classify(folder, "--format", "jsonl")
    assert result.exit_code == 0
    assert result.stderr == f"{folder}: 2 files of other kinds: IMG_2.AAE, IMG_2.MOV\n"
    assert ["result" in record for record in records(result)] == [True] * 3


def test_each_photograph_that_needs_a_package_is_named_and_the_rest_goes_on(
    classify: Run, make_image: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    folder = make_image("phone/IMG_1.jpg").parent
    for name in ("IMG_2.HEIC", "IMG_3.jpg"):
        (folder / name).write_bytes(HEIC)
    result = classify(folder, "missing.png", "--format", "jsonl")
    assert result.exit_code == 4
    first, second, third = result.stderr.splitlines()
    for line, name in ((first, "IMG_2.HEIC"), (second, "IMG_3.jpg")):
        assert line.startswith(f"Error: {folder}/{name}: a HEIC needs pi-heif")
        assert line.endswith('run: pip install "dltasks[heic]"')
    assert "missing.png" in third
    assert ["result" in record for record in records(result)] == [True, False, False, False]


def test_a_photograph_that_breaks_off_is_answered_with_a_warning(
    classify: Run, photograph: Path, tmp_path: Path
) -> None:
    whole = photograph.read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) * 19 // 20])
    for _ in range(2):  # a second call in one process warns once, too
        result = classify(tmp_path / "cut.jpg")
        assert result.exit_code == 0
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith(f"{tmp_path}/cut.jpg: truncated, 9")
    assert classify(tmp_path / "cut.jpg", "--quiet").stderr == ""


def test_mistakes_of_usage_are_told_before_the_work_begins(
    classify: Run, make_image: MakeImage, tmp_path: Path
) -> None:
    """Else the results of hours would go with the last argument, and the old file first."""
    (tmp_path / "results.json").write_text("of yesterday")
    arguments = (make_image("a.png"), tmp_path / "no*.png", "--format", "json")
    assert classify(*arguments).stdout == ""
    assert classify(*arguments, "-o", tmp_path / "results.json").exit_code == 2
    assert (tmp_path / "results.json").read_text() == "of yesterday"


def test_a_gpu_that_is_not_there_is_code_2(
    classify: Run, make_image: MakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    result = classify(make_image("a.png"), "--device", "gpu")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: device 'gpu' is not available")
    assert "--device cpu" in result.stderr


def test_an_unknown_model_is_code_5(run: Run, make_image: MakeImage) -> None:
    result = run("classify", make_image("a.png"), "--model", "nobody")
    assert (result.exit_code, result.stdout) == (5, "")
    assert result.stderr.startswith("Error: model 'nobody' is neither")
    assert len(result.stderr.splitlines()) == 1


def test_a_damaged_model_is_code_5(classify: Run, make_image: MakeImage, tiny_bundle: Path) -> None:
    (tiny_bundle / "model.onnx").write_bytes(b"damaged")
    result = classify(make_image("a.png"), "--format", "json")
    assert result.exit_code == 5
    assert "model.onnx: the checksum differs" in result.stderr
    assert json.loads(result.stdout) == []  # what is written is whole
