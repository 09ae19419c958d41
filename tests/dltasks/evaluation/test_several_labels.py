"""Figures and thresholds of a classifier that gives several labels an image, by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dltasks.evaluation.several_labels import (
    ScoredLabels,
    SeveralLabelsReport,
    choose_thresholds,
    measure_labels,
)
from pipelines.errors import ConfigurationError

NAMES = ("rose", "red", "wet")
SCORES = np.array([[0.9, 0.8, 0.1], [0.8, 0.3, 0.2], [0.4, 0.6, 0.3], [0.1, 0.2, 0.9]], np.float32)
TRUTHS = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], bool)
# With thresholds of a half: rose 2 of 3 found, red 2 of 3, and wet is said once, wrongly.


@pytest.fixture
def report() -> SeveralLabelsReport:
    scored = ScoredLabels(SCORES, TRUTHS)
    return measure_labels(scored, np.full(3, 0.5), NAMES, seconds=2.0, skipped=1)


def test_figures_by_hand(report: SeveralLabelsReport) -> None:
    assert list(report.labels) == ["rose", "red"]
    assert report.labels["rose"] == pytest.approx((0.5, 1.0, 2 / 3, 0.8, 1.0, 3))
    # red is ranked right, right, wrong, right: (1 + 1 + 3/4) / 3
    assert report.labels["red"] == pytest.approx((0.5, 1.0, 2 / 3, 0.8, 11 / 12, 3))
    assert report.metrics == pytest.approx(
        {
            "mean_average_precision": (1 + 11 / 12) / 2,
            "micro_f1": 2 * 4 / (5 + 6),
            "macro_f1": 0.8,
            "exact_match": 2 / 4,
        }
    )
    assert (report.examples, report.images_per_second, report.skipped) == (4, 2.0, 1)


def test_a_single_label_is_measured_like_several() -> None:
    scored = ScoredLabels(SCORES[:, :1], TRUTHS[:, :1])
    alone = measure_labels(scored, np.full(1, 0.5), NAMES[:1], seconds=1.0, skipped=0)
    assert alone.labels["rose"] == pytest.approx((0.5, 1.0, 2 / 3, 0.8, 1.0, 3))


def test_examples_without_any_label_are_refused() -> None:
    scored = ScoredLabels(SCORES, np.zeros_like(TRUTHS))
    with pytest.raises(ConfigurationError, match="no example has a label"):
        measure_labels(scored, np.full(3, 0.5), NAMES, seconds=1.0, skipped=0)


def test_the_report_is_plain_json_a_table_and_a_picture(
    report: SeveralLabelsReport, tmp_path: Path
) -> None:
    content = json.loads(json.dumps(report.to_dict()))
    assert content["labels"]["red"]["examples"] == 3
    assert content["metrics"] == report.metrics
    lines = report.to_text().splitlines()
    assert lines[0] == "mean avg precision   95.83%   (4 examples)"
    assert lines[6].split() == ["label", "threshold", *lines[6].split()[2:]]
    assert lines[7].split() == ["rose", "0.50", "100.0%", "66.7%", "80.0%", "100.0%", "3"]
    assert len(lines[6]) == len(lines[7])
    assert lines[-1] == "1 examples could not be read and are not counted"
    (path,) = report.save_plots(tmp_path)
    with Image.open(path) as picture:
        assert picture.convert("L").getextrema()[0] < 128


def test_the_threshold_is_where_the_f1_is_best() -> None:
    scores = np.array([[0.9], [0.8], [0.7], [0.6], [0.5], [0.4], [0.1]])
    truths = np.array([[1], [1], [1], [0], [1], [1], [0]], bool)
    # Above 0.4, five of six are right and none is missing: F1 10/11; above 0.7, 6/8.
    assert choose_thresholds(scores, truths) == pytest.approx([0.25])


def test_equal_scores_stay_on_one_side() -> None:
    scores = np.repeat([0.9, 0.3, 0.1], 5)[:, None]
    truths = np.array([1] * 5 + [1, 0, 0, 0, 0] + [0] * 5, bool)[:, None]
    assert choose_thresholds(scores, truths) == pytest.approx([0.6])


def test_a_label_of_few_examples_takes_the_threshold_of_all() -> None:
    scores = np.array([[0.9, 0.2], [0.8, 0.1], [0.7, 0.1], [0.6, 0.1], [0.5, 0.1], [0.1, 0.1]])
    truths = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [0, 1]], bool)
    first, second = choose_thresholds(scores, truths)
    assert first == pytest.approx(0.3)
    assert second == pytest.approx((0.5 + 0.2) / 2)


def test_without_any_label_the_threshold_is_a_half() -> None:
    assert choose_thresholds(SCORES, np.zeros_like(TRUTHS)).tolist() == [0.5] * 3
