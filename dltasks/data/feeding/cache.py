"""Decode each example once: decoded examples are kept in memory or in one file on disk."""

from __future__ import annotations

import errno
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from dltasks.data.examples import Example, Splits
from dltasks.data.feeding.room import BYTES, Room
from pipelines.errors import DltasksError

CacheKind = Literal["memory", "file", "none"]
CACHE_KINDS: tuple[CacheKind, ...] = ("memory", "file", "none")

Decode = Callable[[int], np.ndarray]


class DecodedCache:
    """Random access to decoded examples, each decoded at its first use.

    Args:
        decode: example index -> array; called from several threads.
        kind: "memory", "file" (needs disk, not memory) or "none" (decodes every time).
        folder: where the file goes; None takes the system's temporary folder.
        room: for this cache and others together; None is without limit. What does not fit is
            decoded every time.
    """

    def __init__(
        self,
        decode: Decode,
        kind: CacheKind,
        folder: Path | None = None,
        room: Room | None = None,
    ) -> None:
        self._decode = decode
        self._shelf = _make_shelf(kind, folder)
        self._room = room or Room()

    def __getitem__(self, index: int) -> np.ndarray:
        kept = self._shelf.get(index)
        if kept is not None:
            return kept
        array = self._decode(index)
        if self._shelf.keeps and self._room.take(array.nbytes):
            self._shelf.put(index, array)
        return array


class SplitCaches(NamedTuple):
    """The decoded examples of training and validation, by their place in the split."""

    train: DecodedCache
    valid: DecodedCache


def cache_splits(
    read: Callable[[Example], np.ndarray], splits: Splits, kind: CacheKind, room: Room
) -> SplitCaches:
    """Make caches of the two splits that training reads again and again, in one room."""

    def cache(examples: Sequence[Example]) -> DecodedCache:
        return DecodedCache(lambda index: read(examples[index]), kind, room=room)

    return SplitCaches(cache(splits.train), cache(splits.valid))


class _NoShelf:
    keeps = False

    def get(self, index: int) -> np.ndarray | None:
        return None

    def put(self, index: int, array: np.ndarray) -> None:
        pass


class _MemoryShelf:
    keeps = True

    def __init__(self) -> None:
        self._arrays: dict[int, np.ndarray] = {}

    def get(self, index: int) -> np.ndarray | None:
        return self._arrays.get(index)

    def put(self, index: int, array: np.ndarray) -> None:
        self._arrays[index] = array


class _Place(NamedTuple):
    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype


class _FileShelf:
    """Arrays one after the other in an unnamed file, which goes when the process does."""

    keeps = True

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder or tempfile.gettempdir()
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  lives as we do
        weakref.finalize(self, self._file.close)
        self._places: dict[int, _Place] = {}
        self._end = 0
        self._lock = threading.Lock()

    def get(self, index: int) -> np.ndarray | None:
        place = self._places.get(index)
        if place is None:
            return None
        size = int(np.prod(place.shape)) * place.dtype.itemsize
        with self._lock:
            self._file.seek(place.offset)
            content = self._file.read(size)
        return np.frombuffer(content, place.dtype).reshape(place.shape)

    def put(self, index: int, array: np.ndarray) -> None:
        content = np.ascontiguousarray(array).tobytes()
        with self._lock:
            self._write(content)
            self._places[index] = _Place(self._end, array.shape, array.dtype)
            self._end += len(content)

    def _write(self, content: bytes) -> None:
        self._file.seek(self._end)
        try:
            complete = self._file.write(content) == len(content)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            complete = False
        if not complete:
            raise DltasksError(
                f"{self._folder}: the disk is full, with {self._end / BYTES:.1f} GB of decoded "
                "examples; limit them with --cache-gigabytes, use --cache none, or set TMPDIR to "
                "a folder with more space"
            )


def _make_shelf(kind: CacheKind, folder: Path | None) -> _NoShelf | _MemoryShelf | _FileShelf:
    if kind == "memory":
        return _MemoryShelf()
    return _FileShelf(folder) if kind == "file" else _NoShelf()
