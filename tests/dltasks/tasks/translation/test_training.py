"""Training from a TSV to a bundle: it learns, it resumes, and its figures are those of the text."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from dltasks.data.examples import Example, split, take_groups
from dltasks.data.feeding.sharding import EVERYTHING
from dltasks.evaluation.translation import group_references, measure
from dltasks.export.weights import WEIGHTS_FILE
from dltasks.tasks.train import train
from dltasks.tasks.translation import TASK
from dltasks.tasks.translation.config import TranslationConfig
from dltasks.training.callbacks import SaveProgress
from pipelines import ConfigurationError, load
from pipelines.bundle.folder import Bundle
from tests.fitting import fit
from tests.number_pairs import make_request, write_numbers


@dataclass(frozen=True)
class Learned:
    """A trained bundle, its run folder, and what was said meanwhile."""

    bundle: Bundle
    run_folder: Path
    said: list[str]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_numbers(tmp_path_factory.mktemp("data") / "numbers.tsv", count=100)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    """Trained on 400 pairs, and three lines that cannot be used."""
    folder = tmp_path_factory.mktemp("learned")
    path = Path(write_numbers(folder / "numbers.tsv", count=400))
    path.write_bytes(path.read_bytes() + b"no tab\nnul \0\tx\n\xff\tx\n")
    said: list[str] = []
    bundle, _ = train(make_request(folder, str(path), epochs=12), said.append)
    return Learned(bundle, folder / "run", said)


def test_it_learns_both_directions(learned: Learned) -> None:
    figures = {metric["name"]: metric["value"] for metric in learned.bundle.metrics}
    assert list(figures) == ["bleu_en-es", "bleu_es-en", "chrf_en-es", "chrf_es-en"]
    assert min(figures["chrf_en-es"], figures["chrf_es-en"]) > 80  # too short for BLEU's 4-grams
    translate = load(learned.bundle.path)
    assert translate("nine eight").text == "nueve ocho"
    assert translate.between("es", "en")("nueve ocho").text == "nine eight"


def test_the_weights_are_those_of_the_graphs(learned: Learned) -> None:
    with np.load(learned.bundle.path / WEIGHTS_FILE) as weights:
        assert {weights[name].dtype for name in weights.files} == {np.dtype(np.float16)}
    assert max(learned.bundle.agreement.values()) < 1e-4


def test_the_history_has_bleu_and_chrf_of_decoded_text(learned: Learned) -> None:
    with (learned.run_folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    chrf = [float(row["val_chrf"]) for row in rows]
    assert chrf[0] < 60 < 80 < max(chrf)
    assert all(0 <= float(row["val_bleu"]) <= 100 for row in rows)


def test_bad_lines_are_told_counted_and_the_rest_is_used(learned: Learned) -> None:
    assert sum("numbers.tsv line 40" in line for line in learned.said) == 3
    checked = json.loads((learned.run_folder / "data_check.json").read_text())
    assert [item["kind"] for item in checked["findings"]] == ["unsuitable", "damaged", "damaged"]


def test_one_direction_alone_can_be_trained(data: str, tmp_path: Path) -> None:
    request = make_request(tmp_path, data, both_directions=False, source="de")
    splits = split(TASK.read_examples(data), valid_fraction=0.1, seed=1, take=take_groups)
    plan = TASK.plan(splits, request.config, request.training, EVERYTHING, print)
    assert plan.built.preprocessing["directions"] == [["de", "es"]]
    both = len(splits.train) * 2 // request.training.batch_size
    assert plan.stages[0].build(0, 0).steps_per_epoch == both // 2


@pytest.mark.slow
def test_a_stopped_run_ends_with_the_weights_of_one_that_was_not(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"epochs": 2, "segmentations": 3, "dropout": 0.2}
    whole = fit(make_request(tmp_path / "whole", data, **settings))
    request = make_request(tmp_path / "stopped", data, **settings)
    inner = SaveProgress.on_train_batch_end

    def stop_after_some(self: SaveProgress, batch: int, logs: dict | None = None) -> None:
        self.stop.requested = self.progress.epoch == 1 and batch == 2
        inner(self, batch, logs)

    with monkeypatch.context() as patch:
        patch.setattr(SaveProgress, "on_train_batch_end", stop_after_some)
        with pytest.raises(KeyboardInterrupt):
            fit(request)
    for one, other in zip(whole, fit(request), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("new_vocabulary", [False, True])
def test_training_goes_on_from_a_base_also_with_another_vocabulary(
    learned: Learned, data: str, tmp_path: Path, *, new_vocabulary: bool
) -> None:
    vocabulary = 320 if new_vocabulary else TranslationConfig().vocabulary
    request = make_request(
        tmp_path,
        data,
        epochs=0,
        base=str(learned.bundle.path),
        size="small",
        vocabulary=vocabulary,
        new_vocabulary=new_vocabulary,
    )
    bundle, _ = train(request, print)
    pieces = {
        name: one.read("pieces.model") for name, one in (("new", bundle), ("old", learned.bundle))
    }
    assert (pieces["new"] == pieces["old"]) is not new_vocabulary
    assert "nueve" in load(bundle.path)("nine eight").text  # before any step
    assert bundle.source == "fine-tuned from bundle"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"new_vocabulary": True}, "new_vocabulary True has no effect without --base"),
        ({"base": "BASE", "encoder": "transformer"}, "encoder 'transformer' has no effect"),
        ({"base": "BASE", "size": "base"}, "size 'base' has no effect"),
        ({"base": "BASE", "size": "small", "target": "fr"}, "does not translate en to fr"),
    ],
)
def test_settings_that_a_base_has_fixed_are_refused(
    learned: Learned, data: str, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    settings = {"vocabulary": TranslationConfig().vocabulary, **changes}
    if "base" in settings:
        settings["base"] = str(learned.bundle.path)
    with pytest.raises(ConfigurationError, match=reason):
        train(make_request(tmp_path, data, **settings), print)


def test_sentences_are_translated_during_training_in_bfloat16(data: str, tmp_path: Path) -> None:
    bundle, _ = train(make_request(tmp_path, data, mixed_precision="bfloat16"), print)
    with (tmp_path / "run" / "history.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert float(row["val_chrf"]) > 0
    assert bundle.metrics


def test_no_pair_short_enough_is_told(tmp_path: Path) -> None:
    lines = "".join(f"a very long line indeed {n}\tuna línea muy larga {n}\n" for n in range(30))
    path = tmp_path / "long.tsv"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="max_pieces 4 leaves out every pair"):
        fit(make_request(tmp_path, str(path), max_pieces=4))


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
    assert found.worst[0].source == "2"


def test_sentences_that_failed_are_counted_apart() -> None:
    found = measure("x-y", ["1", "2"], [None, "a b c d"], [["x"], ["a b c d"]], seconds=1.0)
    assert (found.sentences, found.skipped, found.bleu) == (1, 1, pytest.approx(100.0))
    with pytest.raises(ConfigurationError, match="no sentence could be read"):
        measure("x-y", ["1"], [None], [["x"]], seconds=1.0)
