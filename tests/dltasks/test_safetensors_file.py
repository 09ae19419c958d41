"""safetensors files are read by numpy alone, and what is wrong with one is one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from dltasks.safetensors_file import read_safetensors
from pipelines.errors import BundleError
from tests.marian_stand_in import write_safetensors


def write_parts(path: Path, header: object, numbers: bytes) -> Path:
    """Write a file of a header and numbers."""
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + numbers)
    return path


def test_tensors_are_read_by_name_and_type(tmp_path: Path) -> None:
    half = np.array([[1.5, -2.0]], np.float16)
    upper = (np.array([3.25], np.float32).view(np.uint32) >> 16).astype(np.uint16)  # bfloat16
    header = {
        "half": {"dtype": "F16", "shape": [1, 2], "data_offsets": [0, 4]},
        "upper": {"dtype": "BF16", "shape": [1], "data_offsets": [4, 6]},
        "__metadata__": {"format": "pt"},
    }
    found = read_safetensors(
        write_parts(tmp_path / "a.safetensors", header, half.tobytes() + upper.tobytes())
    )
    assert list(found) == ["half", "upper"]
    np.testing.assert_array_equal(found["half"], half)
    np.testing.assert_array_equal(found["upper"], np.array([3.25], np.float32))


@pytest.mark.parametrize(
    "changes",
    [
        {"dtype": "F8"},
        {"shape": [3, 3]},
        {"shape": [-2, 2]},
        {"data_offsets": [0, 1 << 40]},
        {"data_offsets": [8, 0]},
        {"shape": "no"},
    ],
)
def test_a_tensor_that_contradicts_its_file_is_refused(changes: dict, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write_safetensors(path, {"a": np.ones((2, 2))})
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["a"] |= changes
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + content[8 + length :])
    with pytest.raises(BundleError, match="unusable safetensors file"):
        read_safetensors(path)
