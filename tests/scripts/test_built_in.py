"""The makers of the built-in bundles: their recipes are whole, and one makes a bundle."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dltasks.tasks.request import make_request
from pipelines.bundle.folder import open_bundle
from pipelines.bundle.verification import verify
from scripts import built_in
from tests.writing import write_verse

RECIPES = sorted((built_in.ROOT / "scripts").glob(f"*/{built_in.RECIPE}"))
CARD = """
task = "text-generation"

[config]
size = "tiny"
window = 8
sample = 0

[training]
epochs = 9
batch_size = 8

[card]
licence = "of the verse"
training_data = "verse"
data = "verse.txt"
examples = ["the cat", "and"]
notes = "It writes verse."
"""


def test_every_built_in_bundle_has_its_maker() -> None:
    names = {path.parent.name for path in built_in.BUILT_IN.glob("*/bundle.json")}
    makers = {path.parent.name for path in (built_in.ROOT / "scripts").glob("*/make.py")}
    assert {name.replace("-", "_") for name in names} == makers


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.parent.name)
def test_a_recipe_is_whole(path: Path) -> None:
    recipe = tomllib.loads(path.read_text(encoding="utf-8"))
    settings = {**recipe["config"], **recipe["training"]}
    request = make_request(recipe["task"], settings, data="data", out="out")
    assert request.training.epochs == recipe["training"].get("epochs", request.training.epochs)
    assert {"licence", "training_data", "data", "notes"} <= set(recipe["card"])


def test_a_maker_trains_and_seals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built_in, "BUILT_IN", tmp_path / "saved_models")
    monkeypatch.setattr(built_in, "WORK", tmp_path / "work")
    folder = tmp_path / "text_verse"
    folder.mkdir()
    (folder / built_in.RECIPE).write_text(CARD, encoding="utf-8")
    verse = write_verse(tmp_path / "verse.txt")
    made = built_in.make(str(folder / "make.py"), verse, epochs=1)
    bundle = open_bundle(tmp_path / "saved_models" / "text-verse")
    assert made == bundle
    assert bundle.licence == "of the verse"
    assert {metric["data"] for metric in bundle.metrics} == {"verse.txt"}
    assert bundle.read("example/input.txt") == b"the cat"
    verify(bundle)
    assert len((tmp_path / "work/text-verse/run/history.csv").read_text().splitlines()) == 2
