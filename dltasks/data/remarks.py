"""What is wrong with a data set as a whole, rather than with one of its examples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remark:
    """One thing that is wrong with a data set.

    Attributes:
        message: one line that names the remedy.
        is_fatal: whether training refuses the data set.
    """

    message: str
    is_fatal: bool
