"""Training from a TSV to a bundle: it learns, it resumes, and its figures are those of the text."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dltasks.data.examples import Example
from dltasks.evaluation.translation import group_references, measure
from dltasks.export import WEIGHTS_FILE
from dltasks.tasks.run import train
from dltasks.training.callbacks import SaveProgress
from pipelines import ConfigurationError, load
from pipelines.bundle import Bundle, open_bundle

from .numbers import make_request, write_numbers


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_numbers(tmp_path_factory.mktemp("data") / "numbers.tsv")


@pytest.fixture(scope="module")
def learned(data: str, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("learned")
    bundle, _ = train(make_request(folder, data, epochs=40, encoder="lstm"))
    return open_bundle(bundle.path)


def weights(bundle: Bundle) -> list[np.ndarray]:
    with np.load(bundle.path / WEIGHTS_FILE) as file:
        return [file[name] for name in sorted(file.files)]


def test_it_learns_both_directions(learned: Bundle) -> None:
    figures = {metric["name"]: metric["value"] for metric in learned.metrics}
    assert list(figures) == ["bleu_en-es", "bleu_es-en", "chrf_en-es", "chrf_es-en"]
    assert min(figures.values()) > 90
    translate = load(learned.path)
    assert translate("nine eight one").text == "nueve ocho uno"
    assert translate.between("es", "en")("nueve ocho uno").text == "nine eight one"


def test_the_weights_are_those_of_the_graphs(learned: Bundle) -> None:
    assert {array.dtype for array in weights(learned)} == {np.dtype(np.float16)}
    assert max(learned.agreement.values()) < 1e-4


def test_the_history_has_bleu_and_chrf_of_decoded_text(learned: Bundle) -> None:
    header, *rows = (learned.path.parent / "run/history.csv").read_text().splitlines()
    columns = header.split(",")
    chrf = [float(row.split(",")[columns.index("val_chrf")]) for row in rows]
    bleu = [float(row.split(",")[columns.index("val_bleu")]) for row in rows]
    assert chrf[0] < 60 < 90 < max(chrf)
    assert max(bleu) > 90


def test_one_direction_alone_can_be_trained(data: str, tmp_path: Path) -> None:
    bundle, report = train(make_request(tmp_path, data, both_directions=False, source="de"))
    assert [item.name for item in report.directions] == ["de-es"]
    with pytest.raises(ConfigurationError, match="does not translate es to de"):
        load(bundle.path, source="es", target="de")


def test_a_stopped_run_ends_with_the_weights_of_one_that_was_not(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"epochs": 2, "segmentations": 3, "dropout": 0.2}
    whole, _ = train(make_request(tmp_path / "whole", data, **settings))
    request = make_request(tmp_path / "stopped", data, **settings)
    inner = SaveProgress.on_train_batch_end

    def stop_after_some(self: SaveProgress, batch: int, logs: dict | None = None) -> None:
        self.stop.requested = self.progress.epoch == 1 and batch == 3
        inner(self, batch, logs)

    with monkeypatch.context() as patch:
        patch.setattr(SaveProgress, "on_train_batch_end", stop_after_some)
        with pytest.raises(KeyboardInterrupt):
            train(request)
    said: list[str] = []
    resumed, _ = train(make_request(tmp_path / "stopped", data, resume=True, **settings), said.append)
    assert any("resumed after 1 epochs and 4 steps" in line for line in said)
    for one, other in zip(weights(whole), weights(resumed), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_pair_short_enough_is_told(data: str, tmp_path: Path) -> None:
    lines = "".join(f"a very long line indeed {n}\tuna línea muy larga {n}\n" for n in range(30))
    path = tmp_path / "long.tsv"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="max_pieces 4 leaves no pair"):
        train(make_request(tmp_path, str(path), max_pieces=4))


def test_bad_lines_are_told_counted_and_the_rest_is_used(data: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.tsv"
    path.write_bytes(Path(data).read_bytes() + b"no tab\nnul \0\tx\n\xff\tx\n")
    said: list[str] = []
    train(make_request(tmp_path, str(path), epochs=1), said.append)
    assert sum("bad.tsv line 20" in line for line in said) == 3
    checked = json.loads((tmp_path / "run/data_check.json").read_text())
    assert [item["kind"] for item in checked["findings"]] == ["unsuitable", "damaged", "damaged"]


def test_all_translations_of_a_sentence_are_its_references() -> None:
    examples = [Example("Go.", "Ve."), Example("Go. ", "Vete."), Example("Hi.", "Hola.")]
    assert group_references(examples, turned=False) == {"Go.": ["Ve.", "Vete."], "Hi.": ["Hola."]}
    assert group_references(examples, turned=True)["Vete."] == ["Go."]


def test_figures_are_those_of_sacrebleu() -> None:
    import sacrebleu

    said = ["the cat sat on the mat", "a dog", "he is here now today"]
    references = [["the cat sat on a mat", "a cat sat on the mat"], ["the dog"], ["he is here now"]]
    found = measure("x-y", ["1", "2", "3"], said, references, seconds=2.0)
    streams = [["the cat sat on a mat", "the dog", "he is here now"]]
    streams.append(["a cat sat on the mat", None, None])
    assert found.bleu == pytest.approx(sacrebleu.corpus_bleu(said, streams).score)
    assert found.chrf == pytest.approx(sacrebleu.corpus_chrf(said, streams).score)
    assert "tok:13a" in found.bleu_signature
    assert found.sentences_per_second == 1.5
    assert [item.source for item in found.worst][0] == "2"


def test_sentences_that_failed_are_counted_apart() -> None:
    found = measure("x-y", ["1", "2"], [None, "a b c d"], [["x"], ["a b c d"]], seconds=1.0)
    assert (found.sentences, found.skipped, found.bleu) == (1, 1, pytest.approx(100.0))
    with pytest.raises(ConfigurationError, match="no sentence could be read"):
        measure("x-y", ["1"], [None], [["x"]], seconds=1.0)
