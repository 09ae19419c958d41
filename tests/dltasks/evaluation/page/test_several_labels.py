"""The page of a classifier with several labels an image, read as a browser reads it."""

from __future__ import annotations

import numpy as np

from dltasks.evaluation.several_labels import ScoredLabels, measure_labels
from dltasks.evaluation.shown import Pictures

from .pages import assert_stands_alone, parse, rows_of, table_called

NAMES = ("rose", "red <i>", "wet")
SCORES = np.array([[0.9, 0.8, 0.1], [0.8, 0.3, 0.2], [0.4, 0.7, 0.3], [0.1, 0.2, 0.9]], np.float32)
TRUTHS = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0]], bool)
SOURCES = [f"{index}.jpg" for index in range(4)]


def _page(scores: np.ndarray = SCORES, truths: np.ndarray = TRUTHS) -> str:
    return measure_labels(
        ScoredLabels(scores, truths),
        np.full(3, 0.5),
        NAMES,
        seconds=1.0,
        skipped=0,
        sources=SOURCES[: len(scores)],
        look=lambda shown: [Pictures(b"photograph", b"map")] * len(shown),
    ).to_html()


def test_the_page_stands_alone_and_has_every_part() -> None:
    page = _page()
    assert_stands_alone(page)
    assert [item.content for item in parse(page).all("h2")] == [
        "Summary",
        "Worst mistakes",
        "Least sure",
        "Labels",
        "Precision and recall",
    ]


def test_the_table_has_thresholds_and_figures() -> None:
    rows = rows_of(table_called(parse(_page()), "Labels"))
    assert rows[0] == ["rose", "0.50", "100.0%", "66.7%", "80.0%", "100.0%", "3"]
    assert rows[1] == ["red <i>", "0.50", "100.0%", "100.0%", "100.0%", "100.0%", "2"]


def test_the_worst_example_comes_first_with_the_label_that_makes_it_so() -> None:
    figures = [item.content for item in parse(_page()).all("figure")]
    assert figures == [
        "truthno labelpredictedwet 90.0%map forwetfile3.jpg",
        "truthrose, red <i>predictedred <i> 70.0%map forrosefile2.jpg",
        "truthrosepredictedrose 80.0%map forred <i>file1.jpg",
        "truthrose, red <i>predictedrose 90.0%, red <i> 80.0%map forred <i>file0.jpg",
    ]


def test_one_image_makes_a_page() -> None:
    page = _page(SCORES[:1], TRUTHS[:1])
    assert_stands_alone(page)
    assert len(parse(page).all("figure")) == 1
