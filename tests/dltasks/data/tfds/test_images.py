"""tfds: data sets of pictures with texts are written out once, with a manifest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core import constants

from dltasks.tasks.handwriting import TASK
from pipelines.errors import ConfigurationError
from pipelines.images import open_image


class TinyLines(tfds.core.GeneratorBasedBuilder):
    """Grey pictures with a text each."""

    VERSION = tfds.core.Version("1.0.0")
    generated = 0

    def _info(self) -> tfds.core.DatasetInfo:
        image = tfds.features.Image(shape=(None, None, 1))
        features = {"image": image, "text": tfds.features.Text(), "label": tfds.features.Text()}
        return self.dataset_info_from_configs(features=tfds.features.FeaturesDict(features))

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        type(self).generated += 1
        return {"train": self._examples(2), "test": self._examples(1)}

    def _generate_examples(self, *args: Any) -> Any:
        raise NotImplementedError

    def _examples(self, count: int) -> Iterator[tuple[int, dict[str, Any]]]:
        for number in range(count):
            picture = np.full((8, 20 + number, 1), 100, np.uint8)
            yield number, {"image": picture, "text": f"un e\u0301te\u0301 {number}", "label": "x"}


class TinyUntold(TinyLines):
    """Pictures alone."""

    def _info(self) -> tfds.core.DatasetInfo:
        features = tfds.features.FeaturesDict({"image": tfds.features.Image(shape=(8, 8, 1))})
        return self.dataset_info_from_configs(features=features)


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.setattr(TinyLines, "generated", 0)


def test_lines_keep_text_split_and_pixels() -> None:
    for _ in range(2):
        found = sorted(TASK.read_examples("tfds:tiny_lines"), key=lambda item: item.source)
    assert sorted((item.target, item.split) for item in found) == [
        ("un été 0", "test"),
        ("un été 0", "train"),
        ("un été 1", "train"),
    ]
    with open_image(found[1].source) as image:
        assert np.asarray(image).ravel().tolist() == [100] * 8 * image.width
    assert TinyLines.generated == 1


def test_pictures_without_a_text_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        TinyUntold,
        "_examples",
        lambda self, count: iter([(0, {"image": np.zeros((8, 8, 1), np.uint8)})]),
    )
    with pytest.raises(ConfigurationError, match=r"no 'image' with a text \(it has: image\)"):
        TASK.read_examples("tfds:tiny_untold")
