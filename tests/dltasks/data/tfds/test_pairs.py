"""tfds: data sets of pairs are written out once, by split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core import constants

from dltasks.data.pairs import read_pairs
from pipelines.errors import ConfigurationError

PAIRS = [("Go.", "Ve."), ("Two\nlines.", "Dos\tlíneas."), ("Hi.", "Hola.")]


class TinyPairs(tfds.core.GeneratorBasedBuilder):
    """Pairs of sentences."""

    VERSION = tfds.core.Version("1.0.0")
    supervised: tuple[str, str] | None = ("en", "es")
    generated = 0

    def _info(self) -> tfds.core.DatasetInfo:
        features = tfds.features.Translation(languages=("en", "es"))
        return self.dataset_info_from_configs(features=features, supervised_keys=self.supervised)

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        type(self).generated += 1
        return {"train": self._examples(PAIRS[:2]), "validation": self._examples(PAIRS[2:])}

    def _generate_examples(self, *args: Any) -> Any:
        raise NotImplementedError

    def _examples(self, pairs: list[tuple[str, str]]) -> Iterator[tuple[int, dict[str, str]]]:
        for index, (english, spanish) in enumerate(pairs):
            yield index, {"en": english, "es": spanish}


class TinyUnsaid(TinyPairs):
    """Does not say which side is which."""

    supervised = None


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tfds"
    monkeypatch.setattr(constants, "DATA_DIR", str(folder))
    return folder


def test_pairs_keep_their_splits_and_are_generated_once() -> None:
    TinyPairs.generated = 0
    for _ in range(2):
        found = [(item.source, item.target, item.split) for item in read_pairs("tfds:tiny_pairs")]
        assert sorted(found) == [
            ("Go.", "Ve.", "train"),
            ("Hi.", "Hola.", "valid"),
            ("Two lines.", "Dos líneas.", "train"),
        ]
    assert TinyPairs.generated == 1


def test_a_part_is_read_alone() -> None:
    (only,) = read_pairs("tfds:tiny_pairs@validation")
    assert (only.source, only.target, only.split) == ("Hi.", "Hola.", "train")


def test_a_data_set_that_does_not_name_its_sides_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="does not say which texts are source and target"):
        read_pairs("tfds:tiny_unsaid")
