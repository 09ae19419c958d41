from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image

from ..tiny import write_images

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
