"""Write files as PyTorch does, without PyTorch."""

from __future__ import annotations

import io
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest


class HalfStorage:
    """Stands in for PyTorch's class of that name."""


class Stored:
    """A tensor as PyTorch pickles it: its numbers lie elsewhere."""

    def __init__(self, array: np.ndarray, key: str) -> None:
        self.array, self.key = array, key

    def __reduce__(self) -> Any:
        steps = tuple(step // self.array.itemsize for step in self.array.strides)
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2  # type: ignore[attr-defined]
        return rebuild, (Place(self), 0, self.array.shape, steps, False, OrderedDict())


class Place:
    """What the pickle names by its key."""

    def __init__(self, tensor: Stored) -> None:
        self.tensor = tensor


class Pickler(pickle.Pickler):
    """Writes places as PyTorch does."""

    def persistent_id(self, item: Any) -> Any:
        if not isinstance(item, Place):
            return None
        array = item.tensor.array
        return ("storage", HalfStorage, item.tensor.key, "cpu", array.size)


def stand_in_for_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name what pickles of PyTorch hold; only writing needs it."""
    package, utilities = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def rebuild() -> None: ...

    rebuild.__module__ = utilities.__name__
    rebuild.__name__ = rebuild.__qualname__ = "_rebuild_tensor_v2"
    monkeypatch.setattr(HalfStorage, "__module__", package.__name__)
    monkeypatch.setattr(package, "HalfStorage", HalfStorage, raising=False)
    monkeypatch.setattr(utilities, "_rebuild_tensor_v2", rebuild, raising=False)
    monkeypatch.setitem(sys.modules, "torch", package)
    monkeypatch.setitem(sys.modules, "torch._utils", utilities)


def write_checkpoint(
    path: Path,
    content: dict[str, Any],
    tensors: dict[str, np.ndarray],
    key: str | None = "model_state_dict",
) -> Path:
    """Write a checkpoint of float16 with the tensors under a key, or among the content itself."""
    stored = {
        name: Stored(np.asarray(array, np.float16), str(number))
        for number, (name, array) in enumerate(tensors.items())
    }
    file = io.BytesIO()
    held = OrderedDict(stored)
    Pickler(file, protocol=2).dump({**content, key: held} if key else held)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny/data.pkl", file.getvalue())
        for tensor in stored.values():
            order = "F" if tensor.array.flags.f_contiguous and tensor.array.ndim > 1 else "C"
            archive.writestr(f"tiny/data/{tensor.key}", tensor.array.tobytes(order))
        archive.writestr("tiny/version", "3\n")
    return path
