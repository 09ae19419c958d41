"""Read the weights in a model.bin of CTranslate2 with numpy alone.

The file is little-endian: a header, then each array as its name, its shape, the number of its type
and its bytes; then second names of arrays.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

TYPES = ("f4", "i1", "i2", "i4", "f2")  # by their number in the file
KNOWN_VERSION = 6


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read all arrays by name; those of float16 as float32.

    Raises:
        ValueError: the file is of a version that is not known here.
    """
    with path.open("rb") as file:
        version = _number(file, "I")
        if version > KNOWN_VERSION:
            raise ValueError(f"{path}: version {version} is newer than {KNOWN_VERSION}")
        _text(file)  # the kind of model
        _number(file, "I")  # its revision
        return dict(_read_array(file) for _ in range(_number(file, "I")))


def _read_array(file: BinaryIO) -> tuple[str, np.ndarray]:
    name = _text(file)
    shape = [_number(file, "I") for _ in range(_number(file, "B"))]
    kind = np.dtype(TYPES[_number(file, "B")]).newbyteorder("<")
    array = np.frombuffer(file.read(_number(file, "I")), kind).reshape(shape)
    return name, array.astype(np.float32) if kind.kind == "f" else array


def _text(file: BinaryIO) -> str:
    return file.read(_number(file, "H")).rstrip(b"\0").decode()


def _number(file: BinaryIO, kind: str) -> Any:
    layout = f"<{kind}"
    return struct.unpack(layout, file.read(struct.calcsize(layout)))[0]
