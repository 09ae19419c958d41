"""Pulling a TrOCR from a server like the Hub, and reading with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image

from dltasks.export.graphs import KerasGraph
from dltasks.export.weights import load_weights
from dltasks.hub.trocr import NAMES
from dltasks.tasks.handwriting import TASK
from dltasks.tasks.handwriting.trocr_config import TrocrConfig
from dltasks.tasks.handwriting.trocr_network import build_trocr
from dltasks.tasks.pull import pull
from pipelines import load
from pipelines.bundle.folder import Bundle
from pipelines.bundle.verification import verify
from pipelines.handwriting.trocr_decoding import TrocrGraphs
from pipelines.handwriting.trocr_pictures import read_square
from tests.line_reader import draw_bars
from tests.marian_stand_in import publish
from tests.server import Server
from tests.trocr_stand_in import write_published

Run = Callable[..., Result]
OWNER = "microsoft"
SMALL, BASE = "trocr-small-handwritten", "trocr-base-printed"
SIZES = {SMALL: "small", BASE: "base"}
LINES = ["abba", "aab", "babab"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has both models, in the place of the Hub."""
    folder = tmp_path_factory.mktemp("server")
    for name, size in SIZES.items():
        write_published(folder / f"files of {name}", size)
        publish(folder / f"files of {name}", folder, name, OWNER)
    with pytest.MonkeyPatch.context() as patch:
        server = Server(folder)
        patch.setenv("HF_ENDPOINT", server.address)
        patch.setenv("no_proxy", "*")
        yield server
        server.stop()


@pytest.fixture(scope="module", params=SIZES)
def pulled(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Bundle:
    """A model, pulled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLTASKS_HOME", str(tmp_path_factory.mktemp("home")))
        return pull(request.param)


def test_the_bundle_says_where_it_is_from_and_runs(pulled: Bundle) -> None:
    assert pulled.licence == "MIT"
    page = f"https://huggingface.co/microsoft/{pulled.name}, revision abc (Li et al. 2021"
    assert pulled.source.startswith(page)
    assert "684 million printed lines" in pulled.training_data
    assert set(pulled.agreement) == {"encoder.onnx", "step.onnx"}
    verify(pulled)
    result = load(pulled.path)(draw_bars("abba"))
    (line,) = result.lines
    assert line.text == " ".join(word.text for word in line.words)
    assert all(0 <= word.confidence <= 1 for word in line.words)


def test_one_alone_gives_what_it_gives_in_a_batch(pulled: Bundle) -> None:
    read = load(pulled.path)
    pictures = [draw_bars(text) for text in LINES]
    alone = [read(picture, beams=2) for picture in pictures]
    for batch_size in (1, 2, 3):
        batched = list(read.stream(pictures, batch_size=batch_size, beams=2))
        assert [item.text for item in batched] == [item.text for item in alone]


def test_the_bundle_gives_what_keras_gives(pulled: Bundle) -> None:
    network = TASK.build_network(pulled.config)
    load_weights(pulled, network)
    parts = build_trocr(TrocrConfig.from_dict(pulled.config))
    parts.whole.set_weights(network.get_weights())
    read = load(pulled.path)
    family = read._family
    squares = [read_square(draw_bars(text), family.preprocessing) for text in LINES]
    in_keras = TrocrGraphs(KerasGraph(parts.encoder), KerasGraph(parts.step))
    one, other = (
        family.search(graphs, squares, beams=2) for graphs in (in_keras, read._fast_graph)
    )
    scores = [[best.score for best, *_ in found] for found in (one, other)]
    np.testing.assert_allclose(*scores, atol=5e-2)  # weights of 8 bits


def test_the_command_reads_with_beams_and_without_tensorflow_options(
    pulled: Bundle, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLTASKS_HOME", str(pulled.path.parent.parent))
    draw_bars("abba").save(tmp_path / "line.png")
    read = ("read", str(tmp_path / "line.png"), "--model", pulled.name)
    done = run(*read, "--beams", "8", "--n-best", "3", "--format", "json")
    assert done.exit_code == 0, done.output
    (answer,) = json.loads(done.stdout)
    (line,) = answer["result"]["lines"]
    assert len(line["alternatives"]) == 2
    refused = run(*read, "--language-weight", "0.5")
    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1
    assert f"{pulled.name} has no language model; leave language_weight out" in refused.stderr
    Image.new("RGB", (300, 50), "white").save(tmp_path / "line.png")
    blank = run(*read)
    assert (blank.exit_code, blank.stdout.strip()) in {(0, "100.0%"), (0, "")}


def test_models_are_listed_and_unknown_ones_named(server: Server, run: Run) -> None:
    rows = json.loads(
        run("models", "list", "--all", "--task", "handwriting", "--format", "json").stdout
    )
    assert {row["name"] for row in rows if row["kind"] == "to pull"} == set(NAMES)
    wrong = run("models", "pull", "trocr-tiny-handwritten")
    assert wrong.exit_code == 5
    assert wrong.stderr.count("\n") == 1
    assert "'trocr-tiny-handwritten' is not published" in wrong.stderr
    assert SMALL in wrong.stderr
    missing = run("models", "pull", "trocr-large-printed")
    assert "model 'trocr-large-printed' is not published" in missing.stderr
    assert "models list --all --task handwriting" in missing.stderr


def test_offline_says_how_to_bring_the_files(run: Run) -> None:
    done = run("models", "pull", SMALL, "--offline")
    assert done.exit_code == 5
    assert f"dltasks models pull {SMALL} --weights FOLDER" in done.stderr
    refused = run("models", "pull", SMALL, "--weights", "no_such_folder")
    assert "'no_such_folder' is not a folder; give the one with config.json, prep" in refused.stderr


def test_files_that_were_brought_are_not_said_to_be_published(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLTASKS_HOME", str(tmp_path / "home"))
    write_published(tmp_path / "own", "small")
    done = run("models", "pull", SMALL, "--weights", str(tmp_path / "own"))
    assert done.exit_code == 0, done.output
    card = run("models", "show", SMALL).stdout
    assert "files brought from disk, not compared with" in card
    assert "not stated" in card
    (tmp_path / "own" / "sentencepiece.bpe.model").unlink()
    broken = run("models", "pull", SMALL, "--weights", str(tmp_path / "own"), "--overwrite")
    assert broken.exit_code == 5
    assert broken.stderr.count("\n") == 1
    assert "vocab.json" in broken.stderr
