"""What is wrong with pairs of sentences as a whole: wrong columns, wrong languages, too few."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from dltasks.data.examples import Example, Languages
from dltasks.data.remarks import Remark
from pipelines.text import tidy
from pipelines.translation.language import detect_language

LEAST_PAIRS = 20  # of fewer, not even the validation split has a few sentences
ENOUGH_PAIRS = 10_000  # of fewer, a network learns the sentences and little of the languages
MOST = 0.5  # of the pairs
LOOKED_AT = 200  # pairs whose languages are told
LEAST_TOLD = 10  # sentences of a side whose language is sure
ALIKE = 0.8  # of them, those in the language of the side; the rest are names and quotations
# Besides the languages that the data is said to be in: what else it may well be.
COMMON = ("en", "es", "fr", "de", "it", "pt", "nl", "ru", "pl", "tr", "zh", "ja", "ar")
NUMBER = re.compile(r"[\W\d_]*\d[\W\d_]*")
COLUMNS = "name the columns, as in pairs.tsv?source=2&target=4"


def is_number(text: str) -> bool:
    """Tell whether a text is digits and signs, without a letter."""
    return bool(NUMBER.fullmatch(text))


def has_number_for_a_sentence(example: Example) -> bool:
    """Tell whether one side is a number, and the other a text."""
    sides = (example.source.strip(), example.target.strip())
    return all(sides) and is_number(sides[0]) != is_number(sides[1])


def has_same_sides(example: Example) -> bool:
    """Tell whether both sides are the same text, but for case and white space."""
    return tidy(example.source).casefold() == tidy(example.target).casefold()


def review_pairs(
    examples: Sequence[Example],
    used: Sequence[Example],
    languages: Languages | None,
    named: Languages,
) -> list[Remark]:
    """Say what is wrong with pairs as a whole.

    Args:
        examples: all pairs.
        used: those that training can use.
        languages: of source and target, as the user names them.
        named: the same, as the data names them; "" where it does not.
    """
    remarks = [
        *_review_columns(examples),
        *_review_names(languages, named),
        *_review_count(used),
    ]
    if any(remark.is_fatal for remark in remarks):
        return remarks
    return remarks + _review_languages(used, languages or (named if all(named) else None))


def _review_columns(examples: Sequence[Example]) -> list[Remark]:
    checks: tuple[tuple[Callable[[Example], bool], str], ...] = (
        (has_number_for_a_sentence, f"have a number for a sentence; {COLUMNS}"),
        (lambda pair: is_number(pair.source) and is_number(pair.target), f"are numbers; {COLUMNS}"),
        (
            lambda pair: not (pair.source.strip() and pair.target.strip()),
            "have an empty side; separate source and target by a tab",
        ),
        (has_same_sides, "have the same text on both sides; give one column the translations"),
    )
    for is_wrong, what in checks:
        wrong = [pair for pair in examples if is_wrong(pair)]
        if len(wrong) > MOST * len(examples):
            count = f"{len(wrong)} of {len(examples)} pairs, first {wrong[0].origin},"
            return [Remark(f"{count} {what}", is_fatal=True)]
    return []


def _review_names(languages: Languages | None, named: Languages) -> list[Remark]:
    if not languages or not all(named) or set(named) == set(languages):
        return []
    return [
        Remark(
            f"the data names the languages {named[0]!r} and {named[1]!r}, which are not "
            f"{languages[0]!r} and {languages[1]!r}; use --source {named[0]} --target {named[1]}, "
            "or name the columns, as in pairs.tsv?source=en&target=es",
            is_fatal=True,
        )
    ]


def _review_count(used: Sequence[Example]) -> list[Remark]:
    count = sum(pair.is_for_training for pair in used)
    if count < LEAST_PAIRS:
        return [
            Remark(
                f"{count} pairs are too few to train on; give at least {LEAST_PAIRS}, and about "
                f"{ENOUGH_PAIRS:,} for a network that translates new sentences",
                is_fatal=True,
            )
        ]
    if count < ENOUGH_PAIRS:
        return [
            Remark(
                f"{count} pairs are few; about {ENOUGH_PAIRS:,} are needed for a network that "
                "translates new sentences",
                is_fatal=False,
            )
        ]
    return []


def _review_languages(used: Sequence[Example], languages: Languages | None) -> list[Remark]:
    sample = used[:: max(len(used) // LOOKED_AT, 1)]
    candidates = {*COMMON, *(languages or ())}
    source = _tell_language([pair.source for pair in sample], candidates)
    target = _tell_language([pair.target for pair in sample], candidates)
    if source and source == target:
        return [Remark(f"both sides are in {source!r}; is one of them translated?", is_fatal=False)]
    if not languages:
        return []
    if (source, target) == languages[::-1]:
        return [
            Remark(
                f"the sides are swapped: the sources are in {source!r} and the targets in "
                f"{target!r}; use --source {source} --target {target}, or swap the columns",
                is_fatal=True,
            )
        ]
    return [
        Remark(f"the {side} seem to be in {found!r}, not in {stated!r}", is_fatal=False)
        for side, found, stated in zip(
            ("sources", "targets"), (source, target), languages, strict=True
        )
        if found and found != stated
    ]


def _tell_language(texts: Sequence[str], candidates: set[str]) -> str:
    """Tell the language that most texts are in; "" where it is not clear."""
    found = (detect_language(text, candidates) for text in texts)
    counts = Counter(item.code for item in found if item and item.is_sure)
    code, count = counts.most_common(1)[0] if counts else ("", 0)
    return code if counts.total() >= LEAST_TOLD and count >= ALIKE * counts.total() else ""
