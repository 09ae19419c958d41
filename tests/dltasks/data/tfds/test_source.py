from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
import tensorflow_datasets as tfds
from tensorflow_datasets.core import constants
from tensorflow_datasets.core.download import downloader

from dltasks.data.sources import read_examples, with_part
from dltasks.data.tfds.images import export_images
from dltasks.download import go_offline
from pipelines.errors import ConfigurationError, MissingExtraError
from pipelines.images import SUFFIXES, ImagePreprocessing, read_image

NAMES = ["cat", "dog/wolf"]


class TinyPets(tfds.core.GeneratorBasedBuilder):
    """Grey images of 8 x 8 pixels; the second training image is there twice."""

    VERSION = tfds.core.Version("1.0.0")
    generated = 0

    def _info(self) -> tfds.core.DatasetInfo:
        label = tfds.features.ClassLabel(names=NAMES)
        image = tfds.features.Image(shape=(8, 8, 3))
        return self.dataset_info_from_configs(features=self.features(image, label))

    def features(self, image: Any, label: Any) -> Any:
        return tfds.features.FeaturesDict({"image": image, "label": label})

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        type(self).generated += 1
        return {"train": self._examples([10, 20, 20]), "validation": self._examples([30, 40])}

    def _generate_examples(self, *args: Any) -> Any:
        raise NotImplementedError

    def _examples(self, levels: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        for index, level in enumerate(levels):
            image = np.full((8, 8, 3), level, np.uint8)
            yield index, {"image": image, "label": index % 2}


class TinyUnlabelled(TinyPets):
    """Has no label."""

    def features(self, image: Any, label: Any) -> Any:
        return tfds.features.FeaturesDict({"image": image})

    def _examples(self, levels: list[int]) -> Iterator[tuple[int, dict[str, Any]]]:
        for index, example in super()._examples(levels):
            yield index, {"image": example["image"]}


class TinyMeasured(TinyPets):
    """Has a label that is a number, not a class."""

    def features(self, image: Any, label: Any) -> Any:
        return tfds.features.FeaturesDict({"image": image, "label": np.int64})


class TinyOddSplits(TinyPets):
    """Has no split that one could train on."""

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {"extra": self._examples([10])}


class TinyBroken(TinyPets):
    """Cannot be prepared, and does not say why."""

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        raise OSError


class TinyRemote(TinyPets):
    """Has to be downloaded from a server that does not answer."""

    tries = 0

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        type(self).tries = downloader.MAX_RETRIES
        request = requests.Request("GET", "https://pets.example/train.zip").prepare()
        raise requests.ConnectionError("Max retries exceeded\nwith url", request=request)


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where tfds keeps its data sets."""
    folder = tmp_path / "tfds"
    folder.mkdir()
    monkeypatch.setattr(constants, "DATA_DIR", str(folder))
    monkeypatch.setattr(TinyPets, "generated", 0)
    return folder


def test_data_set_becomes_split_and_class_folders() -> None:
    examples = read_examples("tfds:tiny_pets", SUFFIXES)
    counts = Counter((item.split, item.target) for item in examples)
    assert counts == {
        ("train", "cat"): 2,
        ("train", "dog_wolf"): 1,
        ("valid", "cat"): 1,
        ("valid", "dog_wolf"): 1,
    }


def test_pixels_are_those_of_the_data_set() -> None:
    size = ImagePreprocessing(8, 8)
    levels = {
        (item.split, item.target): read_image(item.source, size).tolist()
        for item in read_examples("tfds:tiny_pets", SUFFIXES)
    }
    assert levels["valid", "cat"] == np.full((8, 8, 3), 30).tolist()
    assert levels["train", "dog_wolf"] == np.full((8, 8, 3), 20).tolist()


def test_equal_images_of_one_class_are_both_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TinyPets, "_examples", lambda self, levels: iter_equal())
    assert len(read_examples("tfds:tiny_pets", SUFFIXES)) == 6


def iter_equal() -> Iterator[tuple[int, dict[str, Any]]]:
    for index in range(3):
        yield index, {"image": np.full((8, 8, 3), 7, np.uint8), "label": 0}


def test_second_use_writes_nothing(home: Path) -> None:
    first = export_images("tiny_pets")
    assert first == home / "tfds" / "tiny_pets" / "1.0.0"
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*")}
    assert export_images("tiny_pets") == first
    assert {path: path.stat().st_mtime_ns for path in first.rglob("*")} == before
    assert TinyPets.generated == 1


def test_a_prepared_data_set_is_read_offline() -> None:
    tfds.builder("tiny_pets").download_and_prepare()
    go_offline()
    assert len(read_examples("tfds:tiny_pets", SUFFIXES)) == 5


def test_standard_output_stays_clean(capsys: pytest.CaptureFixture[str]) -> None:
    export_images("tiny_pets")
    assert capsys.readouterr().out == ""


def test_an_interrupted_export_is_begun_again(home: Path) -> None:
    stale = home / "tfds" / "tiny_pets" / "1.0.0.part" / "train" / "cat" / "stale.png"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"")
    folder = export_images("tiny_pets")
    assert not list(folder.rglob("stale.png"))
    assert [path.name for path in folder.parent.iterdir()] == ["1.0.0"]


def _refusal(name: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        export_images(name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_a_network_one_line_comes_after_few_tries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = downloader.MAX_RETRIES
    assert _refusal("tiny_remote").startswith(
        "tfds:tiny_remote cannot be downloaded: pets.example does not answer; prepare it on a "
    )
    assert (TinyRemote.tries, downloader.MAX_RETRIES) == (2, before)
    assert capsys.readouterr() == ("", "")


def test_an_unknown_name_is_refused() -> None:
    assert _refusal("no_such_pets").startswith("tfds:no_such_pets cannot be opened: ")


def test_an_unknown_version_is_refused() -> None:
    assert _refusal("tiny_pets:9.9.9").startswith("tfds:tiny_pets:9.9.9 cannot be opened: ")


@pytest.mark.usefixtures("no_sockets")
def test_offline_an_unprepared_data_set_is_refused(data_dir: Path) -> None:
    go_offline()
    message = _refusal("tiny_pets")
    assert message.startswith(f"tfds:tiny_pets is not in {data_dir}")
    assert "--offline" in message
    assert TinyPets.generated == 0


@pytest.mark.parametrize("name", ["tiny_unlabelled", "tiny_measured"])
def test_a_data_set_without_classes_is_refused(name: str) -> None:
    assert _refusal(name).startswith(f"tfds:{name} has no 'image' and 'label'")


def test_a_data_set_without_usual_splits_is_refused() -> None:
    assert "tfds:tiny_odd_splits has none of the splits train, valid, test" in _refusal(
        "tiny_odd_splits"
    )


def test_a_failed_download_says_where_to_put_the_data(data_dir: Path) -> None:
    message = _refusal("tiny_broken")
    assert message.startswith("tfds:tiny_broken cannot be downloaded: OSError; ")
    assert str(data_dir / "tiny_broken") in message


def test_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(MissingExtraError, match=r"needs tensorflow_datasets.*\[train\]"):
        export_images("tiny_pets")


@pytest.mark.parametrize(("part", "count"), [("train[:2]", 2), ("train[34%:]", 2), ("train", 3)])
def test_a_part_is_what_tfds_takes_it_for(part: str, count: int) -> None:
    examples = read_examples(f"tfds:tiny_pets@{part}", SUFFIXES)
    assert len(examples) == count
    assert {item.split for item in examples} == {"train"}


def test_parts_do_not_take_the_place_of_each_other_or_of_the_whole() -> None:
    for name, count in (("train[:1]", 1), ("train[:100%]", 3), ("train[:1]", 1)):
        assert len(read_examples(f"tfds:tiny_pets@{name}", SUFFIXES)) == count
    assert len(read_examples("tfds:tiny_pets", SUFFIXES)) == 5


@pytest.mark.parametrize("part", ["extra", "train[:x]", "train[0:0]"])
def test_a_part_that_is_not_there_is_named(part: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(repr(part))):
        read_examples(f"tfds:tiny_pets@{part}", SUFFIXES)


def test_parts_are_for_tfds_alone() -> None:
    assert with_part("tfds:tiny_pets", "train[:1]") == "tfds:tiny_pets@train[:1]"
    with pytest.raises(ConfigurationError, match=r"split 'half' is not one of train, valid, test"):
        with_part("flowers/", "half")
