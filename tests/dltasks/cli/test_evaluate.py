from __future__ import annotations

import base64
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image

from ..evaluation.page.pages import assert_stands_alone, parse
from ..tiny import write_image, write_images

Run = Callable[..., Result]


def test_table_says_what_was_measured_on_what(run: Run, trained_bundle: Path, colours: str) -> None:
    done = run("evaluate", trained_bundle, colours)
    assert done.exit_code == 0, done.output
    first, second, *_ = done.stdout.splitlines()
    assert first == f"{trained_bundle} on {colours}, split valid"  # held out when it was trained
    assert second.startswith("top-1 accuracy")
    assert "100.00%" in second


def test_json_holds_metrics_and_confusion(run: Run, trained_bundle: Path, colours: str) -> None:
    done = run("evaluate", trained_bundle, colours, "--format", "json")
    report = json.loads(done.stdout)
    assert (report["model"], report["data"], report["split"]) == (
        str(trained_bundle),
        colours,
        "valid",
    )
    assert report["metrics"]["top_1"] == 1.0
    assert report["labels"] == ["blue", "red"]
    assert report["confusion"] == [[2, 0], [0, 2]]


def test_output_goes_to_a_file(
    run: Run, trained_bundle: Path, colours: str, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"
    done = run("evaluate", trained_bundle, colours, "--format", "json", "-o", path)
    assert done.stdout == ""
    assert json.loads(path.read_text())["examples"] == 4


def test_plots_are_written_and_named(
    run: Run, trained_bundle: Path, colours: str, tmp_path: Path
) -> None:
    done = run("evaluate", trained_bundle, colours, "--plots", tmp_path / "plots")
    for name in ("confusion_matrix.png", "reliability.png"):
        path = tmp_path / "plots" / name
        assert f"wrote {path}" in done.stderr
        with Image.open(path) as image:
            assert image.format == "PNG"


def test_a_report_shows_pictures_with_their_maps(
    run: Run, trained_bundle: Path, colours: str, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    done = run("evaluate", trained_bundle, colours, "--report", path)
    assert done.exit_code == 0, done.output
    assert f"wrote {path}" in done.stderr
    assert done.stdout.splitlines()[1].startswith("top-1 accuracy")
    page = path.read_text(encoding="utf-8")
    assert_stands_alone(page)
    root = parse(page)
    assert root.all("h1")[0].content == f"{trained_bundle.name} on {Path(colours).name}"
    images = root.all("img")
    assert len(images) == 8  # of four images
    for image in images:
        content = base64.b64decode((image.attributes["src"] or "").partition(",")[2])
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.format == "JPEG"


def test_names_of_any_kind_are_text_in_a_report(
    run: Run, trained_bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / "data" / "red").mkdir(parents=True)
    name = os.fsencode(tmp_path / "data" / "red") + b'/<script>alert(1)<script>"\xe9.png'
    write_image(tmp_path / "a.png", (200, 60, 40), seed=1).rename(os.fsdecode(name))
    path = tmp_path / "report.html"
    done = run("evaluate", trained_bundle, tmp_path / "data", "--report", path)
    assert done.exit_code == 0, done.output
    page = path.read_text(encoding="utf-8")
    assert_stands_alone(page)
    (figure,) = parse(page).all("figure")  # one image, and a class without any
    assert '<script>alert(1)<script>"\\udce9.png' in figure.content


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("report.txt", "report '{folder}/report.txt' must end in .html"),
        ("nowhere/report.html", "--report '{folder}/nowhere/report.html': its folder does not"),
        ("folder.html", "--report '{folder}/folder.html' is a folder; name a file"),
        ("data.html", "output '{folder}/data.html' is also an input and would be lost"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_the_work(
    name: str, message: str, run: Run, trained_bundle: Path, tmp_path: Path
) -> None:
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "list.csv").write_text("path,label\na.png,red\n")
    (tmp_path / "data.html").symlink_to(tmp_path / "list.csv")
    done = run("evaluate", trained_bundle, tmp_path / "list.csv", "--report", tmp_path / name)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message.format(folder=tmp_path) in done.stderr
    assert (tmp_path / "list.csv").read_text().startswith("path,label")


def test_a_report_and_the_results_take_two_files(
    run: Run, trained_bundle: Path, colours: str, tmp_path: Path
) -> None:
    path = tmp_path / "both.html"
    done = run("evaluate", trained_bundle, colours, "--report", path, "-o", path)
    assert done.exit_code == 2
    assert f"--report and -o are both '{path}'" in done.stderr


def test_a_task_without_a_report_says_so(run: Run, tmp_path: Path) -> None:
    done = run("evaluate", "everyday-en-es", "pairs.tsv", "--report", tmp_path / "report.html")
    assert done.exit_code == 2
    assert "there is no HTML report for translation" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_split_is_chosen(run: Run, trained_bundle: Path, tmp_path: Path) -> None:
    write_images(tmp_path / "data" / "train", count=2)
    write_images(tmp_path / "data" / "valid", count=1)
    arguments = ("evaluate", trained_bundle, tmp_path / "data", "--format", "json")
    assert json.loads(run(*arguments, "--split", "valid").stdout)["examples"] == 2
    assert json.loads(run(*arguments).stdout)["examples"] == 2  # valid before everything
    trained_on = run(*arguments, "--split", "train")
    assert json.loads(trained_on.stdout)["examples"] == 4
    assert "Warning: 4 of these 4 examples are in the training split" in trained_on.stderr


@pytest.mark.parametrize("batch_size", ["1", "7", "64"])
def test_batch_size_changes_no_figure(
    batch_size: str, run: Run, trained_bundle: Path, colours: str
) -> None:
    arguments = ("evaluate", trained_bundle, colours, "--format", "json")
    plain = json.loads(run(*arguments).stdout)["metrics"]
    batched = json.loads(run(*arguments, "--batch-size", batch_size).stdout)["metrics"]
    assert batched == pytest.approx(plain, abs=1e-6)


@pytest.mark.parametrize(
    ("model", "data", "options", "code", "message"),
    [
        ("no-such-model", "{colours}", (), 5, "no-such-model"),
        ("{model}", "nowhere", (), 2, "data 'nowhere' does not exist"),
        ("{model}", "{colours}", ("--split", "test"), 2, "has no split 'test'"),
        ("{model}", "{colours}", ("--batch-size", "0"), 2, "--batch-size"),
        ("{model}", "{colours}/red", (), 2, "no folders in it"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(
    model: str,
    data: str,
    options: tuple[str, ...],
    code: int,
    message: str,
    run: Run,
    trained_bundle: Path,
    colours: str,
) -> None:
    names = {"model": trained_bundle, "colours": colours}
    done = run("evaluate", model.format(**names), data.format(**names), *options)
    assert done.exit_code == code, done.output
    assert message in done.stderr
    assert done.stdout == ""


def test_sentence_pairs_in_the_other_order_are_measured_alike(run: Run, tmp_path: Path) -> None:
    pairs = [
        ("Where is the station?", "¿Dónde está la estación?"),
        ("I see a dog.", "Veo un gato."),
    ]
    figures = []
    for name, heading, order in (("a.tsv", "en\tes", (0, 1)), ("b.tsv", "es\ten", (1, 0))):
        rows = ["\t".join(pair[side] for side in order) for pair in pairs]
        (tmp_path / name).write_text("\n".join([heading, *rows]), encoding="utf-8")
        done = run("evaluate", "everyday-en-es", tmp_path / name, "--format", "json")
        figures.append(json.loads(done.stdout)["metrics"])
    assert figures[0] == figures[1]
    assert figures[0]["bleu_es-en"] < 100
