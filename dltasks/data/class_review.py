"""What is wrong with the classes of a data set as a whole, wherever their names come from."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from dltasks.data.examples import Example
from dltasks.data.labels import count_labels, has_several
from dltasks.data.remarks import Remark

MOST_NAMED = 5


def review_classes(examples: Sequence[Example], used: Sequence[Example]) -> list[Remark]:
    """Say what is wrong with the classes: too few, names that hardly differ, single examples.

    Args:
        examples: all of them.
        used: those that training can use.
    """
    least = 1 if has_several(used) else 2  # a label can be there or not; a class cannot
    counts = count_labels(item for item in used if item.is_for_training)
    elsewhere = count_labels(item for item in used if not item.is_for_training)
    return [
        *_review_names(sorted(count_labels(examples))),
        *_review_missing(sorted(counts), sorted(elsewhere.keys() - counts.keys()), least),
        *_review_single([name for name, count in sorted(counts.items()) if count == 1]),
    ]


def name_classes(names: Sequence[str]) -> str:
    """Name classes in one line: the first of them, in quotes, so that blanks are seen."""
    return ", ".join(map(repr, names[:MOST_NAMED])) + ", ..." * (len(names) > MOST_NAMED)


def _plain(name: str) -> str:
    """Write a name without what people do not see: its case, its blanks and its Unicode form."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())


def _review_names(names: Sequence[str]) -> Iterator[Remark]:
    alike: dict[str, list[str]] = defaultdict(list)
    for name in names:
        alike[_plain(name)].append(name)
        if name.splitlines() != [name] or "\t" in name:  # it would be two in labels.txt
            yield Remark(f"class {name!r} has a line break or tab in it; rename it", is_fatal=True)
        elif name != name.strip() and len(alike[_plain(name)]) == 1:
            yield Remark(f"class {name!r} has blanks around it; take them off", is_fatal=False)
    for members in alike.values():
        if len(members) > 1:
            yield Remark(
                f"classes {' and '.join(_show_form(item, members) for item in members)} differ "
                "only by case, blanks or Unicode form; if they are the same, give them one name",
                is_fatal=False,
            )


def _show_form(name: str, members: Iterable[str]) -> str:
    """Show a name; with its code points where it looks like another."""
    composed = [unicodedata.normalize("NFC", item) for item in members]
    looks_alike = composed.count(unicodedata.normalize("NFC", name)) > 1
    return ascii(name) if looks_alike else repr(name)


def _review_missing(known: Sequence[str], missing: Sequence[str], least: int) -> Iterator[Remark]:
    """Refuse a single class, and classes that nothing teaches."""
    if len(known) == 1 < least and not missing:
        yield Remark(
            f"only one class, {known[0]!r}; put the images of each class in their own folder",
            is_fatal=True,
        )
    if not missing or not known:  # examples to measure with alone are no fault
        return
    alike = next((name for name in known if _plain(name) == _plain(missing[0])), None)
    hint = f"; there it is {alike!r}" if alike else ""
    yield Remark(
        f"class {missing[0]!r} is in the validation or test data but not in the training data"
        f"{hint}; add examples of it, or take it out",
        is_fatal=True,
    )


def _review_single(names: Sequence[str]) -> Iterator[Remark]:
    if not names:
        return
    have = "class has" if len(names) == 1 else "classes have"
    yield Remark(
        f"{len(names)} {have} only one example to train on: {name_classes(names)}; add some, as "
        "one cannot be both trained on and held out",
        is_fatal=False,
    )
