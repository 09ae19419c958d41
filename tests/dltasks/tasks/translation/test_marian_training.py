"""A translator is trained further on sentence pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltasks.data.examples import Example
from dltasks.export.bundle_writer import BundleWriter, Description
from dltasks.hub.opus_mt import PublishedTranslator
from dltasks.tasks.train import train
from dltasks.tasks.translation import TASK
from dltasks.tasks.translation.config import TranslationConfig
from dltasks.tasks.translation.marian_config import MarianConfig
from dltasks.tasks.translation.marian_family import choose_direction
from dltasks.tasks.translation.marian_published import convert
from dltasks.tasks.translation.marian_recipe import MarianSentences
from pipelines import ConfigurationError, load
from pipelines.bundle.folder import Bundle, open_bundle
from pipelines.translation.marian_family import MarianFamily
from tests.marian_stand_in import write_published
from tests.number_pairs import make_request, write_numbers


def write_base(folder: Path, name: str, **settings: Any) -> Bundle:
    """Write a bundle without graphs, which training does not read."""
    write_published(folder / f"{name} files", **settings)
    built = convert(PublishedTranslator("opus-mt-en-es", "en", "es"), folder / f"{name} files")
    description = Description(
        task="translation",
        config=built.config,
        preprocessing=built.preprocessing,
        licence=built.licence,
        source=built.source,
        training_data=built.training_data,
    )
    with BundleWriter(folder / name, description, overwrite=False) as writer:
        for file, content in built.assets.items():
            writer.add(file, content)
        writer.add_weights(built.network)
    return open_bundle(folder / name)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_base(tmp_path_factory.mktemp("bases"), "one")


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return write_base(tmp_path_factory.mktemp("bases"), "several", languages=["fra", "spa"])


def config_on(base: Bundle, **changes: Any) -> TranslationConfig:
    return TranslationConfig(base=str(base.path), **changes)


def test_training_goes_on_from_the_base_and_ends_in_a_bundle(base: Bundle, tmp_path: Path) -> None:
    data = write_numbers(tmp_path / "numbers.tsv", count=40)
    request = make_request(tmp_path, data, epochs=2)
    request = replace(
        request,
        config=config_on(base),
        training=replace(request.training, learning_rate=2e-2, batch_size=8),
    )
    said: list[str] = []
    bundle, report = train(request, said.append)
    assert "pairs to train on, en to es" in " ".join(said)
    assert bundle.source == "fine-tuned from one"
    assert bundle.licence == "cc-by-4.0; and that of the training data"
    assert set(report.metrics) == {"bleu_en-es", "chrf_en-es"}
    assert bundle.config == base.config
    rows = (request.run_folder / "history.csv").read_text().splitlines()
    place = rows[0].split(",").index("loss")
    losses = [float(row.split(",")[place]) for row in rows[1:]]
    assert losses[-1] < losses[0]
    assert load(bundle.path)("two {x}", beams=1).text.count("{x}") == 1


def test_settings_of_a_new_network_are_refused(base: Bundle) -> None:
    refused = {"size": "tiny", "vocabulary": 500, "marked": 0.0, "new_vocabulary": True}
    for name, value in refused.items():
        with pytest.raises(ConfigurationError, match="has no effect on a --base"):
            TASK.prepare(config_on(base, **{name: value}))
    TASK.prepare(config_on(base, max_pieces=30, label_smoothing=0.0))


def test_data_are_checked_in_the_languages_of_the_base(base: Bundle, several: Bundle) -> None:
    assert TASK.languages(config_on(base)) == ("en", "es")
    assert TASK.languages(config_on(several, target="fr")) == ("en", "fr")


def test_the_direction_is_one_that_the_base_has(base: Bundle, several: Bundle) -> None:
    assert choose_direction(config_on(base), base) == ("en", "es")
    assert choose_direction(config_on(several, target="fr"), several) == ("en", "fra")
    with pytest.raises(ConfigurationError, match=r"does not translate en to de; .* fra"):
        choose_direction(config_on(several, target="de"), several)


def test_pairs_are_framed_with_their_language_and_padded_by_side(several: Bundle) -> None:
    config = MarianConfig.from_dict(several.config)
    translator = MarianFamily(several, "fra")
    examples = [Example("one two", "uno dos"), Example("one", "uno"), Example("one " * 20, "uno")]
    sentences = MarianSentences(examples, translator, config, longest=12)
    assert (len(sentences), sentences.left_out) == (2, 1)
    import tensorflow as tf

    order = tf.data.Dataset.from_tensor_slices((np.arange(2), np.arange(2)))
    (batch,) = sentences.batches(order, 2, seed=0, drop_remainder=False)
    (source, target), following = batch
    names = translator.pieces.source.pieces
    assert names[source[1, 0]] == ">>fra<<"
    assert names[source[0, -1]] == "</s>"
    assert names[source[1, -1]] == names[target[0, 0]] == names[following[1, -1]] == "<pad>"
    assert names[following[0, -1]] == "</s>"
    np.testing.assert_array_equal(target[0, 1:], following[0, :-1])
