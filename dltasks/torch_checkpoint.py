"""Read a PyTorch checkpoint with numpy alone.

The file is a ZIP archive: data.pkl describes the tensors, and data/0, data/1, ... hold their
numbers. Only the few names that tensors need can be unpickled, so that a file from elsewhere cannot
run anything.
"""

from __future__ import annotations

import collections
import pickle
import zipfile
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from pipelines.errors import BundleError

STORAGE_TYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}


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
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
            if len(names) != 1:
                raise BundleError(f"{path}: not a PyTorch checkpoint; get the file again")
            folder = names[0].removesuffix("data.pkl")
            with archive.open(names[0]) as file:
                content = _Unpickler(file).load()
            return _fill(content, archive, folder)
    except (pickle.UnpicklingError, zipfile.BadZipFile, KeyError, EOFError, OSError) as error:
        raise BundleError(f"{path}: unusable checkpoint ({error}); get the file again") from None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: Any) -> None:
        super().__init__(file, encoding="utf-8")

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _describe
        if module == "torch" and name in STORAGE_TYPES:
            return STORAGE_TYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in it")

    def persistent_load(self, identity: Any) -> Storage:
        _kind, dtype, key, _location, _count = identity
        return Storage(str(key), str(dtype))


def _describe(storage: Any, offset: Any, shape: Any, strides: Any, *_rest: Any) -> Tensor:
    return Tensor(storage, int(offset), tuple(shape), tuple(strides))


def _fill(content: Any, archive: zipfile.ZipFile, folder: str) -> Any:
    """Put an array in the place of each tensor."""
    if isinstance(content, Tensor):
        with archive.open(f"{folder}data/{content.storage.key}") as file:
            return _gather(content, file)
    if isinstance(content, dict):
        return {key: _fill(value, archive, folder) for key, value in content.items()}
    if isinstance(content, list):
        return [_fill(value, archive, folder) for value in content]
    return content


def _gather(tensor: Tensor, file: IO[bytes]) -> np.ndarray:
    """Copy a tensor out of its storage: contiguous.

    Raises:
        pickle.UnpicklingError: the storage is too short for it.
    """
    storage = np.frombuffer(file.read(), tensor.storage.kind)
    reach = sum((size - 1) * step for size, step in zip(tensor.shape, tensor.strides, strict=True))
    is_turned = min([tensor.offset, *tensor.shape, *tensor.strides]) < 0
    if is_turned or (0 not in tensor.shape and tensor.offset + reach >= len(storage)):
        raise pickle.UnpicklingError(f"a tensor {list(tensor.shape)} lies outside its storage")
    strides = tuple(step * storage.itemsize for step in tensor.strides)
    view = np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides)
    return np.ascontiguousarray(view)
