"""Read a PyTorch checkpoint with numpy alone.

Since PyTorch 1.6 the file is a ZIP archive: data.pkl describes the tensors, and data/0, data/1, ...
hold their numbers. Before, it was a row of pickles (magic number, protocol, system, content and
storage keys) and then the storages. Only the few names that tensors need can be unpickled, so a
file from elsewhere cannot run anything.
"""

from __future__ import annotations

import collections
import math
import pickle
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from pipelines.errors import BundleError

LEGACY_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
STORAGE_TYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}


# What damaged files make pickle, zipfile and numpy raise.
DAMAGED = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    zlib.error,
    AttributeError,
    EOFError,
    IndexError,
    KeyError,
    OSError,
    TypeError,
    ValueError,
)


class Storage(NamedTuple):
    """Numbers in a row: the name of their file, and their type."""

    key: str
    kind: str


class Tensor(NamedTuple):
    """Where a tensor lies in its storage, counted in numbers."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_checkpoint(path: Path) -> Any:
    """Read what a checkpoint holds: dictionaries and lists, with an array for each tensor.

    Raises:
        BundleError: the file is damaged, of another format, or holds anything but plain values and
            tensors.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return _read_archive(archive)
        with path.open("rb") as file:
            return _read_legacy(file)
    except DAMAGED as error:
        raise BundleError(f"{path}: unusable checkpoint ({error}); get the file again") from None


def _read_archive(archive: zipfile.ZipFile) -> Any:
    names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
    if len(names) != 1:
        raise pickle.UnpicklingError("not one data.pkl in it")
    folder = names[0].removesuffix("data.pkl")
    with archive.open(names[0]) as file:
        content = _Unpickler(file).load()
    return _fill(content, lambda key: archive.read(f"{folder}data/{key}"))


def _read_legacy(file: BinaryIO) -> Any:
    if _Unpickler(file).load() != LEGACY_MAGIC_NUMBER:
        raise pickle.UnpicklingError("not a PyTorch file")
    _Unpickler(file).load()  # the protocol's version
    _Unpickler(file).load()  # about the system
    unpickler = _Unpickler(file)
    content = unpickler.load()
    storages: dict[str, bytes] = {}
    for key in _Unpickler(file).load():
        count = int.from_bytes(file.read(8), "little")
        storages[str(key)] = file.read(count * np.dtype(unpickler.kinds[str(key)]).itemsize)
    return _fill(content, storages.__getitem__)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any) -> None:
        super().__init__(file, encoding="utf-8")
        self.kinds: dict[str, str] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _describe
        if module == "torch" and name in STORAGE_TYPES:
            return STORAGE_TYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in it")

    def persistent_load(self, identity: Any) -> Storage:
        _kind, dtype, key, *_ = identity
        self.kinds[str(key)] = str(dtype)
        return Storage(str(key), str(dtype))


def _describe(storage: Any, offset: Any, shape: Any, strides: Any, *_rest: Any) -> Tensor:
    return Tensor(storage, int(offset), tuple(shape), tuple(strides))


def _fill(content: Any, read: Callable[[str], bytes]) -> Any:
    """Put an array in the place of each tensor; `read` gives the bytes of a storage."""
    if isinstance(content, Tensor):
        return _gather(content, read(content.storage.key))
    if isinstance(content, dict):
        return {key: _fill(value, read) for key, value in content.items()}
    if isinstance(content, list):
        return [_fill(value, read) for value in content]
    return content


def _gather(tensor: Tensor, content: bytes) -> np.ndarray:
    """Copy a tensor out of its storage: contiguous.

    Raises:
        pickle.UnpicklingError: the storage is too short for it.
    """
    storage = np.frombuffer(content, tensor.storage.kind)
    reach = sum((size - 1) * step for size, step in zip(tensor.shape, tensor.strides, strict=True))
    is_turned = min([tensor.offset, *tensor.shape, *tensor.strides]) < 0
    is_outside = 0 not in tensor.shape and tensor.offset + reach >= len(storage)
    if is_turned or is_outside or math.prod(tensor.shape) > len(storage):  # a stride of 0 repeats
        raise pickle.UnpicklingError(f"a tensor {list(tensor.shape)} lies outside its storage")
    strides = tuple(step * storage.itemsize for step in tensor.strides)
    view = np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides)
    return np.ascontiguousarray(view)
