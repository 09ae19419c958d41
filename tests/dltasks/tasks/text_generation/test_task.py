"""The task as a whole, on a writer that was trained for seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest

from dltasks.export.weights import load_weights
from dltasks.tasks import get_task
from dltasks.tasks.evaluate import evaluate
from dltasks.tasks.text_generation.config import GeneratorConfig
from dltasks.tasks.text_generation.network import build_network, build_runner, empty_state
from dltasks.tasks.train import train
from pipelines import load
from pipelines.bundle.folder import open_bundle
from pipelines.errors import ConfigurationError
from pipelines.text_generation import pipeline as text_generation
from pipelines.text_generation.vocabularies import BOUNDARY, SPECIAL, UNKNOWN
from tests.writing import VERSE, make_request, write_verse

AGREEMENT = 1e-4


def test_network_graph_and_evaluation_give_the_same_over_1000_characters(
    writer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (VERSE.upper() + VERSE[::-1] + VERSE * 30)[:1000]
    pipeline = load(writer)
    numbers = pipeline.vocabulary.encode(text)
    read = np.concatenate([[BOUNDARY], numbers[:-1]]).astype(np.int32)
    # The Keras network, all at once.
    network = build_network(GeneratorConfig.from_dict(pipeline.bundle.config))
    load_weights(pipeline.bundle, network)
    scores, _ = build_runner(network)([read[None], empty_state(network, 1)])
    expected = scores.numpy()[0, np.arange(1000), numbers]
    # The graph, a step at a time. Its LSTMs are ONNX Runtime's, not loops of small operations.
    operations = onnx.load_from_string(pipeline.bundle.read("model.onnx")).graph.node
    assert [node.op_type for node in operations].count("LSTM") == 2
    state, stepped = np.zeros((1, *network.inputs[1].shape[1:]), np.float32), []
    graph = pipeline.load_graph("model.onnx", threads=1)
    for piece, following in zip(read, numbers, strict=True):
        scores, state = graph.run(pieces=np.array([[piece]]), state=state)
        stepped.append(scores[0, 0, following])
    np.testing.assert_allclose(stepped, expected, atol=AGREEMENT)
    # Scoring, and evaluation of a file, in runs with the state carried.
    monkeypatch.setattr(text_generation, "SYMBOLS_PER_RUN", 64)
    np.testing.assert_allclose(pipeline.score(text).log_probabilities, expected, atol=AGREEMENT)
    path = tmp_path / "text.txt"
    path.write_text(text, encoding="utf-8")
    report, split = evaluate(pipeline, str(path), None)
    assert split == "all"
    assert report.metrics["loss"] == pytest.approx(-expected.mean(), abs=AGREEMENT)
    assert report.metrics["bits_per_character"] == pytest.approx(-expected.mean() / np.log(2))
    assert report.metrics["perplexity"] == pytest.approx(np.exp(-expected.mean()))


def test_the_state_after_a_half_is_where_the_other_goes_on(writer: Path) -> None:
    bundle = open_bundle(writer)
    network = build_network(GeneratorConfig.from_dict(bundle.config))
    load_weights(bundle, network)
    pieces = np.arange(2, 18, dtype=np.int32)[None] % len(load(writer).vocabulary)
    whole, end = network([pieces, empty_state(network, 1)])
    first, state = network([pieces[:, :9], empty_state(network, 1)])
    second, same_end = network([pieces[:, 9:], state.numpy()])
    both = np.concatenate([first.numpy(), second.numpy()], axis=1)
    np.testing.assert_allclose(both, whole.numpy(), atol=1e-5)
    np.testing.assert_allclose(same_end.numpy(), end.numpy(), atol=1e-5)


def test_recurrent_weights_are_dropped_in_training_alone() -> None:
    plain = build_network(GeneratorConfig(9, 2, 8, 4))
    dropped = build_network(GeneratorConfig(9, 2, 8, 4, weight_dropout=0.5))
    dropped.set_weights(plain.get_weights())
    inputs = [np.full((2, 6), 3, np.int32), np.ones((2, 4, 8), np.float32)]
    expected, _ = plain(inputs)
    for training in (False, True, False):
        found, _ = dropped(inputs, training=training)
        is_same = np.allclose(found.numpy(), expected.numpy(), atol=1e-6)
        assert is_same != training


def test_dropped_weights_stay_the_same_for_a_window() -> None:
    """As a network with those weights for good gives, from the first symbol to the last."""
    from dltasks.tasks.text_generation.network import DroppedCell

    cell, plain = DroppedCell(3), DroppedCell(3)
    for item in (cell, plain):
        item.build((2, 4))
    plain.set_weights(cell.get_weights())
    mask = np.where(np.arange(12) % 2, 2.0, 0.0).astype(np.float32)
    kept = mask * cell.recurrent_kernel.numpy()
    plain.recurrent_kernel.assign(kept)
    cell.used = kept
    inputs = np.ones((2, 4), np.float32)
    states = other = [np.ones((2, 3), np.float32), np.ones((2, 3), np.float32)]
    for _ in range(3):
        said, states = cell(inputs, states)
        wanted, other = plain(inputs, other)
        np.testing.assert_allclose(said.numpy(), wanted.numpy(), atol=1e-6)


def test_an_unknown_symbol_is_read_as_nothing() -> None:
    for residual in (False, True):
        network = build_network(GeneratorConfig(9, 2, 8, 4, residual=residual))
        pieces = np.array([[3, UNKNOWN, 4]], np.int32)
        before, _ = network([pieces, empty_state(network, 1)])
        table = network.get_layer("language_model").embed.embeddings
        changed = table.numpy()
        changed[UNKNOWN] += 1.0
        table.assign(changed)
        after, _ = network([pieces, empty_state(network, 1)])
        others = [number for number in range(9) if number != UNKNOWN]
        np.testing.assert_allclose(
            after.numpy()[..., others], before.numpy()[..., others], atol=1e-6
        )


def test_a_text_with_an_unseen_character_is_measured_and_it_is_said(
    writer: Path, tmp_path: Path
) -> None:
    path = tmp_path / "unseen.txt"
    path.write_text(VERSE + "é\n", encoding="utf-8")
    report, _ = evaluate(load(writer), str(path), None)
    assert report.to_dict()["unknown"] == {"é": 1}
    assert "does not know: 'é' 1" in report.to_text()
    assert np.isfinite(report.metrics["loss"])
    lines: list[str] = []
    data = tmp_path / "late.txt"
    data.write_text(VERSE * 10 + "é", encoding="utf-8")
    train(make_request(tmp_path, str(data), epochs=0), lines.append)
    assert any("training text lacks: 'é' 1" in line for line in lines)


def test_the_shortest_texts_are_measured_but_not_trained_on(writer: Path, tmp_path: Path) -> None:
    path = tmp_path / "three.txt"
    path.write_text("the", encoding="utf-8")
    report, _ = evaluate(load(writer), str(path), None)
    assert report.to_dict()["symbols"] == 3
    with pytest.raises(ConfigurationError, match="3 characters are too few"):
        train(make_request(tmp_path, str(path)))


@pytest.mark.parametrize("content", [b"", b"\x89PNG\0\0\xff"])
def test_nothing_is_learned_from_what_is_no_text(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "none.txt"
    path.write_bytes(content)
    lines: list[str] = []
    with pytest.raises(ConfigurationError, match="too few"):
        train(make_request(tmp_path, str(path)), lines.append)
    assert any(str(path) in line for line in lines)


def test_a_base_keeps_what_it_knows_and_learns_new_characters(writer: Path, tmp_path: Path) -> None:
    data = tmp_path / "new.txt"
    data.write_text((VERSE + "é").replace("rat", "RAT") * 10, encoding="utf-8")
    known = load(writer)
    bundle, _ = train(make_request(tmp_path, str(data), base=str(writer), epochs=0))
    found = load(bundle.path)
    count = len(known.vocabulary)
    assert found.vocabulary.encode("éART").min() == count
    assert np.array_equal(found.vocabulary.encode(VERSE), known.vocabulary.encode(VERSE))
    before = np.array(known.score(VERSE * 2).log_probabilities)
    after = np.array(found.score(VERSE * 2).log_probabilities)
    assert np.abs(before - after).mean() < 0.1  # the new characters took little from the others
    assert bundle.source.startswith("fine-tuned from")
    # New characters are as unlikely as the least likely known one.
    likelihood = np.array(found.score(VERSE + "é").log_probabilities)
    assert likelihood[-1] < likelihood[:-1].mean()


def test_a_base_of_another_task_is_refused(tmp_path: Path, tiny_bundle: Path) -> None:
    data = write_verse(tmp_path / "verse.txt")
    with pytest.raises(ConfigurationError, match="is a model for image-classification"):
        train(make_request(tmp_path, str(data), base=str(tiny_bundle)))


def test_bytes_and_pieces_are_sealed_and_measured_alike(tmp_path: Path) -> None:
    data = write_verse(tmp_path / "verse.txt")
    for unit in ("bytes", "pieces"):
        request = make_request(tmp_path / unit, str(data), unit=unit, vocabulary=300, epochs=0)
        bundle, report = train(request)
        assert bundle.preprocessing == {"unit": unit}
        assert load(bundle.path)("Ünï", length=5).replaced == {}
        bits, loss = report.metrics["bits_per_character"], report.metrics["loss"]
        symbols, characters = (report.to_dict()[name] for name in ("symbols", "characters"))
        assert bits == pytest.approx(loss * symbols / characters / np.log(2))


def test_a_sample_is_shown_after_each_epoch(writer: Path) -> None:
    log = (writer.parent / "run" / "log.txt").read_text(encoding="utf-8")
    assert log.count("sample: ") == 16


def test_the_vocabulary_has_room_for_the_special_symbols(writer: Path) -> None:
    bundle = open_bundle(writer)
    assert bundle.config["vocabulary"] == SPECIAL + len(set(VERSE))
    assert get_task("text-generation").name == bundle.task
