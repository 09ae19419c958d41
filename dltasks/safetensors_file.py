"""Read a safetensors file with numpy alone.

The file is a length (8 bytes, little-endian), a header in JSON of that length, and the numbers of
all tensors: https://github.com/huggingface/safetensors, section "Format".
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.errors import BundleError

LARGEST_HEADER = 100_000_000  # bytes, as the format has it
NOTES = "__metadata__"
TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4"}


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """Read the tensors of a file by their names.

    Raises:
        BundleError: the file is damaged, or of another format.
    """
    try:
        content = path.read_bytes()
        length = int.from_bytes(content[:8], "little")
        if not 0 < length <= min(LARGEST_HEADER, len(content) - 8):
            raise ValueError(f"a header of {length} bytes")
        header = json.loads(content[8 : 8 + length])
        numbers = memoryview(content)[8 + length :]
        return {name: _take(name, item, numbers) for name, item in header.items() if name != NOTES}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise BundleError(f"{path}: unusable safetensors file ({reason}); get it again") from None


def _take(name: str, item: dict[str, Any], numbers: memoryview) -> np.ndarray:
    """Give a tensor.

    Raises:
        ValueError: it lies outside the file, or its size contradicts its shape.
    """
    if item["dtype"] not in TYPES:
        raise ValueError(f"{name} is of type {item['dtype']!r}, not one of {', '.join(TYPES)}")
    kind = np.dtype(TYPES[item["dtype"]])
    start, end = map(int, item["data_offsets"])
    shape = [int(size) for size in item["shape"]]
    if not 0 <= start <= end <= len(numbers) or min([0, *shape]) < 0:
        raise ValueError(f"{name} lies outside the file")
    if math.prod(shape) * kind.itemsize != end - start:
        raise ValueError(f"{name} has {end - start} bytes, which is not the size of {shape}")
    array = np.frombuffer(numbers[start:end], kind).reshape(shape)
    if item["dtype"] != "BF16":
        return array
    return (array.astype(np.uint32) << 16).view(np.float32)  # bfloat16 is float32's upper half
