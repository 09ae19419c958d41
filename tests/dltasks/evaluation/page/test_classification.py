"""The page of a classifier, read as a browser reads it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from dltasks.evaluation.classification import ClassificationReport, Prediction, measure
from dltasks.evaluation.page.classification import MOST_IN_MATRIX
from dltasks.evaluation.shown import MOST_UNSURE, MOST_WORST, Pictures, ShownExample

from .pages import assert_stands_alone, parse, rows_of, table_called

NAMES = ("ant <b>", "bee", "cat")
PREDICTIONS = [
    Prediction(0, (0, 1, 2), 0.95, "a/<img src=x>.jpg"),
    Prediction(0, (1, 0, 2), 0.5, "b.jpg"),
    Prediction(1, (1, 2, 0), 0.75, "c.jpg"),
    Prediction(1, (0, 2, 1), 0.85, "d.jpg"),
]


def look(examples: Sequence[ShownExample]) -> list[Pictures]:
    return [Pictures(b"photograph", b"map") for _ in examples]


@pytest.fixture
def report() -> ClassificationReport:
    return measure(PREDICTIONS, NAMES, seconds=2.0, skipped=1, look=look)


def _section_titles(page: str) -> list[str]:
    return [item.content for item in parse(page).all("h2")]


def test_the_page_stands_alone_and_has_every_part(report: ClassificationReport) -> None:
    page = report.to_html("m on d", {"model": "m"})
    assert_stands_alone(page)
    assert _section_titles(page) == [
        "Summary",
        "Most confident mistakes",
        "Least sure",
        "Confusion matrix",
        "Classes",
        "Calibration",
        "Thresholds",
    ]


def test_tables_have_the_counts_of_the_report(report: ClassificationReport) -> None:
    root = parse(report.to_html())
    # "cat" was neither there nor said.
    assert rows_of(table_called(root, "Images by class, n = 4")) == [
        ["ant <b>", "1", "1"],
        ["bee", "1", "1"],
    ]
    bins = rows_of(table_called(root, "Bins of confidence"))
    assert bins == [[f"{c:.1%}", f"{a:.1%}", str(n)] for c, a, n in report.reliability]
    kept = rows_of(table_called(root, "Accuracy of the answers"))
    assert kept[0] == ["0%", "50.0%", "100.0%", "4"]
    assert kept[-1] == ["95%", "100.0%", "25.0%", "1"]
    assert rows_of(table_called(root, "Classes"))[0] == ["ant <b>", "50.0%", "50.0%", "50.0%", "2"]


def test_the_most_confident_mistake_comes_first_and_nothing_comes_twice(
    report: ClassificationReport,
) -> None:
    figures = [item.content for item in parse(report.to_html()).all("figure")]
    assert figures == [
        "truthbeepredictedant <b> 85.0%filed.jpg",
        "truthant <b>predictedbee 50.0%fileb.jpg",
        "truthbeepredictedbee 75.0%filec.jpg",
        "truthant <b>predictedant <b> 95.0%filea/<img src=x>.jpg",
    ]


def test_pictures_have_maps_beside_them_where_there_are_some(
    report: ClassificationReport,
) -> None:
    figure = parse(report.to_html()).all("figure")[0]
    assert [image.attributes["alt"] for image in figure.all("img")] == [
        "example of bee",
        "class activation map for ant <b>",
    ]
    no_maps = measure(
        PREDICTIONS,
        NAMES,
        seconds=1.0,
        skipped=0,
        look=lambda shown: [Pictures(b"x", None)] * len(shown),
    )
    page = no_maps.to_html()
    assert len(parse(page).all("img")) == 4
    assert "class activation map" not in page


def test_a_report_without_pictures_names_the_files() -> None:
    page = measure(PREDICTIONS, NAMES, seconds=1.0, skipped=0).to_html()
    assert not parse(page).all("img")
    assert "filed.jpg" in parse(page).content


def test_a_perfect_model_has_no_mistakes_to_show() -> None:
    report = measure([Prediction(0, (0, 1), 1.0, "a.jpg")], ("a", "b"), seconds=1.0, skipped=0)
    titles = _section_titles(report.to_html())
    assert "Most confident mistakes" not in titles
    assert "Least sure" in titles


def test_ten_thousand_images_of_a_thousand_classes_make_a_small_file() -> None:
    random = np.random.default_rng(0)
    names = ["x" * 300 + str(index) for index in range(1000)]
    predictions = [
        Prediction(int(truth), (int(said),), float(confidence), "y" * 300)
        for truth, said, confidence in zip(
            random.integers(0, 1000, 10_000),
            random.integers(0, 1000, 10_000),
            random.random(10_000),
            strict=True,
        )
    ]
    many = measure(
        predictions,
        names,
        seconds=1.0,
        skipped=0,
        look=lambda shown: [Pictures(bytes(10_000), bytes(10_000))] * len(shown),
    )
    page = many.to_html()
    assert len(page) < 3_000_000
    root = parse(page)
    assert len(root.all("figure")) == MOST_WORST + MOST_UNSURE
    assert "1000 classes are too many for a matrix" in root.content


def test_the_largest_matrix_makes_a_small_file() -> None:
    names = [f"{index}" for index in range(MOST_IN_MATRIX)]
    predictions = [Prediction(i, (j,), 0.5) for i in range(len(names)) for j in range(len(names))]
    page = measure(predictions, names, seconds=1.0, skipped=0).to_html()
    assert len(page) < 500_000
    assert len(rows_of(table_called(parse(page), "Images by class"))) == MOST_IN_MATRIX


@pytest.mark.parametrize(("classes", "shown"), [(10, False), (11, True)])
def test_top_5_is_shown_above_ten_classes(classes: int, shown: bool) -> None:
    names = [str(index) for index in range(classes)]
    report = measure([Prediction(0, (0, 1), 1.0)], names, seconds=1.0, skipped=0)
    assert ("top-5" in report.to_html()) is shown
    assert ("top-5" in report.to_text()) is shown
    assert ("top_5" in report.metrics) is shown
    assert ("top_5" in report.to_dict()["metrics"]) is shown
