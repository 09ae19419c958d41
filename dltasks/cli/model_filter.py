"""Which models `dltasks models list` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pipelines.bundle.folder import Bundle

TRANSLATION = "translation"


@dataclass(frozen=True)
class ModelFilter:
    """What a user wants to see.

    Attributes:
        task: in the catalogue; None is all.
        source: code of the language that translators translate from; None is all.
        target: code of the language that they translate to; None is all.

    Raises:
        click.UsageError: a language is given for another task.
    """

    task: str | None
    source: str | None
    target: str | None

    def __post_init__(self) -> None:
        if self._is_of_pair and self.task not in (None, TRANSLATION):
            raise click.UsageError(f"--from and --to have no effect with --task {self.task}")

    def takes_bundle(self, bundle: Bundle) -> bool:
        """Tell whether to show an installed model."""
        if not self._is_of_pair:
            return self.task in (None, bundle.task)
        if bundle.task != TRANSLATION:
            return False
        from pipelines.translation.choosing import directions_of

        return self._takes_directions(directions_of(bundle))

    def takes_published(self, model: Any) -> bool:
        """Tell whether to show a model that can be pulled."""
        if not self._is_of_pair:
            return self.task in (None, model.task)
        return model.task == TRANSLATION and self._takes_directions([(model.source, model.target)])

    @property
    def _is_of_pair(self) -> bool:
        return self.source is not None or self.target is not None

    def _takes_directions(self, directions: Any) -> bool:
        from pipelines.translation.languages import find_direction

        return find_direction(directions, self.source, self.target) is not None
