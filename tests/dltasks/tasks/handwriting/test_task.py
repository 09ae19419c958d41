"""Handwriting as a task: alphabets, bases, examples that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageDraw, ImageFont

from dltasks.data.checks import check
from dltasks.data.examples import Example, Splits
from dltasks.data.feeding.sharding import EVERYTHING
from dltasks.evaluation.transcripts import Transcript
from dltasks.export.weights import load_weights
from dltasks.tasks.ctc.loss import PADDING
from dltasks.tasks.handwriting import TASK
from dltasks.tasks.handwriting.config import HandwritingConfig, LineNetworkConfig
from dltasks.tasks.handwriting.network import build_network, copy_weights
from dltasks.tasks.handwriting.pictures import draw_lines
from dltasks.tasks.seal import seal
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle
from pipelines.ctc.alphabet import Alphabet
from pipelines.errors import ConfigurationError
from pipelines.handwriting.lines import LinePreprocessing, read_line

TEXTS = ("abba", "bab", "aabab")
CONFIG = HandwritingConfig(size="tiny")
TRAINING = TrainingConfig(epochs=1, batch_size=2)


@pytest.fixture
def lines(tmp_path: Path) -> list[Example]:
    examples = []
    for text in TEXTS:
        path = tmp_path / f"{text}.png"
        picture = Image.new("L", (40 + 24 * len(text), 48), 230)
        ImageDraw.Draw(picture).text((20, 4), text, fill=20, font=ImageFont.load_default(32))
        picture.save(path)
        examples.append(Example(str(path), text, "train", f"labels.tsv {text}"))
    return examples


@pytest.fixture
def said() -> list[str]:
    return []


def _plan(lines: list[Example], said: list[str], config: HandwritingConfig = CONFIG):
    splits = Splits(tuple(lines[:2]), tuple(lines[2:]), ())
    return TASK.plan(splits, config, TRAINING, EVERYTHING, said.append)


def _seal(lines: list[Example], folder: Path) -> Bundle:
    built = _plan(lines, []).built
    built.preprocessing["stretch"] = 1.2
    sources = [line.source for line in lines]
    return seal(TASK, built, folder, sources, overwrite=False)


def test_alphabet_is_that_of_the_training_texts(lines: list[Example], said: list[str]) -> None:
    built = _plan(lines, said).built
    assert built.assets["alphabet.txt"] == b"a\nb\n"
    assert built.config["symbols"] == 2


def test_unknown_characters_are_reported_with_counts_and_their_lines_left_out(
    lines: list[Example], said: list[str], tmp_path: Path
) -> None:
    strange = [replace(lines[2], target="añña", split="valid")]
    alphabet = tmp_path / "alphabet.txt"
    alphabet.write_text("b\na\n")
    config = replace(CONFIG, alphabet=str(alphabet))
    splits = Splits(tuple(lines[:2]), (lines[2], *strange), ())
    plan = TASK.plan(splits, config, TRAINING, EVERYTHING, said.append)
    assert plan.built.assets["alphabet.txt"] == b"b\na\n"
    assert "characters not in the alphabet: 'ñ' 2; 1 lines with them are left out" in said[0]


@pytest.mark.parametrize(
    ("train", "valid", "message"),
    [
        (["ab"], ["ñ"], "no examples are left to validate with"),
        (["ñ"], ["ab"], "no examples are left to train on"),
    ],
)
def test_splits_of_unknown_characters_alone_are_refused(
    lines: list[Example], tmp_path: Path, train: list[str], valid: list[str], message: str
) -> None:
    alphabet = tmp_path / "alphabet.txt"
    alphabet.write_text("a\nb\n")
    config = replace(CONFIG, alphabet=str(alphabet))
    of = lambda texts: tuple(replace(lines[0], target=text) for text in texts)  # noqa: E731
    splits = Splits(of(train), of(valid), ())
    plan = TASK.plan(splits, config, TRAINING, EVERYTHING, lambda line: None)
    with pytest.raises(ConfigurationError, match=message):
        plan.stages[0].build(0, 0)


@pytest.mark.parametrize("field", ["alphabet", "language_text", "base", "blanks"])
def test_what_is_not_there_is_missed_before_the_work(field: str) -> None:
    config = replace(CONFIG, **{field: "not/there"})
    with pytest.raises(Exception, match="not/there") as caught:
        TASK.prepare(config)
    assert "\n" not in str(caught.value)


def test_an_alphabet_file_upside_down_is_told(tmp_path: Path) -> None:
    path = tmp_path / "alphabet.txt"
    path.write_text("abcdefg\n")
    with pytest.raises(ConfigurationError, match=r"alphabet.txt line 1: 'abcdefg' is not one"):
        TASK.prepare(replace(CONFIG, alphabet=str(path)))


def test_examples_that_ctc_cannot_use_are_found(lines: list[Example], tmp_path: Path) -> None:
    narrow = tmp_path / "narrow.png"
    Image.new("L", (20, 64), 255).save(narrow)
    examples = [
        lines[0],
        replace(lines[1], target=""),
        Example(str(narrow), "far too long for it", origin="x"),
    ]
    messages = [finding.message for finding in check(examples, TASK).findings]
    assert len(messages) == 2
    assert messages[0] == "no text in labels.tsv bab"
    assert messages[1].startswith("5 frames are too few for the 19 characters")
    (long,) = check([replace(examples[2], target="far too long " * 100)], TASK).findings
    assert len(long.message) < 200


def test_lines_without_writing_are_trained_to_be_empty(
    lines: list[Example], said: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "blanks" / "photographs"
    folder.mkdir(parents=True)
    for number in range(3):
        Image.new("L", (200 + 8 * number, 64), 200).save(folder / f"{number}.png")
    plan = _plan(lines, said, replace(CONFIG, blanks=str(tmp_path / "blanks")))
    assert said[-1] == "3 of them are without writing"
    assert plan.built.training_data == "5 lines"
    (stage,) = plan.stages
    epoch = stage.build(0, 0)
    targets = [row for _, batch in epoch.train.take(epoch.steps_per_epoch) for row in batch.numpy()]
    assert any((row[1:] == PADDING).all() for row in targets)


def test_training_goes_on_from_a_bundle_with_a_longer_alphabet(
    lines: list[Example], said: list[str], tmp_path: Path
) -> None:
    base = _seal(lines, tmp_path / "base")
    more = [*lines[:1], replace(lines[1], target="cab!"), lines[2]]
    plan = _plan(more, said, replace(CONFIG, base=str(base.path)))
    assert plan.built.assets["alphabet.txt"] == b"a\nb\n!\nc\n"
    assert "fine-tuned from base" in plan.built.source
    assert plan.built.preprocessing == {
        "height": 64,
        "deskew": True,
        "stretch": 1.2,
        "language_weight": 0.3,
    }
    with pytest.raises(ConfigurationError, match="size 'small' has no effect on a --base"):
        TASK.prepare(replace(CONFIG, base=str(base.path), size="small"))


def test_copied_weights_read_the_known_symbols_as_before(
    lines: list[Example], tmp_path: Path
) -> None:
    base = _seal(lines, tmp_path / "base")
    known, wanted = Alphabet(("a", "b")), Alphabet(("c", "b", "a"))
    before = build_network(LineNetworkConfig.from_dict(base.config))
    load_weights(base, before)
    after = build_network(replace(LineNetworkConfig.from_dict(base.config), symbols=3))
    copy_weights(base, after, known, wanted)
    line = read_line(lines[0].source, LinePreprocessing())
    inputs = {"image": line[None], "width": np.array([line.shape[1]], np.int32)}
    old, new = (network(inputs, training=False).numpy()[0] for network in (before, after))
    # a, b and the blank are where they belong: their differences are as they were
    np.testing.assert_allclose(new[:, 2] - new[:, 1], old[:, 0] - old[:, 1], atol=1e-4)
    np.testing.assert_allclose(new[:, 3] - new[:, 1], old[:, 2] - old[:, 1], atol=1e-4)


def test_worst_lines_are_drawn_from_remote_files(lines: list[Example], tmp_path: Path) -> None:
    address = "ram://handwriting/line.png"
    with tf.io.gfile.GFile(address, "wb") as file:
        file.write(Path(lines[0].source).read_bytes())
    draw_lines([Transcript(address, "ab", "ab")], tmp_path / "remote.png")
    draw_lines([Transcript(lines[0].source, "ab", "ab")], tmp_path / "local.png")
    assert (tmp_path / "remote.png").read_bytes() == (tmp_path / "local.png").read_bytes()


def test_worst_lines_are_drawn_as_a_sheet(lines: list[Example], tmp_path: Path) -> None:
    items = [Transcript(line.source, line.target, "ab") for line in lines]
    path = draw_lines(items, tmp_path / "new" / "worst.png")
    with Image.open(path) as sheet:
        assert sheet.height > 3 * 48
        assert len(sheet.getcolors(1 << 20) or []) > 2
