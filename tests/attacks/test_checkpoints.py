"""A stranger's weights file runs nothing, and is no larger in memory than a few times its size."""

from __future__ import annotations

import collections
import io
import os
import pickle
import sys
import types
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from dltasks.torch_checkpoint import LEGACY_MAGIC_NUMBER, MOST_SHARED, read_checkpoint
from dltasks.training.checkpoint import load_newest, previous
from pipelines.errors import BundleError


class StorageReference:
    """Is pickled as a storage, by its key."""

    def __init__(self, key: str) -> None:
        self.key = key


TORCH, UTILS = types.ModuleType("torch"), types.ModuleType("torch._utils")
exec("class FloatStorage: pass", vars(TORCH))
exec("def _rebuild_tensor_v2(*arguments): pass", vars(UTILS))
MODULES = {"torch": TORCH, "torch._utils": UTILS}  # stand in while something is pickled


class Stored:
    """Is pickled as a tensor in a storage."""

    def __init__(self, key: str, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.arguments = (StorageReference(key), 0, shape, strides, False, None)

    def __reduce__(self) -> Any:
        return UTILS._rebuild_tensor_v2, self.arguments


class Command:
    """Is pickled as a call."""

    def __reduce__(self) -> Any:
        return os.system, ("true",)


class TorchPickler(pickle.Pickler):
    """Writes storages as torch does."""

    def persistent_id(self, value: Any) -> Any:
        if isinstance(value, StorageReference):
            return "storage", TORCH.FloatStorage, value.key, "cpu", 4
        return None


def write_checkpoint(
    path: Path, content: Any, storage: bytes = bytes(16), compression: int = zipfile.ZIP_STORED
) -> Path:
    """Write a checkpoint of the new form with one storage, "0"."""
    described = io.BytesIO()
    with patch.dict(sys.modules, MODULES):
        TorchPickler(described, 2).dump(content)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", described.getvalue())
        archive.writestr("archive/data/0", storage, compression)
    return path


def nested(depth: int) -> list[Any]:
    """Give a list in a list and so on, each of which holds the one below twice."""
    content: list[Any] = [Stored("0", (4,), (1,))]
    for _ in range(depth):
        content = [content, content]
    return content


def test_a_sound_checkpoint_is_read(tmp_path: Path) -> None:
    values = np.arange(4, dtype="<f4")
    content = collections.OrderedDict(weights=Stored("0", (2, 2), (1, 2)), epoch=3)
    found = read_checkpoint(write_checkpoint(tmp_path / "a.pt", content, values.tobytes()))
    assert found["weights"].tolist() == [[0.0, 2.0], [1.0, 3.0]]
    assert found["epoch"] == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (Command(), "system is not allowed in it"),
        ([Stored("0", (1 << 40,), (0,))], "lies outside its storage"),
        ([Stored("0", (4,), (1,)) for _ in range(MOST_SHARED + 1)], "share a storage"),
        ([Stored("1", (4,), (1,))], "archive/data/1"),
        ([Stored("0", (4, 4), (1,))], "argument"),
    ],
)
def test_a_hostile_checkpoint_is_refused(content: Any, message: str, tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "a.pt", content)
    with pytest.raises(BundleError, match=message) as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_a_compressed_storage_is_refused(tmp_path: Path) -> None:
    content = [Stored("0", (1 << 22,), (1,))]
    path = write_checkpoint(tmp_path / "a.pt", content, bytes(1 << 24), zipfile.ZIP_DEFLATED)
    with pytest.raises(BundleError, match="archive/data/0 is compressed"):
        read_checkpoint(path)


def test_what_is_named_many_times_is_read_once(tmp_path: Path) -> None:
    found = read_checkpoint(write_checkpoint(tmp_path / "a.pt", nested(60)))
    for _ in range(60):
        assert found[0] is found[1]
        found = found[0]


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps(LEGACY_MAGIC_NUMBER) + b"\x80\x02" + b"]" * 100_000,
        b"\x80\x02" + b"(" * 10_000_000,
        b"\x80\x04\x95" + b"\xff" * 8 + b"\x8e" + b"\xff" * 8,
        pickle.dumps(LEGACY_MAGIC_NUMBER, 2)[:2] + b"\x8b\xff\xff\xff\x7f",
    ],
)
def test_a_pickle_that_promises_much_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(content)
    with pytest.raises(BundleError):
        read_checkpoint(path)


def encrypt(content: bytearray) -> None:
    """Say of all files that they are encrypted."""
    _set_in_headers(content, local=6, central=8, value=1)


def compress_oddly(content: bytearray) -> None:
    """Say of all files that they are compressed in a way that nobody knows."""
    _set_in_headers(content, local=8, central=10, value=99)


def _set_in_headers(content: bytearray, *, local: int, central: int, value: int) -> None:
    for mark, offset in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] = value
            place = content.find(mark, place + 1)


def cut_off(content: bytearray) -> None:
    del content[len(content) // 2 :]


def overwrite(content: bytearray) -> None:
    content[40:400] = bytes(360)


@pytest.mark.parametrize("damage", [encrypt, compress_oddly, cut_off, overwrite])
def test_the_checkpoint_before_a_damaged_one_is_used(
    damage: Callable[[bytearray], None], tmp_path: Path
) -> None:
    from dltasks.training.checkpoint import Checkpoint, Progress, save

    path = tmp_path / "checkpoint.npz"
    empty = Checkpoint(Progress(), *([] for _ in range(3)))
    save(path, empty)
    save(path, empty)
    assert previous(path).exists()
    content = bytearray(path.read_bytes())
    damage(content)
    path.write_bytes(content)
    said: list[str] = []
    assert load_newest(path, said.append) is not None
    assert said == [f"{path}: damaged, skipped"]
