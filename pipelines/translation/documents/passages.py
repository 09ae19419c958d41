"""The texts of a document, in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipelines.translation.documents.inline import Inline, Item


@dataclass
class Passages:
    """The texts of a document, in order.

    Attributes:
        inlines: of those that have something to translate.
    """

    inlines: list[Inline] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """What is to be translated."""
        return [inline.text for inline in self.inlines]

    def add(self, items: Iterable[Item], *, tidy: bool = False) -> Inline | None:
        """Add a text; give None where there is nothing to translate in it."""
        inline = Inline(items, tidy=tidy)
        if not inline.text:
            return None
        self.inlines.append(inline)
        return inline

    def restore(self, translations: Sequence[str], remarks: list[str]) -> list[list[Item]]:
        """Give the translations with their mark-up; remark on those that have lost some."""
        pairs = zip(self.inlines, translations, strict=True)
        restored = [inline.restore(translation) for inline, translation in pairs]
        remarks += remark_lost(sum(not item.is_whole for item in restored))
        return [item.items for item in restored]


def remark_lost(count: int) -> list[str]:
    """Say how many texts have lost mark-up, if any."""
    if not count:
        return []
    texts = "1 text has" if count == 1 else f"{count} texts have"
    return [f"{texts} lost mark-up such as bold or a link; look at the result"]
