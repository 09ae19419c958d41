from __future__ import annotations

import random
from collections import Counter

import pytest

from dltasks.data.examples import Example, limit, mark, split, split_name, stratify, take_groups
from pipelines.errors import ConfigurationError


def _make(counts: dict[str, int], split: str = "") -> list[Example]:
    return [
        Example(f"{split}/{target}/{index}.jpg", target, split)
        for target, count in counts.items()
        for index in range(count)
    ]


def test_same_seed_gives_same_splits_and_another_seed_others() -> None:
    examples = _make({"cat": 30, "dog": 30})
    assert split(examples, valid_fraction=0.2, seed=1) == split(
        examples, valid_fraction=0.2, seed=1
    )
    first = split(examples, valid_fraction=0.2, seed=1)
    assert first.valid != split(examples, valid_fraction=0.2, seed=2).valid


def test_splits_do_not_depend_on_the_order_of_the_examples() -> None:
    examples = _make({"cat": 30, "dog": 30})
    shuffled = random.Random(0).sample(examples, len(examples))
    assert shuffled != examples
    first = split(examples, valid_fraction=0.2, seed=1)
    second = split(shuffled, valid_fraction=0.2, seed=1)
    assert set(first.valid) == set(second.valid)
    assert set(first.train) == set(second.train)


def test_every_target_keeps_its_share() -> None:
    examples = _make({"cat": 100, "dog": 50, "rare": 10})
    valid = split(examples, valid_fraction=0.1, seed=3).valid
    assert Counter(item.target for item in valid) == {"cat": 10, "dog": 5, "rare": 1}


def test_more_examples_of_one_class_leave_the_other_classes_split_alone() -> None:
    few = split(_make({"cat": 10, "dog": 20}), valid_fraction=0.2, seed=1)
    many = split(_make({"cat": 90, "dog": 20}), valid_fraction=0.2, seed=1)
    dogs = [{item for item in splits.valid if item.target == "dog"} for splits in (few, many)]
    assert dogs[0] == dogs[1]


def test_no_example_is_in_two_splits_and_none_is_lost() -> None:
    examples = _make({"cat": 33, "dog": 7, "one": 1}) + _make({"cat": 4, "dog": 4}, "test")
    splits = split(examples, valid_fraction=0.25, seed=5)
    assert not set(splits.train) & set(splits.valid)
    assert not set(splits.test) & {*splits.train, *splits.valid}
    assert sorted(splits.all(), key=str) == sorted(examples, key=str)


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.5, 0.9])
def test_every_class_of_two_is_left_to_train_on_and_to_validate_with(fraction: float) -> None:
    left, taken = stratify(_make({"cat": 2, "dog": 3}), fraction=fraction, seed=1)
    assert {item.target for item in left} == {"cat", "dog"}
    assert {item.target for item in taken} == {"cat", "dog"}


def test_a_single_example_stays_in_training() -> None:
    left, taken = stratify(_make({"cat": 1, "dog": 4}), fraction=0.5, seed=1)
    assert Counter(item.target for item in left) == {"cat": 1, "dog": 2}
    assert Counter(item.target for item in taken) == {"dog": 2}


def test_named_splits_are_kept() -> None:
    train, valid, test = (_make({"cat": 5, "dog": 5}, name) for name in ("train", "valid", "test"))
    splits = split([*test, *train, *valid], valid_fraction=0.5, seed=1)
    assert splits.train == tuple(train)
    assert splits.valid == tuple(valid)
    assert splits.test == tuple(test)


def test_a_missing_validation_split_is_never_taken_from_test() -> None:
    train, test = _make({"cat": 10}, "train"), _make({"cat": 10}, "test")
    splits = split(train + test, valid_fraction=0.2, seed=1)
    assert splits.test == tuple(test)
    assert len(splits.valid) == 2
    assert set(splits.valid) < set(train)


def test_nothing_to_validate_with_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="1 examples to train on and 0 to validate with"):
        split(_make({"cat": 1}), valid_fraction=0.5, seed=1)
    with pytest.raises(ConfigurationError, match="0 examples to train on"):
        split(_make({"cat": 4}, "valid"), valid_fraction=0.5, seed=1)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("VAL", "valid"),
        ("validation", "valid"),
        ("dev", "valid"),
        ("valid", "valid"),
        ("Test", "test"),
        ("testing", "test"),
        ("eval", "test"),
        ("cats", None),
        ("", None),
    ],
)
def test_common_names_of_splits_are_known(name: str, meant: str | None) -> None:
    assert split_name(name) == meant


def test_limit_takes_a_seeded_sample_in_the_order_given() -> None:
    examples = _make({"cat": 50})
    some = limit(examples, 10, seed=1)
    assert len(some) == 10
    assert list(some) == [item for item in examples if item in set(some)]
    assert some == limit(examples, 10, seed=1)
    assert some != limit(examples, 10, seed=2)
    assert limit(examples, 50, seed=1) == tuple(examples)


def test_limit_gives_a_whole_tuple_back_as_it_is() -> None:
    examples = tuple(_make({"cat": 3}))
    assert limit(examples, 3, seed=1) is examples


def test_mark_changes_nothing_but_the_split() -> None:
    (example,) = mark([Example("a.jpg", "cat", "", "list.csv line 2")], "test")
    assert example == Example("a.jpg", "cat", "test", "list.csv line 2")


def test_whole_groups_are_taken_whatever_the_order_of_the_examples() -> None:
    examples = [Example(f"{i}.png", str(i), group=f"writer {i % 5}") for i in range(50)]
    left, taken = take_groups(examples, fraction=0.2, seed=3)
    assert len(taken) == 10
    assert {item.group for item in left}.isdisjoint(item.group for item in taken)
    assert set(take_groups(examples[::-1], fraction=0.2, seed=3)[1]) == set(taken)


def test_the_last_group_is_never_taken() -> None:
    examples = [Example(f"{i}.png", "", group="one writer") for i in range(4)]
    assert take_groups(examples, fraction=0.5, seed=1) == (tuple(examples), ())
    alone = [Example(f"{i}.png", "") for i in range(2)]
    left, taken = take_groups(alone, fraction=0.9, seed=1)
    assert (len(left), len(taken)) == (1, 1)
