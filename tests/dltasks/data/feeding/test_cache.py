from __future__ import annotations

import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from dltasks.data.feeding.cache import CACHE_KINDS, CacheKind, DecodedCache
from dltasks.data.feeding.room import Room
from pipelines.errors import DltasksError


def _make(index: int) -> np.ndarray:
    """Arrays of different shapes; two of them are empty, one is a scalar."""
    shapes = [(3, 4, 3), (2, 5), (0,), (), (7, 1), (0, 3)]
    random = np.random.default_rng(index)
    return random.integers(0, 255, shapes[index % len(shapes)]).astype(np.uint8)


class _Decoder:
    def __init__(self) -> None:
        self.calls: Counter[int] = Counter()

    def __call__(self, index: int) -> np.ndarray:
        self.calls[index] += 1
        return _make(index)


@pytest.mark.parametrize("kind", CACHE_KINDS)
def test_every_cache_gives_what_was_decoded(kind: CacheKind, tmp_path: Path) -> None:
    cache = DecodedCache(_make, kind, tmp_path)
    for index in [3, 0, 1, 2, 4, 5, 0, 3, 2, 1, 5, 4]:
        found = cache[index]
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, _make(index), strict=True)


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_memory_and_file_decode_once(kind: CacheKind) -> None:
    decoder = _Decoder()
    cache = DecodedCache(decoder, kind)
    for _ in range(3):
        for index in range(6):
            cache[index]
    assert decoder.calls == dict.fromkeys(range(6), 1)


def test_none_decodes_every_time() -> None:
    decoder = _Decoder()
    cache = DecodedCache(decoder, "none")
    for _ in range(3):
        cache[0]
    assert decoder.calls == {0: 3}


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_])
def test_file_keeps_the_type(dtype: type) -> None:
    array = np.arange(12).reshape(3, 4).astype(dtype)
    cache = DecodedCache(lambda index: array, "file")
    cache[0]
    np.testing.assert_array_equal(cache[0], array, strict=True)


def test_file_keeps_arrays_that_are_not_contiguous() -> None:
    array = np.arange(12).reshape(3, 4).T[::2]
    cache = DecodedCache(lambda index: array, "file")
    cache[0]
    np.testing.assert_array_equal(cache[0], array)


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_many_threads_get_the_right_examples(kind: CacheKind) -> None:
    cache = DecodedCache(_make, kind)
    wanted = [index % 50 for index in range(1000)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(cache.__getitem__, wanted))
    for index, array in zip(wanted, found, strict=True):
        np.testing.assert_array_equal(array, _make(index))


def test_file_leaves_no_file_behind(tmp_path: Path) -> None:
    cache = DecodedCache(_make, "file", tmp_path)
    cache[0]
    del cache
    assert list(tmp_path.glob("*")) == []


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_what_does_not_fit_is_decoded_every_time_and_said_once(kind: CacheKind) -> None:
    decoded: Counter[int] = Counter()

    def decode(index: int) -> np.ndarray:
        decoded[index] += 1
        return np.full(100, index, np.uint8)

    lines: list[str] = []
    room = Room(250e-9, lines.append)  # for two and a half of them
    first, second = (DecodedCache(decode, kind, room=room) for _ in range(2))
    for _ in range(3):
        for cache, indices in ((first, [0]), (second, [1, 2, 3])):
            for index in indices:
                np.testing.assert_array_equal(cache[index], np.full(100, index))
    assert decoded == {0: 1, 1: 1, 2: 3, 3: 3}
    assert lines == [
        "the cache is full at 2.5e-07 GB; examples that do not fit are decoded each time"
    ]


def test_a_cache_that_keeps_nothing_takes_no_room() -> None:
    lines: list[str] = []
    cache = DecodedCache(_make, "none", room=Room(0.0, lines.append))
    assert cache[0].shape == (3, 4, 3)
    assert lines == []


def test_a_full_disk_is_one_line_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "r+b", buffering=0) as full:  # noqa: PTH123  a disk without room
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **options: full)
        cache = DecodedCache(_make, "file", Path("/scratch"))
        with pytest.raises(DltasksError, match=r"/scratch: the disk is full, .*--cache-gigabytes"):
            cache[0]
