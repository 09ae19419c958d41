from __future__ import annotations

import pytest

from dltasks.evaluation.classification import Prediction, measure
from dltasks.evaluation.text import LikelihoodReport
from pipelines.errors import ConfigurationError

from .page.pages import assert_stands_alone, parse


def test_a_notebook_shows_what_the_page_has_and_the_plots() -> None:
    report = measure([Prediction(0, (1,), 0.9, "a.jpg")], ("a", "b"), seconds=1.0, skipped=0)
    shown = report._repr_html_()
    assert_stands_alone(shown)
    root = parse(shown)
    assert [item.content for item in root.all("h2")] == [
        *(item.content for item in parse(report.to_html()).all("h2")),
        "Plots",
    ]
    assert [image.attributes["alt"] for image in root.all("img")] == [
        "confusion matrix",
        "reliability",
    ]


def test_a_report_of_another_task_is_text_in_a_notebook_and_no_page() -> None:
    report = LikelihoodReport(1.0, 1, 1, 1, {"<": 1}, 1.0)
    assert report._repr_html_().startswith("<pre>loss 1.0000")
    assert "&lt;" in report._repr_html_()
    with pytest.raises(ConfigurationError, match="LikelihoodReport cannot be given as a page"):
        report.to_html()
