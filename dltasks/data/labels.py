"""Several labels of one example: `rose|red` is a rose, and red.

A data set has several labels an example where one of its examples has two, or none. Where each has
one, it has classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dltasks.data.examples import Example, stratify

MARK = "|"


def labels_of(target: str) -> tuple[str, ...]:
    """Give the labels of a target, in order; none for an empty one.

    >>> labels_of("rose | red")
    ('rose', 'red')
    """
    if MARK not in target:
        return (target,) if target else ()
    return tuple(dict.fromkeys(name for part in target.split(MARK) if (name := part.strip())))


def join_labels(labels: Iterable[str]) -> str:
    """Write labels as one target."""
    return MARK.join(labels)


def has_several(examples: Iterable[Example]) -> bool:
    """Tell whether the examples have labels, of which one may have several or none."""
    return any(MARK in example.target or not example.target for example in examples)


def count_labels(examples: Iterable[Example]) -> Counter[str]:
    """Count the examples of each label."""
    return Counter(label for example in examples for label in labels_of(example.target))


def stratify_by_label(
    examples: Sequence[Example], *, fraction: float, seed: int
) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Take a seeded fraction away as `stratify` does; an example counts for its rarest label.

    Returns:
        What is left, and what was taken.
    """
    counts = count_labels(examples)
    rarest = [
        replace(
            item,
            target=min(labels_of(item.target), key=lambda name: (counts[name], name), default=""),
        )
        for item in examples
    ]
    of_rarest = dict(zip(rarest, examples, strict=True))
    left, taken = stratify(rarest, fraction=fraction, seed=seed)
    return tuple(of_rarest[item] for item in left), tuple(of_rarest[item] for item in taken)
