"""Which part of the data a worker reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shard:
    """Every `count`-th example, beginning at `index`."""

    count: int = 1
    index: int = 0


EVERYTHING = Shard()
