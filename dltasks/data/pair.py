"""The example of translation: two sentences, and the languages where the data names them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dltasks.data.examples import Example, Languages
from dltasks.data.pair_review import review_pairs
from dltasks.data.remarks import Remark
from dltasks.data.remote import DataPath
from pipelines.text import tidy

UNNAMED = ("", "")


@dataclass(frozen=True)
class Pair(Example):
    """Two sentences, each the translation of the other.

    Attributes:
        languages: codes of the source's and the target's, as the data names them.
    """

    languages: Languages = UNNAMED

    def arranged(self, languages: Languages) -> Pair:
        """Turn the pair round if the data has the languages in the other order."""
        if self.languages == languages or self.languages != languages[::-1]:
            return self
        return replace(
            self,
            source=self.target,
            target=self.source,
            group=_group_of(self.target),
            languages=languages,
        )

    @staticmethod
    def review(
        examples: Sequence[Example], used: Sequence[Example], languages: Languages | None
    ) -> list[Remark]:
        """Say what is wrong with pairs as a whole; see `review_pairs`."""
        first = examples[0]
        named = first.languages if isinstance(first, Pair) else UNNAMED
        return review_pairs(examples, used, languages, named)


def make_pair(
    source: str,
    target: str,
    path: DataPath,
    line: int,
    split: str,
    languages: Languages = UNNAMED,
) -> Pair:
    """Make the example of a pair; the same source sentence is never in two splits."""
    origin = f"{path.name} line {line}"
    return Pair(source, target, split, origin, _group_of(source), languages)


def _group_of(source: str) -> str:
    return tidy(source).casefold()
