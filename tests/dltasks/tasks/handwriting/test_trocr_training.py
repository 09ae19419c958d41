"""A TrOCR is trained further on lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltasks.data.examples import Example, Splits
from dltasks.data.feeding.sharding import EVERYTHING
from dltasks.export.bundle_writer import BundleWriter, Description
from dltasks.hub.trocr import PublishedReader
from dltasks.networks.losses import PADDING
from dltasks.tasks.handwriting import TASK
from dltasks.tasks.handwriting.config import HandwritingConfig
from dltasks.tasks.handwriting.trocr_family import TrocrTraining, leave_unwritable_out
from dltasks.tasks.handwriting.trocr_published import convert
from dltasks.tasks.handwriting.trocr_recipe import TrocrRecipe
from dltasks.tasks.request import RunRequest
from dltasks.tasks.train import train
from dltasks.training.config import TrainingConfig
from pipelines import ConfigurationError, load
from pipelines.bundle.folder import Bundle, open_bundle
from pipelines.handwriting.trocr_family import TrocrFamily
from tests.line_reader import draw_bars
from tests.trocr_stand_in import write_published

TEXTS = {"ab": "the dog", "ba": "lazy fox"}


def write_base(folder: Path, size: str) -> Bundle:
    """Write a bundle without graphs, which training does not read."""
    write_published(folder / "files", size)
    built = convert(PublishedReader(f"trocr-{size}-handwritten"), folder / "files")
    description = Description(
        task="handwriting",
        config=built.config,
        preprocessing=built.preprocessing,
        licence=built.licence,
        source=built.source,
        training_data=built.training_data,
    )
    with BundleWriter(folder / "base", description, overwrite=False) as writer:
        for file, content in built.assets.items():
            writer.add(file, content)
        writer.add_weights(built.network)
    return open_bundle(folder / "base")


@pytest.fixture(scope="module", params=["small", "base"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_base(tmp_path_factory.mktemp("bases"), request.param)


def write_lines(folder: Path, count: int) -> Path:
    """Write lines of bars, each with one of the texts."""
    folder.mkdir()
    for number in range(count):
        bars = list(TEXTS)[number % 2]
        draw_bars(bars * 3, height=30 + number).save(folder / f"{number:03d}.png")
        (folder / f"{number:03d}.txt").write_text(TEXTS[bars])
    return folder


def config_on(base: Bundle, **changes: Any) -> HandwritingConfig:
    return HandwritingConfig(base=str(base.path), **changes)


@pytest.mark.parametrize("base", ["small"], indirect=True)
def test_training_goes_on_from_the_base_and_ends_in_a_bundle(base: Bundle, tmp_path: Path) -> None:
    request = RunRequest(
        task="handwriting",
        data=str(write_lines(tmp_path / "lines", 20)),
        out=tmp_path / "bundle",
        run_folder=tmp_path / "run",
        config=config_on(base),
        training=TrainingConfig(epochs=5, batch_size=4, learning_rate=2e-2, warm_up=0.0),
    )
    said: list[str] = []
    bundle, report = train(request, said.append)
    assert "lines to train on, 0.0 million weights" in " ".join(said)
    assert bundle.source == "fine-tuned from base"
    assert bundle.licence == "MIT; and that of the training data"
    assert bundle.config == base.config
    assert bundle.preprocessing == base.preprocessing
    assert {"cer", "wer"} <= set(report.metrics)
    rows = (request.run_folder / "history.csv").read_text().splitlines()
    columns = rows[0].split(",")
    assert "val_cer" in columns
    place = columns.index("loss")
    losses = [float(row.split(",")[place]) for row in rows[1:]]
    assert losses[-1] < losses[0]
    assert load(bundle.path)(draw_bars("ababab"), layout="line").lines


def test_settings_that_it_does_not_use_are_refused(base: Bundle) -> None:
    refused: dict[str, Any] = {"size": "tiny", "hide": 0.5, "dropout": 0.1, "blanks": "x"}
    for name, value in refused.items():
        with pytest.raises(ConfigurationError, match=f"{name} .* has no effect on a TrOCR"):
            TASK.prepare(config_on(base, **{name: value}))
    TASK.prepare(config_on(base, augment=0.5))


def test_defaults_are_those_of_the_family(base: Bundle) -> None:
    trocr, own = TASK.defaults_for(config_on(base)), TASK.defaults_for(HandwritingConfig())
    assert trocr == TrocrTraining.training_defaults
    assert own == TASK.training_defaults
    assert trocr.learning_rate < own.learning_rate
    assert TASK.defaults_for(HandwritingConfig(base="trocr-small-handwritten")) == trocr


def test_texts_are_taught_piece_by_piece_and_padding_does_not_count(base: Bundle) -> None:
    reader = TrocrFamily(base)
    examples = (Example("a.png", "the dog"), Example("b.png", "a"))
    recipe = TrocrRecipe(
        None,  # type: ignore[arg-type]
        reader,
        Splits(examples, examples, ()),
        0.0,
        TrainingConfig(),
        EVERYTHING,
        print,
    )
    told, wanted = recipe.piece_table(examples).swapaxes(0, 1)
    first, second = (reader.pieces.encode(example.target) for example in examples)
    assert told[0].tolist() == wanted[0].tolist() == [2, *first, 2]
    filled = len(first) - len(second)
    assert told[1].tolist() == [2, *second, 2, *[1] * filled]
    assert wanted[1].tolist() == [2, *second, 2, *[PADDING] * filled]


def test_lines_that_cannot_be_written_are_left_out_and_told(base: Bundle) -> None:
    reader = TrocrFamily(base)
    good = Example("a.png", "the dog")
    long = Example("b.png", "the dog " * 40)
    said: list[str] = []
    kept = leave_unwritable_out(Splits((good, long), (good,), ()), reader, said.append)
    assert kept.train == (good,)
    assert said[0].startswith("1 lines have letters that the vocabulary lacks, or more than 31")
    with pytest.raises(ConfigurationError, match="no lines are left to validate with"):
        leave_unwritable_out(Splits((good,), (long,), ()), reader, said.append)


def test_letters_that_a_small_vocabulary_lacks_are_left_out(tmp_path: Path) -> None:
    reader = TrocrFamily(write_base(tmp_path, "small"))
    good, foreign = Example("a.png", "the dog"), Example("b.png", "中")
    kept = leave_unwritable_out(Splits((good, foreign), (good,), ()), reader, print)
    assert kept.train == (good,)


def test_the_network_is_rebuilt_from_the_config_of_its_bundle(base: Bundle) -> None:
    network = TASK.build_network(base.config)
    assert [tuple(array.shape) for array in network.get_weights()]
    assert network.name == "trocr"
    assert np.isfinite(network.count_params())
