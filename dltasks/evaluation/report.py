"""The result of an evaluation, for every task."""

from __future__ import annotations

import base64
import html
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dltasks.evaluation.page.elements import Section, fragment, page
from pipelines.errors import ConfigurationError

TITLE = "Evaluation"
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})


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

    def sections(self) -> Sequence[Section]:
        """Give the parts of the report as a page; none if its task has no such report."""
        return ()

    def to_html(self, title: str = TITLE, about: Mapping[str, str] = NOTHING_MORE) -> str:
        """Give the report as a page: one HTML file without anything from elsewhere.

        Args:
            title: its heading.
            about: what is said below it, such as the model and the data, by name.

        Raises:
            ConfigurationError: the task has no such report; see `Task.has_page`.
        """
        sections = self.sections()
        if not sections:
            raise ConfigurationError(
                f"a {type(self).__name__} cannot be given as a page; use `to_text` or `to_dict`"
            )
        return page(title, about, sections)

    def __str__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        sections = self.sections()
        with tempfile.TemporaryDirectory() as folder:
            plots = self.save_plots(Path(folder))
            if not sections:
                return as_html(self.to_text(), plots)
            # A notebook that is not trusted shows PNG, but no SVG.
            drawn = [Section("Plots", "\n".join(map(_embed, plots)))] if plots else []
            return fragment(TITLE, NOTHING_MORE, [*sections, *drawn])


def as_html(text: str, pictures: Sequence[Path], title: str = "") -> str:
    """Show a text and PNG pictures in a notebook."""
    shown = [f"<b>{html.escape(title)}</b>"] if title else []
    shown.append(f"<pre>{html.escape(text)}</pre>")
    return "\n".join([*shown, *map(_embed, pictures)])


def _embed(picture: Path) -> str:
    content = base64.b64encode(picture.read_bytes()).decode()
    alt = picture.stem.replace("_", " ")
    return f'<img src="data:image/png;base64,{content}" alt="{alt}" style="max-width: 100%">'
