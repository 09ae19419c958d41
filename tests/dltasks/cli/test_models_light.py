"""dltasks models, as far as it goes without TensorFlow: list, show, verify, remove."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from dltasks.zoo import PUBLISHED, list_published
from pipelines.bundle.folder import BUILT_IN

Run = Callable[..., Result]
MakeBundle = Callable[..., Path]
BUILT_IN_NAME = "imagenet-efficientnet-lite0"


@pytest.fixture
def pulled(make_bundle: MakeBundle, home: Path) -> Path:
    """A model as `models pull` leaves it."""
    return make_bundle(home / "models" / "flowers")


def test_list_shows_pulled_and_built_in_models(run: Run, pulled: Path) -> None:
    result = run("models", "list")
    assert (result.exit_code, result.stderr) == (0, "")
    header, *rows = [line.split() for line in result.stdout.splitlines()]
    assert header == ["name", "task", "kind", "size"]
    assert rows[0] == ["flowers", "image-classification", "pulled", "0", "MB"]
    assert [row[2] for row in rows if row[0] == BUILT_IN_NAME] == ["built-in"]


def test_list_all_adds_what_can_be_pulled_once(
    run: Run, make_bundle: MakeBundle, home: Path
) -> None:
    name = next(iter(PUBLISHED))
    make_bundle(home / "models" / name)
    rows = json.loads(run("models", "list", "--all", "--format", "json").stdout)
    kinds = {row["name"]: row["kind"] for row in rows}
    assert len(kinds) == len(rows)
    assert kinds[name] == "pulled"
    published = {model.name for model in list_published()}
    assert {row["name"] for row in rows if row["kind"] == "to pull"} == published - {name}


def test_list_names_a_damaged_model_beside_the_others(run: Run, pulled: Path) -> None:
    (pulled / "bundle.json").write_text("{")
    result = run("models", "list", "--format", "json")
    assert BUILT_IN_NAME in [row["name"] for row in json.loads(result.stdout)]
    assert result.stderr.startswith(f"Error: {pulled}/bundle.json: not JSON")


def test_show_prints_the_card_or_the_manifest(run: Run, pulled: Path) -> None:
    assert run("models", "show", "flowers").stdout == "# tiny\n"
    manifest = json.loads(run("models", "show", "flowers", "--format", "json").stdout)
    assert manifest == json.loads((pulled / "bundle.json").read_text())


def test_show_of_the_built_in_model_states_licence_and_data(run: Run) -> None:
    card = run("models", "show", BUILT_IN_NAME).stdout
    assert "Apache-2.0" in card
    assert "ImageNet" in card


def test_verify_checks_all_models_by_default(run: Run, pulled: Path) -> None:
    result = run("models", "verify")
    assert (result.exit_code, result.stderr) == (0, "")
    built_in = sorted(path.parent.name for path in BUILT_IN.glob("*/bundle.json"))
    assert result.stdout.splitlines() == [f"{name}: ok" for name in ("flowers", *built_in)]


def test_verify_goes_on_after_a_damaged_model_and_ends_with_code_5(
    run: Run, make_bundle: MakeBundle, home: Path
) -> None:
    damaged = make_bundle(home / "models" / "a-damaged")
    make_bundle(home / "models" / "b-sound")
    (damaged / "labels.txt").write_text("swapped\n")
    result = run("models", "verify", "a-damaged", "b-sound", "nobody")
    assert result.exit_code == 5
    assert result.stdout == "b-sound: ok\n"
    assert "a-damaged/labels.txt: the checksum differs" in result.stderr
    assert result.stderr.endswith("2 models failed: a-damaged, nobody\n")


def test_verify_reports_a_graph_that_does_not_run(
    run: Run, make_bundle: MakeBundle, home: Path
) -> None:
    make_bundle(home / "models" / "odd", preprocessing={"height": 9, "width": 9})
    result = run("models", "verify", "odd")
    assert result.exit_code == 5
    assert "ONNX Runtime cannot run it" in result.stderr
    assert result.stderr.endswith("1 models failed: odd\n")


def test_remove_deletes_a_pulled_model_and_nothing_else(
    run: Run, pulled: Path, make_bundle: MakeBundle
) -> None:
    other = make_bundle(pulled.parent / "other")
    result = run("models", "remove", "flowers", "--yes")
    assert (result.exit_code, result.stdout) == (0, f"removed {pulled}\n")
    assert list(pulled.parent.iterdir()) == [other]


def test_remove_asks_first(run: Run, pulled: Path) -> None:
    assert run("models", "remove", "flowers", stdin=b"n\n").exit_code == 1
    assert pulled.is_dir()
    assert run("models", "remove", "flowers", stdin=b"y\n").exit_code == 0
    assert not pulled.exists()


def test_remove_takes_damaged_models_too(run: Run, pulled: Path) -> None:
    (pulled / "bundle.json").write_text("{")
    assert run("models", "remove", "flowers", "--yes").exit_code == 0
    assert not pulled.exists()


def test_remove_leaves_alone_what_was_not_pulled(
    run: Run, pulled: Path, make_bundle: MakeBundle, tmp_path: Path
) -> None:
    own = make_bundle(tmp_path / "own")
    for model in (BUILT_IN_NAME, own):
        result = run("models", "remove", model, "--yes")
        assert result.exit_code == 5
        assert "was not pulled by dltasks; delete it yourself" in result.stderr
    assert (BUILT_IN / BUILT_IN_NAME / "bundle.json").is_file()
    assert (own / "bundle.json").is_file()


@pytest.mark.parametrize("model", ["nobody", ".", "..", "", "../models", "flowers/example"])
def test_remove_takes_only_the_name_of_a_model(run: Run, pulled: Path, model: str) -> None:
    result = run("models", "remove", model, "--yes")
    assert (result.exit_code, result.stdout) == (5, "")
    assert (pulled / "example" / "input.png").is_file()


@pytest.mark.parametrize("verb", ["show", "verify", "remove"])
def test_an_unknown_model_is_code_5(run: Run, verb: str) -> None:
    result = run("models", verb, "nobody")
    assert result.exit_code == 5
    assert "model 'nobody' is neither a bundle folder nor an installed model" in result.stderr


@pytest.mark.usefixtures("no_sockets")
def test_pull_offline_says_how_to_go_on(run: Run) -> None:
    result = run("models", "pull", "resnet50", "--offline")
    assert result.exit_code == 5
    assert "the network is switched off" in result.stderr
    assert "dltasks models pull resnet50 --weights resnet50_weights" in result.stderr


def test_pull_of_an_unknown_model_names_the_known_ones(run: Run) -> None:
    result = run("models", "pull", "resnet51")
    assert result.exit_code == 5
    assert "model 'resnet51' is not published" in result.stderr
    assert all(name in result.stderr for name in PUBLISHED)
