"""What is wrong with classes is told in one line each, with the remedy."""

from __future__ import annotations

import pytest

from dltasks.data.class_review import review_classes
from dltasks.data.examples import Example


def review(*targets: str, split: str = "", others: tuple[Example, ...] = ()) -> list[str]:
    """Give each remark as (! if fatal) message."""
    examples = [Example(f"{index}.jpg", name, split) for index, name in enumerate(targets)]
    remarks = review_classes([*examples, *others], [*examples, *others])
    return [f"{'! ' * remark.is_fatal}{remark.message}" for remark in remarks]


def test_sound_classes_need_no_word() -> None:
    assert review("red", "red", "blue", "blue", "red rose", "red rose") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rose", "rose"),
        ("red rose", "red  rose"),
        ("red rose", "red_rose"),
        ("strasse", "straße"),
    ],
)
def test_classes_that_differ_by_case_or_blanks_are_named(one: str, other: str) -> None:
    (line,) = review(one, one, other, other, "tulip", "tulip")
    first, second = sorted((one, other))
    assert line == (
        f"classes {first!r} and {second!r} differ only by case, blanks or Unicode form; if they "
        "are the same, give them one name"
    )


def test_classes_that_differ_by_unicode_form_show_how() -> None:
    (line,) = review(*["caf\u00e9", "cafe\u0301", "th\u00e9"] * 2)
    assert "classes 'cafe\\u0301' and 'caf\\xe9' differ only by" in line


def test_blanks_around_a_class_are_named_even_where_it_is_alone() -> None:
    assert review("rose ", "rose ", "red", "red") == [
        "class 'rose ' has blanks around it; take them off"
    ]


def test_classes_of_one_example_are_named() -> None:
    assert review("red", "red", "blue", "blue", "mauve") == [
        "1 class has only one example to train on: 'mauve'; add some, as one cannot be both "
        "trained on and held out"
    ]
    (line,) = review("red", "red", *map(str, range(7)))
    assert line.startswith("7 classes have only one example to train on: '0', '1', '2', '3', '4',")


def test_a_single_class_is_refused() -> None:
    (line,) = review("red", "red", "red")
    assert line == "! only one class, 'red'; put the images of each class in their own folder"


def test_a_class_that_is_not_in_training_is_refused() -> None:
    others = (Example("x.jpg", "mauve", "valid"), Example("y.jpg", "Red", "test"))
    lines = review("red", "red", "blue", "blue", split="train", others=others[:1])
    assert lines == [
        "! class 'mauve' is in the validation or test data but not in the training data; add "
        "examples of it, or take it out"
    ]
    lines = review("red", "red", "blue", "blue", split="train", others=others[1:])
    assert "not in the training data; there it is 'red'; add examples" in lines[-1]


def test_examples_to_measure_with_alone_are_no_fault() -> None:
    assert review("red", "blue", split="test") == []


@pytest.mark.parametrize("name", ["two\nlines", "tab\tbed", "line\u2028separator", "end\n"])
def test_a_class_that_labels_txt_cannot_hold_is_refused(name: str) -> None:
    lines = review(name, name, "red", "red")
    assert f"! class {name!r} has a line break or tab in it; rename it" in lines
