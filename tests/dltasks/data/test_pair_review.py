"""What is wrong with pairs as a whole is named, with the remedy."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dltasks.data.checks import CheckReport, check
from dltasks.data.pairs import read_pairs
from dltasks.tasks.translation import TASK

WHO = [("Tom", "Tom"), ("My mother", "Mi madre"), ("The dog", "El perro"), ("A friend", "Un amigo")]
WHAT = [
    ("sleeps in the kitchen", "duerme en la cocina"),
    ("comes home tomorrow", "vuelve a casa mañana"),
    ("never eats breakfast", "nunca desayuna nada"),
    ("opened all the windows", "abrió todas las ventanas"),
    ("wants to go outside", "quiere salir a la calle"),
    ("has been waiting for hours", "lleva horas esperando"),
]
PAIRS = [(f"{who} {what}.", f"{quien} {hace}.") for who, quien in WHO for what, hace in WHAT]


def inspect(path: Path, rows: list[str], languages: tuple[str, str] | None = None) -> CheckReport:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    examples = read_pairs(str(path))
    if languages:
        examples = [example.arranged(languages) for example in examples]
    return check(examples, TASK, languages=languages)


def rows_of(*order: int) -> list[str]:
    return ["\t".join(pair[side] for side in order) for pair in PAIRS]


def fatal(report: CheckReport) -> list[str]:
    return [remark.message for remark in report.remarks if remark.is_fatal]


@pytest.mark.parametrize("languages", [None, ("en", "es")])
def test_sound_pairs_are_only_called_few(tmp_path: Path, languages: tuple[str, str] | None) -> None:
    report = inspect(tmp_path / "a.tsv", rows_of(0, 1), languages)
    assert [(item.is_fatal, item.message) for item in report.remarks] == [
        (
            False,
            "24 pairs are few; about 10,000 are needed for a network that translates new sentences",
        )
    ]


def test_too_few_pairs_are_an_error_that_says_how_many_are_needed(tmp_path: Path) -> None:
    report = inspect(tmp_path / "a.tsv", rows_of(0, 1)[:3])
    (message,) = fatal(report)
    assert message.startswith("3 pairs are too few to train on; give at least 20, and about 10,000")
    assert report.is_bad
    assert "error: 3 pairs" in report.to_text()


def test_swapped_sides_are_told_by_the_language(tmp_path: Path) -> None:
    assert fatal(inspect(tmp_path / "a.tsv", rows_of(1, 0), ("en", "es"))) == [
        "the sides are swapped: the sources are in 'es' and the targets in 'en'; use --source es "
        "--target en, or swap the columns"
    ]


def test_swapped_columns_with_names_are_put_right(tmp_path: Path) -> None:
    assert not fatal(inspect(tmp_path / "a.tsv", ["es\ten", *rows_of(1, 0)], ("en", "es")))


def test_names_that_are_the_wrong_way_round_are_told(tmp_path: Path) -> None:
    (message,) = fatal(inspect(tmp_path / "a.tsv", ["en\tes", *rows_of(1, 0)]))
    assert message.startswith("the sides are swapped")


def test_other_languages_than_the_named_ones_are_told(tmp_path: Path) -> None:
    (message,) = fatal(inspect(tmp_path / "a.tsv", ["en\tes", *rows_of(0, 1)], ("en", "fr")))
    assert message.startswith("the data names the languages 'en' and 'es', which are not 'en' and")
    report = inspect(tmp_path / "b.tsv", rows_of(0, 1), ("en", "fr"))
    assert report.remarks[-1].message == "the targets seem to be in 'es', not in 'fr'"
    assert not report.remarks[-1].is_fatal


def test_the_same_language_twice_is_told(tmp_path: Path) -> None:
    sources = [source for source, _ in PAIRS]
    shuffled = random.Random(1).sample(sources, len(sources))
    rows = [f"{one}\t{other}" for one, other in zip(sources, shuffled, strict=True)]
    report = inspect(tmp_path / "a.tsv", rows)
    assert report.remarks[-1].message == "both sides are in 'en'; is one of them translated?"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            [f"{number}\t{source}" for number, (source, _) in enumerate(PAIRS, 1276)],
            "24 of 24 pairs, first a.tsv line 1, have a number for a sentence; name the columns, "
            "as in pairs.tsv?source=2&target=4",
        ),
        (
            [f"{number}\t{number + 7}\tx" for number in range(30)],
            "30 of 30 pairs, first a.tsv line 1, are numbers; name the columns, as in",
        ),
        (
            [f"{source}, {target}" for source, target in PAIRS],
            "24 of 24 pairs, first a.tsv line 1, have an empty side; separate source and target",
        ),
        (
            rows_of(0, 0),
            "24 of 24 pairs, first a.tsv line 1, have the same text on both sides; give one column",
        ),
    ],
)
def test_wrong_columns_are_told_once_for_all(tmp_path: Path, rows: list[str], message: str) -> None:
    assert fatal(inspect(tmp_path / "a.tsv", rows))[0].startswith(message)


def test_a_number_for_a_sentence_is_named_with_its_line(tmp_path: Path) -> None:
    report = inspect(tmp_path / "a.tsv", [*rows_of(0, 1), "1276\tHola.", "2013\t2013"])
    (finding,) = report.findings
    assert finding.place == "a.tsv line 25"
    assert (
        finding.message == "the source '1276' is a number and no sentence; is it the right column?"
    )


def test_languages_that_the_detector_does_not_know_are_not_told(tmp_path: Path) -> None:
    assert not fatal(inspect(tmp_path / "a.tsv", rows_of(1, 0), ("xx", "es")))
