"""PyTorch files are read by numpy alone, and what is wrong with one is one line."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from dltasks.torch_checkpoint import LEGACY_MAGIC_NUMBER, Storage, Tensor, _gather, read_checkpoint
from pipelines.errors import BundleError


@pytest.mark.parametrize("strides", [(0, 0), (1, 0)])
def test_a_tensor_that_repeats_its_storage_takes_no_memory(strides: tuple[int, int]) -> None:
    huge = Tensor(Storage("0", "<f4"), 0, (1, 1 << 30), strides)
    with pytest.raises(pickle.UnpicklingError, match="lies outside its storage"):
        _gather(huge, bytes(4))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a pickle",
        pickle.dumps(7),
        pickle.dumps(LEGACY_MAGIC_NUMBER),
        pickle.dumps(LEGACY_MAGIC_NUMBER) + 3 * pickle.dumps([]) + pickle.dumps(["0"]),
    ],
)
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(BundleError, match="unusable checkpoint") as caught:
        read_checkpoint(path)
    assert str(path) in str(caught.value)


def test_plain_values_of_the_old_format_are_read(tmp_path: Path) -> None:
    path = tmp_path / "weights.pth"
    parts = (LEGACY_MAGIC_NUMBER, 1001, {}, {"epoch": 3}, [])
    path.write_bytes(b"".join(map(pickle.dumps, parts)))
    assert read_checkpoint(path) == {"epoch": 3}
