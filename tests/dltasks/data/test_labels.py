"""Several labels of an example are one target, and are split by the rarest."""

from __future__ import annotations

import pytest

from dltasks.data.examples import Example, stratify
from dltasks.data.labels import count_labels, has_several, labels_of, stratify_by_label


def make(*targets: str) -> list[Example]:
    return [Example(f"{index}.jpg", target) for index, target in enumerate(targets)]


@pytest.mark.parametrize(
    ("target", "labels"),
    [
        ("rose", ("rose",)),
        (" rose ", (" rose ",)),
        ("rose|red", ("rose", "red")),
        ("rose | red|rose|", ("rose", "red")),
        ("|", ()),
        ("", ()),
    ],
)
def test_labels_are_what_stands_between_the_marks(target: str, labels: tuple[str, ...]) -> None:
    assert labels_of(target) == labels


def test_examples_have_several_labels_where_one_has_two_or_none() -> None:
    assert not has_several(make("rose", "red"))
    assert has_several(make("rose", "rose|red"))
    assert has_several(make("rose", ""))


def test_labels_are_counted_each() -> None:
    assert count_labels(make("rose|red", "rose", "")) == {"rose": 2, "red": 1}


def test_one_label_each_is_split_as_classes_are() -> None:
    examples = make(*["rose"] * 20, *["tulip"] * 10)
    assert stratify_by_label(examples, fraction=0.1, seed=3) == stratify(
        examples, fraction=0.1, seed=3
    )


def test_rare_labels_come_into_both_parts() -> None:
    examples = make(*["rose|red"] * 4, *["tulip|red"] * 40, *["tulip|red|wet"] * 2, "", "")
    left, taken = stratify_by_label(examples, fraction=0.1, seed=3)
    assert sorted([*left, *taken], key=examples.index) == examples
    assert set(count_labels(left)) == set(count_labels(taken)) == {"rose", "red", "tulip", "wet"}
    assert any(not item.target for item in left)
    assert any(not item.target for item in taken)
