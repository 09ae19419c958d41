from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dltasks.evaluation.classification import (
    ClassificationReport,
    Prediction,
    calibrate,
    keep,
    measure,
)
from dltasks.evaluation.plots import plot_confusion, plot_history, plot_reliability

NAMES = ("ant", "bee", "cat")
# Truth and what was said: ant 3 of 4 right, bee 1 of 2, cat without any example.
PREDICTIONS = [
    Prediction(0, (0, 1, 2), 0.9),
    Prediction(0, (0, 2, 1), 0.9),
    Prediction(0, (0, 1, 2), 0.8),
    Prediction(0, (1, 0, 2), 0.5),
    Prediction(1, (1, 2, 0), 0.7),
    Prediction(1, (2, 1, 0), 0.6),
]


@pytest.fixture(scope="module")
def report() -> ClassificationReport:
    return measure(PREDICTIONS, NAMES, seconds=2.0, skipped=1)


def test_top_1_and_top_5_by_hand(report: ClassificationReport) -> None:
    assert report.top_1 == pytest.approx(4 / 6)
    assert report.top_5 == 1.0


def test_top_5_counts_five_and_no_more() -> None:
    ranked = tuple(range(7))
    predictions = [Prediction(truth, ranked, 0.5) for truth in (0, 4, 5, 6)]
    figures = measure(predictions, [str(index) for index in range(7)], seconds=1.0, skipped=0)
    assert (figures.top_1, figures.top_5) == (0.25, 0.5)


def test_accuracy_of_what_is_kept_by_hand() -> None:
    confidences = np.array([0.15, 0.55, 0.9, 0.92])
    rows = {row.confidence: row for row in keep(confidences, np.array([False, True, False, True]))}
    assert rows[0.0] == (0.0, 4, 1.0, 0.5)
    assert rows[0.2] == (0.2, 3, 0.75, pytest.approx(2 / 3))
    assert rows[0.9] == (0.9, 2, 0.5, 0.5)
    assert 0.95 not in rows  # nothing is that sure


def test_figures_of_each_class_by_hand(report: ClassificationReport) -> None:
    assert list(report.classes) == ["ant", "bee"]
    ant, bee = report.classes.values()
    assert ant == pytest.approx((1.0, 3 / 4, 6 / 7, 4))
    assert bee == pytest.approx((1 / 2, 1 / 2, 1 / 2, 2))


def test_headline_figures_by_hand(report: ClassificationReport) -> None:
    assert list(report.metrics) == ["top_1", "macro_f1", "calibration_error"]
    assert report.metrics["macro_f1"] == pytest.approx((6 / 7 + 1 / 2) / 2)
    assert report.images_per_second == 3.0


def test_confusion_by_hand(report: ClassificationReport) -> None:
    assert report.confusion.tolist() == [[3, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert report.worst_confusions() == [("ant", "bee", 1), ("bee", "cat", 1)]


def test_worst_confusions_come_first() -> None:
    predictions = [Prediction(0, (1,), 0.5)] + [Prediction(1, (0,), 0.5)] * 2
    figures = measure(predictions, ("a", "b"), seconds=1.0, skipped=0)
    assert figures.worst_confusions() == [("b", "a", 2), ("a", "b", 1)]


def test_calibration_error_by_hand() -> None:
    # Bins are 1/15 wide: 0.68 and 0.72 share bin 10, 0.95 is alone in bin 14, 1.0 joins it.
    confidences = np.array([0.68, 0.72, 0.95, 1.0])
    correct = np.array([True, False, True, True])
    rows, error = calibrate(confidences, correct)
    assert rows == (
        (pytest.approx(0.70), 0.5, 2),
        (pytest.approx(0.975), 1.0, 2),
    )
    assert error == pytest.approx((2 * 0.20 + 2 * 0.025) / 4)


def test_a_calibrated_model_has_no_calibration_error() -> None:
    confidences = np.full(10, 0.7)
    correct = np.arange(10) < 7
    assert calibrate(confidences, correct)[1] == pytest.approx(0.0)


def test_a_sure_and_wrong_model_has_the_largest_calibration_error() -> None:
    assert calibrate(np.ones(5), np.zeros(5, bool))[1] == 1.0


def test_report_is_plain_json(report: ClassificationReport) -> None:
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["metrics"] == pytest.approx(report.metrics)
    assert plain["examples"] == 6
    assert plain["skipped"] == 1
    assert plain["labels"] == list(NAMES)
    assert plain["classes"]["bee"]["examples"] == 2
    assert plain["kept"][0] == {
        "confidence": 0.0,
        "examples": 6,
        "coverage": 1.0,
        "accuracy": pytest.approx(4 / 6),
    }
    assert plain["worst"][0]["predicted"] == [{"name": "cat", "score": 0.6}]


def test_report_as_text_says_all_that_matters(report: ClassificationReport) -> None:
    text = report.to_text()
    assert "66.67%" in text
    assert "(6 examples)" in text
    assert "1  ant classified as bee" in text
    assert "1 examples could not be read" in text


def test_columns_of_the_text_stand_under_their_headings(report: ClassificationReport) -> None:
    lines = report.to_text().splitlines()
    heading = next(index for index, line in enumerate(lines) if line.startswith("class"))
    assert len(lines[heading]) == len(lines[heading + 1]) == len(lines[heading + 2])


def test_a_perfect_model_has_no_confusions_to_tell() -> None:
    figures = measure([Prediction(0, (0, 1), 1.0)], ("a", "b"), seconds=0.0, skipped=0)
    assert figures.worst_confusions() == []
    assert "confused" not in figures.to_text()
    assert "could not be read" not in figures.to_text()


def _assert_drawn(path: Path) -> None:
    with Image.open(path) as image:
        assert image.format == "PNG"
        pixels = np.asarray(image.convert("L"))
    assert min(pixels.shape) > 200
    assert (pixels < 200).mean() > 0.005, "the picture is blank"


def test_plots_are_pictures_and_not_blank(report: ClassificationReport, tmp_path: Path) -> None:
    paths = report.save_plots(tmp_path / "new" / "folder")
    assert [path.name for path in paths] == ["confusion_matrix.png", "reliability.png"]
    for path in paths:
        _assert_drawn(path)


def test_history_of_two_stages_is_drawn(tmp_path: Path) -> None:
    history = [
        {"stage": stage, "loss": 1.0 / epoch, "val_loss": 1.2 / epoch, "accuracy": 0.5}
        for stage in ("head", "network")
        for epoch in (1, 2, 3)
    ]
    plain = plot_history(history, tmp_path / "curves.png")
    _assert_drawn(plain)
    marked = plot_history(history, tmp_path / "marked.png", "8 training examples", best_epoch=4)
    _assert_drawn(marked)
    assert marked.read_bytes() != plain.read_bytes()


def test_plots_show_what_was_measured(tmp_path: Path) -> None:
    right = plot_confusion(np.diag([5, 5]), ("a", "b"), tmp_path / "right.png")
    wrong = plot_confusion(np.array([[0, 5], [5, 0]]), ("a", "b"), tmp_path / "wrong.png")
    assert right.read_bytes() != wrong.read_bytes()
    low = plot_reliability([(0.3, 0.2, 4)], tmp_path / "low.png")
    high = plot_reliability([(0.9, 0.8, 4)], tmp_path / "high.png")
    assert low.read_bytes() != high.read_bytes()


@pytest.mark.parametrize(
    "names", [("5 $ bill", r"$\frac{$"), ("a_b^c", "50% \\off"), ("鹿", "हिरण")]
)
def test_names_of_classes_are_drawn_whatever_is_in_them(
    names: tuple[str, str], tmp_path: Path
) -> None:
    _assert_drawn(plot_confusion(np.eye(2), names, tmp_path / "plot.png"))


def test_a_thousand_classes_are_drawn_without_names(tmp_path: Path) -> None:
    names = [f"class {index}" for index in range(1000)]
    path = plot_confusion(np.eye(1000), names, tmp_path / "plot.png")
    with Image.open(path) as image:
        assert max(image.size) < 2000
