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
MOST_SHARED = 8  # times the bytes of a storage, in all tensors that lie in it


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
    except Exception as error:  # pickle, zipfile and numpy raise all kinds on damaged files
        reason = " ".join(str(error).split())
        raise BundleError(f"{path}: unusable checkpoint ({reason}); get the file again") from None


def _read_archive(archive: zipfile.ZipFile) -> Any:
    names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
    if len(names) != 1:
        raise pickle.UnpicklingError("not one data.pkl in it")
    folder = names[0].removesuffix("data.pkl")
    with archive.open(names[0]) as file:
        content = _Unpickler(file).load()
    return _Filler(lambda key: _read_stored(archive, f"{folder}data/{key}")).fill(content)


def _read_stored(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read a storage; PyTorch does not compress them, so none is larger than the file."""
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise pickle.UnpicklingError(f"{name} is compressed")
    return archive.read(name)


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
    return _Filler(storages.__getitem__).fill(content)


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


class _Filler:
    """Puts arrays in the places of tensors.

    Args:
        read: gives the bytes of a storage.
    """

    def __init__(self, read: Callable[[str], bytes]) -> None:
        self._read = read
        self._known: dict[int, Any] = {}  # by id: what stands in several places is filled once
        self._bytes_left: dict[str, int] = {}

    def fill(self, content: Any) -> Any:
        """Give the content with an array for each tensor."""
        if not isinstance(content, (Tensor, dict, list)):
            return content
        if id(content) not in self._known:
            self._known[id(content)] = None  # for a list that holds itself
            self._known[id(content)] = self._fill(content)
        return self._known[id(content)]

    def _fill(self, content: Any) -> Any:
        if isinstance(content, Tensor):
            return self._take(content)
        if isinstance(content, dict):
            return {key: self.fill(value) for key, value in content.items()}
        return [self.fill(value) for value in content]

    def _take(self, tensor: Tensor) -> np.ndarray:
        key = tensor.storage.key
        content = self._read(key)
        array = _gather(tensor, content)
        left = self._bytes_left.get(key, MOST_SHARED * len(content))
        self._bytes_left[key] = left - array.nbytes
        if self._bytes_left[key] < 0:
            raise pickle.UnpicklingError(f"more than {MOST_SHARED} tensors share a storage")
        return array


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
