"""The one example type, and how a data set is split."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from dltasks.data.remarks import Remark
from pipelines.errors import ConfigurationError

SPLITS = ("train", "valid", "test")
Languages = tuple[str, str]  # codes of two languages
SPLIT_ALIASES = {
    **dict.fromkeys(("validation", "val", "dev", "development"), "valid"),
    **dict.fromkeys(("testing", "eval", "evaluation"), "test"),
    "training": "train",
}


@dataclass(frozen=True)
class Example:
    """One input and what should come of it.

    Attributes:
        source: path of a file, or a text.
        target: class name or text.
        split: "train", "valid", "test", or "" where the data set does not say.
        origin: where it stands in the data set, for messages ("labels.csv line 7").
        group: what must not lie in two splits, as the writer or the speaker; "" is of no group.
    """

    source: str
    target: str
    split: str = ""
    origin: str = ""
    group: str = ""

    @property
    def is_for_training(self) -> bool:
        """Whether training reads it, or may hold it out to validate with."""
        return self.split in ("", "train")

    def arranged(self, languages: Languages) -> Example:
        """Put the sides in the order of two languages, if there are sides and they are named."""
        return self

    @staticmethod
    def review(
        examples: Sequence[Example], used: Sequence[Example], languages: Languages | None
    ) -> Sequence[Remark]:
        """Say what is wrong with a data set of such examples as a whole.

        Args:
            examples: all of them; at least one.
            used: those that training can use.
            languages: of source and target, if there are such sides and the user names them.
        """
        return ()


@dataclass(frozen=True)
class Splits:
    """A data set's examples by what they are for."""

    train: tuple[Example, ...]
    valid: tuple[Example, ...]
    test: tuple[Example, ...]

    def all(self) -> tuple[Example, ...]:
        """Give every example."""
        return self.train + self.valid + self.test


class Take(Protocol):
    """A way to take examples out of the training data: gives what is left, and what was taken."""

    def __call__(
        self, examples: Sequence[Example], *, fraction: float, seed: int
    ) -> tuple[tuple[Example, ...], tuple[Example, ...]]: ...


def split_name(name: str) -> str | None:
    """Give the split that a folder or column value means, or None."""
    lowered = name.lower()
    known = SPLIT_ALIASES.get(lowered, lowered)
    return known if known in SPLITS else None


def stated_split(name: str, where: str) -> str:
    """Give the split that a row of a table names; "" where it names none.

    Raises:
        ConfigurationError: it is another word.
    """
    split = split_name(name) if name else ""
    if split is None:
        raise ConfigurationError(
            f"{where}: split {name!r} is not one of {', '.join(SPLITS)} (or empty)"
        )
    return split


def split(
    examples: Sequence[Example], *, valid_fraction: float, seed: int, take: Take | None = None
) -> Splits:
    """Keep the splits that the data set names; take a missing validation split from training.

    The same examples and seed give the same splits, whatever the order of the examples.

    Args:
        examples: of all splits.
        valid_fraction: the part of the training examples to validate with.
        seed: of the choice.
        take: `stratify` (the default) or `take_groups`.

    Raises:
        ConfigurationError: nothing is left to train on.
    """
    named = {name: tuple(item for item in examples if item.split == name) for name in SPLITS}
    train = tuple(item for item in examples if item.split in ("", "train"))
    valid = named["valid"]
    if not valid:
        train, valid = (take or stratify)(train, fraction=valid_fraction, seed=seed)
    if not train or not valid:
        raise ConfigurationError(
            f"{len(train)} examples to train on and {len(valid)} to validate with are too few; "
            "add data, at least 2 examples of each class, or of 2 writers, speakers or sentences"
        )
    return Splits(train, valid, named["test"])


def stratify(
    examples: Sequence[Example], *, fraction: float, seed: int
) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Take a seeded fraction of every target's examples away; leave and take at least one of two.

    Returns:
        What is left, and what was taken.
    """
    taken: set[Example] = set()
    for target, members in sorted(by_target(examples).items()):
        members = sorted(members, key=lambda item: (item.source, item.origin))
        random.Random(f"{seed} {target}").shuffle(members)
        count = min(max(round(len(members) * fraction), 1), len(members) - 1)
        taken.update(members[:count])
    left = tuple(item for item in examples if item not in taken)
    return left, tuple(item for item in examples if item in taken)


def take_groups(
    examples: Sequence[Example], *, fraction: float, seed: int
) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Take whole groups away, drawn by seed, until they hold a fraction of the examples.

    An example without a group is one of its own. The last group is never taken.

    Returns:
        What is left, and what was taken.
    """
    groups: dict[str, list[Example]] = defaultdict(list)
    for item in examples:
        groups[item.group or f"{item.source} {item.origin}"].append(item)
    names = sorted(groups)
    random.Random(seed).shuffle(names)
    wanted = max(round(len(examples) * fraction), 1)
    taken: set[Example] = set()
    for name in names[:-1]:
        if len(taken) >= wanted:
            break
        taken.update(groups[name])
    left = tuple(item for item in examples if item not in taken)
    return left, tuple(item for item in examples if item in taken)


def by_target(examples: Iterable[Example]) -> dict[str, list[Example]]:
    """Group examples by target."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.target].append(example)
    return dict(groups)


def limit(examples: Sequence[Example], count: int, seed: int) -> tuple[Example, ...]:
    """Take a seeded sample of at most `count` examples, in their order."""
    if len(examples) <= count:
        return tuple(examples)
    chosen = set(random.Random(seed).sample(range(len(examples)), count))
    return tuple(item for index, item in enumerate(examples) if index in chosen)


def mark(examples: Iterable[Example], split: str) -> tuple[Example, ...]:
    """Say of examples which split they are in."""
    return tuple(replace(example, split=split) for example in examples)
