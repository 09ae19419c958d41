"""Examples that a report shows: the worst and the least sure, as pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

MOST_WORST = 24  # with two pictures of 5 kB each, about 300 kB of a report
MOST_UNSURE = 12


class ShownExample(NamedTuple):
    """An example and what was said of it.

    Attributes:
        source: its file.
        truth: its classes; one, unless it can have several labels.
        said: the classes that it was given, each with its probability.
        label: the class to look for in the picture; None looks for the likeliest.
    """

    source: str
    truth: tuple[str, ...]
    said: tuple[tuple[str, float], ...]
    label: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain values."""
        return {
            "source": self.source,
            "truth": list(self.truth),
            "predicted": [{"name": name, "score": score} for name, score in self.said],
        }


class Pictures(NamedTuple):
    """How an example looks, as JPEGs.

    Attributes:
        photograph: None where it cannot be read again.
        map: where the network saw the class; None where it has no class activation map.
    """

    photograph: bytes | None
    map: bytes | None


Look = Callable[[Sequence[ShownExample]], Sequence[Pictures]]


def choose_shown(
    worst_first: Sequence[int], least_sure_first: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Choose the indices of the worst and of the least sure examples; none is among both.

    Args:
        worst_first: of those that went wrong.
        least_sure_first: of all.
    """
    worst = list(worst_first[:MOST_WORST])
    unsure = [index for index in least_sure_first if index not in worst]
    return worst, unsure[:MOST_UNSURE]
