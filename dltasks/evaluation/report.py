"""The result of an evaluation, for every task."""

from __future__ import annotations

import base64
import html
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
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

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            return as_html(self.to_text(), self.save_plots(Path(folder)))


def as_html(text: str, pictures: Sequence[Path], title: str = "") -> str:
    """Show a text and PNG pictures in a notebook."""
    shown = [f"<b>{html.escape(title)}</b>"] if title else []
    shown.append(f"<pre>{html.escape(text)}</pre>")
    for picture in pictures:
        content = base64.b64encode(picture.read_bytes()).decode()
        shown.append(f'<img src="data:image/png;base64,{content}" alt="{picture.stem}">')
    return "\n".join(shown)
