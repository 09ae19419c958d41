"""Read the tensors of a legacy PyTorch state-dict file with numpy alone.

The file is a row of pickles (magic number, protocol, system, state dict, storage keys) and then the
raw storages. Only the four names that a plain state dict needs can be unpickled, so that a file
from elsewhere cannot run anything.
"""

from __future__ import annotations

import collections
import pickle
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

LEGACY_MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
STORAGE_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class StridedTensor(NamedTuple):
    """Where a tensor lies in its storage, counted in elements."""

    storage_key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """Read a legacy PyTorch state dict.

    Returns:
        Parameter name -> contiguous array, in the file's order.

    Raises:
        pickle.UnpicklingError: the file is of another format or names anything but tensors.
    """
    with path.open("rb") as file:
        unpickler = _StateDictUnpickler(file)
        if unpickler.load() != LEGACY_MAGIC_NUMBER:
            raise pickle.UnpicklingError(f"{path}: not a legacy PyTorch file")
        _StateDictUnpickler(file).load()  # protocol version
        _StateDictUnpickler(file).load()  # system information
        state = _StateDictUnpickler(file)
        tensors = state.load()
        storage_keys = _StateDictUnpickler(file).load()
        storages = {key: _read_storage(file, state.storage_types[key]) for key in storage_keys}
    return {name: _gather(tensor, storages) for name, tensor in tensors.items()}


class _StateDictUnpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="utf-8")
        self.storage_types: dict[str, np.dtype] = {}

    def find_class(self, module: str, name: str):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _describe_tensor
        if module == "torch" and name in STORAGE_TYPES:
            return STORAGE_TYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a state dict")

    def persistent_load(self, storage_id):
        _kind, dtype, key, _location, _size, _view = storage_id
        self.storage_types[key] = dtype
        return key


def _describe_tensor(storage_key, offset, shape, strides, *_gradient_state) -> StridedTensor:
    return StridedTensor(storage_key, offset, shape, strides)


def _read_storage(file: BinaryIO, dtype: np.dtype) -> np.ndarray:
    count = int(np.frombuffer(file.read(8), "<i8")[0])
    return np.frombuffer(file.read(count * dtype.itemsize), dtype)


def _gather(tensor: StridedTensor, storages: dict[str, np.ndarray]) -> np.ndarray:
    storage = storages[tensor.storage_key]
    strides = tuple(stride * storage.itemsize for stride in tensor.strides)
    view = np.lib.stride_tricks.as_strided(storage[tensor.offset :], tensor.shape, strides)
    return np.ascontiguousarray(view)
