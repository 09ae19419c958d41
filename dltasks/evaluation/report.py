"""What every evaluation gives, whatever the task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any


class Report(ABC):
    """The result of measuring a model on examples.

    Attributes:
        skipped: examples that could not be read.
    """

    skipped: int

    @property
    @abstractmethod
    def metrics(self) -> dict[str, float]:
        """The headline figures, the most important one first."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain values, for JSON."""

    @abstractmethod
    def to_text(self) -> str:
        """Give a summary to read."""

    @abstractmethod
    def save_plots(self, folder: Path) -> list[Path]:
        """Draw PNG pictures into a folder and name them."""
