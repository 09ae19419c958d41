"""Data sets of Hugging Face become files and a manifest; `datasets` itself is a stand-in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dltasks.data import hugging_face
from dltasks.data.sources import read_examples, with_part
from dltasks.download import go_offline
from pipelines.errors import ConfigurationError, MissingExtraError
from pipelines.images import SUFFIXES

JPEG, PNG = b"\xff\xd8 a picture", b"\x89PNG another"


@dataclass
class Image:
    decode: bool = True


@dataclass
class ClassLabel:
    names: list[str]


@dataclass
class Several:
    feature: ClassLabel


@dataclass
class Table:
    """As much of `datasets.Dataset` as is used."""

    features: dict[str, Any]
    records: list[dict[str, Any]]
    _fingerprint: str = "one"
    cast: dict[str, Any] = field(default_factory=dict)

    def cast_column(self, name: str, kind: Any) -> Table:
        assert kind == Image(decode=False)
        return self

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.records)


LABEL = ClassLabel(["cat", "dog/wolf"])
FEATURES = {"image": Image(), "label": LABEL}


def record(content: bytes, label: Any, **others: Any) -> dict[str, Any]:
    return {"image": {"bytes": content, "path": None}, "label": label, **others}


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, home: Path) -> ModuleType:
    """The package, with one data set, of which each test may make another."""
    module = ModuleType("datasets")
    module.tables = {  # type: ignore[attr-defined]
        "train": Table(FEATURES, [record(JPEG, 0), record(PNG, 1), record(PNG, 1)]),
        "validation": Table(FEATURES, [record(JPEG, 1)]),
        "extra": Table(FEATURES, []),
    }
    module.asked = []  # type: ignore[attr-defined]

    def load_dataset(place: str, config: str | None, split: str | None = None) -> Any:
        module.asked.append((place, config, split))  # type: ignore[attr-defined]
        if place == "nowhere":
            raise ConnectionError("Couldn't reach 'nowhere' on the Hub\nand more")
        tables = module.tables  # type: ignore[attr-defined]
        return tables["train"] if split else tables

    module.load_dataset = load_dataset  # type: ignore[attr-defined]
    module.Image = Image  # type: ignore[attr-defined]
    module.disable_progress_bars = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "datasets", module)
    monkeypatch.setattr(hugging_face, "is_reachable", lambda url: True)
    for name in hugging_face.SWITCHES:
        monkeypatch.setenv(name, "0")
    return module


def read(name: str) -> list[tuple[str, str]]:
    return [(item.target, item.split) for item in read_examples(f"hf:{name}", SUFFIXES)]


def test_a_data_set_becomes_files_with_classes_and_splits(stand_in: ModuleType) -> None:
    examples = read_examples("hf:user/pets", SUFFIXES)
    assert [(item.target, item.split) for item in examples] == [
        ("cat", "train"),
        ("dog/wolf", "train"),
        ("dog/wolf", "train"),
        ("dog/wolf", "valid"),
    ]
    assert [Path(item.source).name for item in examples[:2]] == ["000000.jpg", "000001.png"]
    assert Path(examples[0].source).read_bytes() == JPEG


def test_a_data_set_is_written_once_and_again_when_it_changes(stand_in: ModuleType) -> None:
    first = hugging_face.export_pictures("pets")
    first.write_text('{"path": "x.jpg", "label": "as it was"}')
    assert hugging_face.export_pictures("pets") == first
    assert read("pets") == [("as it was", "")]
    stand_in.tables["train"]._fingerprint = "two"
    assert len(read("pets")) == 4


def test_a_part_a_configuration_and_a_column_can_be_named(stand_in: ModuleType) -> None:
    features = {"image": Image(), "label": LABEL, "colour": ClassLabel(["red", "blue"])}
    stand_in.tables = {"train": Table(features, [record(JPEG, 0, colour=1)])}
    assert read("pets@train[:50%]?config=small&label=colour") == [("blue", "train")]
    assert stand_in.asked == [("pets", "small", "train[:50%]")]
    assert with_part("hf:pets?label=colour", "test") == "hf:pets@test?label=colour"


def test_several_labels_and_labels_in_words_are_taken(stand_in: ModuleType) -> None:
    features = {"image": Image(), "labels": Several(LABEL)}
    records = [{"image": {"bytes": JPEG}, "labels": labels} for labels in ([0, 1], [])]
    stand_in.tables = {"train": Table(features, records)}
    assert read("several") == [("cat|dog/wolf", "train"), ("", "train")]
    stand_in.tables = {"train": Table({"image": Image(), "label": str}, [record(JPEG, "cat|tom")])}
    assert read("words") == [("cat/tom", "train")]


def test_a_picture_that_is_a_file_is_copied(stand_in: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(JPEG)
    entry = {"image": {"bytes": None, "path": str(tmp_path / "a.jpg")}, "label": 0}
    stand_in.tables = {"train": Table(FEATURES, [entry])}
    assert read(str(tmp_path)) == [("cat", "train")]


def test_what_has_no_picture_or_no_label_is_left_out(stand_in: ModuleType) -> None:
    records = [record(JPEG, 1), record(JPEG, -1), record(JPEG, None), {"image": None, "label": 1}]
    stand_in.tables = {"train": Table(FEATURES, records)}
    assert read("pets") == [("dog/wolf", "train")]


@pytest.mark.parametrize(
    ("name", "features", "message"),
    [
        ("nowhere", FEATURES, "hf:nowhere cannot be opened: Couldn't reach 'nowhere' on the Hub;"),
        ("texts", {"text": str, "label": LABEL}, "has no 'pictures with labels' .it has: text, la"),
        ("plain", {"image": Image()}, "has no 'pictures with labels' .it has: image"),
        ("pets?label=age", FEATURES, "has no 'age' .it has: image, label.; name the labels"),
    ],
)
def test_what_cannot_be_used_is_named(
    name: str, features: dict[str, Any], message: str, stand_in: ModuleType
) -> None:
    stand_in.tables = {"train": Table(features, [])}
    with pytest.raises(ConfigurationError, match=message) as caught:
        read(name)
    assert "\n" not in str(caught.value)


def test_a_data_set_without_our_splits_is_named(stand_in: ModuleType) -> None:
    stand_in.tables = {"extra": Table(FEATURES, [])}
    with pytest.raises(ConfigurationError, match="name a part, as in hf:pets@extra"):
        read("pets")


def test_without_a_network_the_package_is_told_not_to_try(
    stand_in: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(hugging_face, "is_reachable", lambda url: False)
    read(str(tmp_path))  # is here
    assert os.environ["HF_HUB_OFFLINE"] == "0"
    read("pets")
    assert {os.environ[name] for name in hugging_face.SWITCHES} == {"1"}


def test_offline_reaches_for_nothing(stand_in: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    go_offline()
    monkeypatch.setattr(hugging_face, "is_reachable", lambda url: pytest.fail("asked"))
    read("pets")
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    monkeypatch.setattr(hugging_face, "is_reachable", lambda url: True)
    with pytest.raises(MissingExtraError, match=r"reading hf:pets needs datasets.*\[datasets\]"):
        read("pets")
