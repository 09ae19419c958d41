"""tfds: data sets of texts are written out once, by split or in part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core import constants

from dltasks.data.sources import with_part
from dltasks.data.texts import chunks, read_texts
from pipelines.errors import ConfigurationError

TEXTS = ["One\n line é.", "Two."]


class TinyTexts(tfds.core.GeneratorBasedBuilder):
    """Texts with a title."""

    VERSION = tfds.core.Version("1.0.0")
    generated = 0

    def _info(self) -> tfds.core.DatasetInfo:
        features = tfds.features.FeaturesDict(
            {"text": tfds.features.Text(), "title": tfds.features.Text()}
        )
        return self.dataset_info_from_configs(features=features)

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        type(self).generated += 1
        return {"train": self._examples(TEXTS), "validation": self._examples(["Three."])}

    def _generate_examples(self, *args: Any) -> Any:
        raise NotImplementedError

    def _examples(self, texts: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
        for index, text in enumerate(texts):
            yield index, {"text": text, "title": f"title {index}"}


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "tfds"
    monkeypatch.setattr(constants, "DATA_DIR", str(folder))
    return folder


def found(location: str) -> list[tuple[str, str]]:
    return sorted((item.split, "".join(chunks(item))) for item in read_texts(location))


def test_texts_keep_their_splits_and_are_generated_once() -> None:
    TinyTexts.generated = 0
    for _ in range(2):
        assert found("tfds:tiny_texts?column=text") == [
            ("train", TEXTS[0]),
            ("train", TEXTS[1]),
            ("valid", "Three."),
        ]
    assert TinyTexts.generated == 1
    assert ("train", "title 1") in found("tfds:tiny_texts?column=title")


def test_a_part_is_a_data_set_of_its_own() -> None:
    assert found("tfds:tiny_texts@validation?column=text") == [("train", "Three.")]


def test_a_part_asked_for_apart_keeps_the_column() -> None:
    assert with_part("tfds:tiny_texts?column=title", "train[:1]") == (
        "tfds:tiny_texts@train[:1]?column=title"
    )
    with pytest.raises(ConfigurationError, match=r"tfds:tiny_texts has no part 'train\[x\]'"):
        read_texts("tfds:tiny_texts@train[x]?column=text")


def test_of_several_texts_one_has_to_be_named() -> None:
    with pytest.raises(ConfigurationError, match="has these texts: text, title; name one"):
        read_texts("tfds:tiny_texts")
