"""Pulling a translator from a server like the Hub: what it becomes, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

from dltasks.export.graphs import KerasGraph
from dltasks.export.weights import load_weights
from dltasks.hub.opus_mt import NAMES, PublishedTranslator, parse
from dltasks.safetensors_file import read_safetensors
from dltasks.tasks.pull import pull
from dltasks.tasks.translation import TASK
from dltasks.tasks.translation.marian_config import MarianConfig
from dltasks.tasks.translation.marian_network import build_marian
from dltasks.tasks.translation.marian_published import convert
from pipelines import load
from pipelines.bundle.folder import Bundle
from pipelines.bundle.verification import verify
from pipelines.errors import BundleError
from pipelines.search.beam_search import BeamSearch
from pipelines.translation.choosing import choose_model
from pipelines.translation.marian_decoding import MarianGraphs
from pipelines.translation.sentences import Job
from tests.marian_stand_in import make_weights, publish, write_published, write_safetensors
from tests.server import Server
from tests.torch_files import stand_in_for_torch, write_checkpoint

Run = Callable[..., Result]
NAME = "opus-mt-en-es"
PUBLISHED = PublishedTranslator(NAME, "en", "es")
TEXTS = ["one two three", "nine eight", "four five six {name} seven 2024"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has NAME, in the place of the Hub."""
    folder = tmp_path_factory.mktemp("server")
    write_published(folder / "files")
    publish(folder / "files", folder, NAME)
    with pytest.MonkeyPatch.context() as patch:
        server = Server(folder)
        patch.setenv("HF_ENDPOINT", server.address)
        patch.setenv("no_proxy", "*")
        yield server
        server.stop()


@pytest.fixture(scope="module")
def pulled(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """NAME, pulled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLTASKS_HOME", str(tmp_path_factory.mktemp("home")))
        return pull(NAME)


@pytest.fixture
def at_home(pulled: Bundle, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    """NAME, pulled to the home of the test."""
    monkeypatch.setenv("DLTASKS_HOME", str(pulled.path.parent.parent))
    return pulled


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the files of a translator."""
    write_published(tmp_path / "files", encoder_layers=2)
    return tmp_path / "files"


def change_config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_the_bundle_says_where_it_is_from_and_runs(pulled: Bundle) -> None:
    assert pulled.licence == "cc-by-4.0"
    page = "https://huggingface.co/Helsinki-NLP/opus-mt-en-es"
    assert pulled.source.startswith(f"{page}, revision abc (Tiedemann & Thottingal 2020")
    assert pulled.preprocessing == {"sources": ["en"], "targets": ["es"], "longest": 60}
    assert set(pulled.agreement) == {"encoder.onnx", "step.onnx"}
    verify(pulled)
    found = load(pulled.path)(TEXTS)
    assert "{name}" in found[2].text
    assert "2024" in found[2].text


def test_one_alone_gives_what_it_gives_in_a_batch(pulled: Bundle) -> None:
    translate = load(pulled.path)
    alone = [translate(text) for text in TEXTS]
    for batch_size in (1, 2, 3):
        batched = list(translate.stream(TEXTS, batch_size=batch_size))
        assert [item.text for item in batched] == [item.text for item in alone]
        scores = [[item.score for item in found] for found in (alone, batched)]
        np.testing.assert_allclose(*scores, atol=1e-5)


def test_the_bundle_gives_what_keras_gives(pulled: Bundle) -> None:
    network = TASK.build_network(pulled.config)
    load_weights(pulled, network)
    parts = build_marian(MarianConfig.from_dict(pulled.config))
    parts.whole.set_weights(network.get_weights())
    translate = load(pulled.path)
    family, search = translate._family, BeamSearch(beams=2, length_offset=0.0)
    jobs = [Job(tuple(family.pieces.encode(text))) for text in ("one", "six")]
    in_keras = MarianGraphs(KerasGraph(parts.encoder), KerasGraph(parts.step))
    one, other = (
        [(best.pieces, best.score) for best, *_ in family.translate(graphs, jobs, search)]
        for graphs in (in_keras, translate._fast_graph)
    )
    assert [pieces for pieces, _ in one] == [pieces for pieces, _ in other]
    scores = [[score for _, score in found] for found in (one, other)]
    np.testing.assert_allclose(*scores, atol=5e-2)  # weights of 8 bits


def test_the_converted_network_has_the_published_weights(files: Path) -> None:
    built = convert(PUBLISHED, files)
    arrays = read_safetensors(files / "model.safetensors")
    layers = {layer.name: layer for layer in built.network.layers}
    (table,) = layers["target_pieces"].get_weights()
    np.testing.assert_array_equal(table, arrays["model.shared.weight"])
    kernel, _ = layers["decoder_0_cross_value"].get_weights()
    key = "model.decoder.layers.0.encoder_attn.v_proj.weight"
    np.testing.assert_array_equal(kernel, arrays[key].T)


def test_a_file_of_pytorch_and_separate_vocabularies_give_the_network_too(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_published(files, separate=True)
    assert config["vocab_size"] != config["decoder_vocab_size"]
    first = convert(PUBLISHED, files)
    stand_in_for_torch(monkeypatch)
    (files / "model.safetensors").unlink()
    write_checkpoint(files / "pytorch_model.bin", {}, make_weights(config), key=None)
    second = convert(PUBLISHED, files)
    assert set(second.assets) == {"source.spm", "target.spm", "vocab.json", "target_vocab.json"}
    for one, other in zip(first.network.weights, second.network.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_target_languages_are_those_of_the_vocabulary_and_sources_those_of_the_card(
    tmp_path: Path,
) -> None:
    write_published(tmp_path, languages=["spa", "fra", "por"])
    (tmp_path / "README.md").write_text("* source language(s): eng deu fra\n")
    built = convert(PublishedTranslator("opus-mt-mul-fr", "mul", "fr"), tmp_path)
    assert built.preprocessing["sources"] == ["eng", "deu", "fra"]
    assert built.preprocessing["targets"] == ["fra", "por", "spa"]
    assert built.licence == "not stated"


def test_the_command_takes_a_pulled_model_before_the_built_in_one(
    at_home: Bundle, run: Run
) -> None:
    assert choose_model(None, None) == choose_model("en", "spa") == at_home.path
    assert choose_model("es", "en").name == choose_model(None, "de").name == "everyday-en-es"
    done = run("translate", "one two", "--to", "es", "-v", "--beams", "1")
    assert done.exit_code == 0, done.output
    assert f"model {NAME}, " in done.stderr
    assert done.stdout == f"{load(NAME)('one two', beams=1).text}\n"
    refused = run("translate", "one two", "--to", "de")
    assert "dltasks models list --all --task translation" in refused.stderr


def test_models_are_listed_by_language(at_home: Bundle, run: Run) -> None:
    listing = ("models", "list", "--all", "--format", "json")
    rows = json.loads(run(*listing, "--from", "en", "--to", "spa").stdout)
    kinds = {row["name"]: row["kind"] for row in rows}
    assert kinds == {
        NAME: "pulled",
        "everyday-en-es": "built-in",
        "opus-mt-tc-big-en-es": "to pull",
        "opus-mt-en-mul": "to pull",
    }
    rows = json.loads(run(*listing, "--task", "speech-recognition").stdout)
    assert {row["task"] for row in rows} == {"speech-recognition"}
    assert run("models", "list", "--from", "en", "--task", "handwriting").exit_code == 2


def test_names_of_translators_are_pairs() -> None:
    assert len(NAMES) == len(set(NAMES)) > 100
    assert parse("opus-mt-tc-big-en-ko") == ("en", "ko")
    assert parse("opus-mt-en-ROMANCE") == ("en", "ROMANCE")
    assert parse("opus-mt-en") is parse("resnet50") is parse("opus-mt-en-../x") is None
    assert {"opus-mt-en-de", "opus-mt-ja-en", "opus-mt-mul-en"} <= set(NAMES)
    assert all(map(parse, NAMES))


def test_what_is_not_published_is_one_line(server: Server, run: Run) -> None:
    done = run("models", "pull", "opus-mt-en-tlh")
    assert done.exit_code == 5
    assert done.stderr.count("\n") == 1
    assert "model 'opus-mt-en-tlh' is not published" in done.stderr
    assert "HTTP Error 404" in done.stderr
    assert "models list --all --task translation" in done.stderr


def test_a_file_that_arrives_damaged_is_refused(
    server: Server, files: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "other"
    publish(files, folder, NAME)
    place = folder / "Helsinki-NLP" / NAME / "resolve" / "abc"
    other = Server(folder)
    monkeypatch.setenv("HF_ENDPOINT", other.address)
    try:
        for name, kind in (("vocab.json", "Git's sha1"), ("model.safetensors", "sha256")):
            whole = (place / name).read_bytes()
            (place / name).write_bytes(whole[:-1] + b"x")
            done = run("models", "pull", NAME)
            assert done.exit_code == 5
            assert f"resolve/abc/{name}: {kind}" in done.stderr
            assert "differs from the expected" in done.stderr
            (place / name).write_bytes(whole)
        (folder / "api" / "models" / "Helsinki-NLP" / NAME).write_text('{"sha": "abc"}')
        assert "not a listing of files" in run("models", "pull", NAME).stderr
        (folder / "api" / "models" / "Helsinki-NLP" / NAME).write_text(
            '{"sha": "abc", "siblings": []}'
        )
        assert "there is no config.json" in run("models", "pull", NAME).stderr
    finally:
        other.stop()


def test_offline_says_how_to_bring_the_files(run: Run) -> None:
    done = run("models", "pull", NAME, "--offline")
    assert done.exit_code == 5
    assert f"dltasks models pull {NAME} --weights FOLDER" in done.stderr
    refused = run("models", "pull", NAME, "--weights", "no_such_folder")
    assert "'no_such_folder' is not a folder" in refused.stderr


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"activation_function": "tanh"}, "activation_function 'tanh' is not supported"),
        ({"model_type": "bart"}, "model_type 'bart' is not supported, only 'marian'"),
        ({"normalize_embedding": True}, "normalize_embedding True is not supported"),
        ({"static_position_embeddings": False}, "static_position_embeddings False is not"),
        ({"normalize_before": True}, "add_final_layer_norm"),
        ({"d_model": 9}, "width 9 is not even"),
        ({"encoder_layers": 3}, "model.encoder.layers.2.self_attn.q_proj.weight is missing"),
        ({"encoder_layers": 1}, "model.encoder.layers.1.* is not a part of the network"),
        ({"encoder_ffn_dim": 10}, "encoder_0_feed_forward_inner is"),
        ({"vocab_size": 30}, "is not one of 30 pieces"),
    ],
)
def test_a_configuration_of_another_network_is_named(
    changes: dict, message: str, files: Path
) -> None:
    change_config(files, **{"add_final_layer_norm": False, **changes})
    with pytest.raises(BundleError, match=message) as caught:
        convert(PUBLISHED, files)
    assert str(files) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b"[]"),
        ("vocab.json", b'{"a": 1}'),
        ("source.spm", b"not a model"),
        ("target.spm", None),
        ("model.safetensors", b"\x05"),
        ("model.safetensors", b"\x02" + bytes(7) + b"[]"),
        ("model.safetensors", None),
    ],
)
def test_a_damaged_or_missing_file_is_named(name: str, content: bytes | None, files: Path) -> None:
    (files / name).unlink()
    if content is not None:
        (files / name).write_bytes(content)
    with pytest.raises(BundleError, match=name) as caught:
        convert(PUBLISHED, files)
    assert str(files) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_positions_that_are_no_sines_are_refused(files: Path) -> None:
    arrays = read_safetensors(files / "model.safetensors")
    key = "model.encoder.embed_positions.weight"
    write_safetensors(files / "model.safetensors", {**arrays, key: np.ones((4, 8))})
    with pytest.raises(BundleError, match="are not sines"):
        convert(PUBLISHED, files)
