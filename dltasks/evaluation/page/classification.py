"""The parts of a page about a classifier that gives one class an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dltasks.evaluation.page.charts import Line, chart
from dltasks.evaluation.page.elements import (
    Section,
    figures,
    matrix,
    paragraph,
    side_by_side,
    table,
)
from dltasks.evaluation.page.examples import show_examples

if TYPE_CHECKING:
    from dltasks.evaluation.classification import ClassificationReport

MOST_IN_MATRIX = 40  # classes; 1,600 counts can still be looked through
MOST_ROWS = 500  # of the table of classes, and 100 bytes each
MOST_CONFUSIONS = 50


def describe(report: ClassificationReport) -> list[Section]:
    """Give the sections of a page."""
    return [
        Section("Summary", figures(_headline(report))),
        *show_examples(
            "Most confident mistakes",
            "Images that were given a wrong class, the most confident answer first. Look for wrong "
            "labels in the data, and for what these images have in common.",
            report.worst,
            report.look,
        ),
        *show_examples(
            "Least sure",
            "Other images, right or wrong, whose answer has the lowest confidence. More training "
            "images like these help the most.",
            report.least_sure,
            report.look,
        ),
        _confusion(report),
        _classes(report),
        _calibration(report),
        _kept(report),
    ]


def _headline(report: ClassificationReport) -> dict[str, str]:
    metrics = report.metrics
    top_5 = {"top-5 accuracy": f"{report.top_5:.1%}"} if "top_5" in metrics else {}
    return {
        "images": f"{report.examples:,}",
        "top-1 accuracy": f"{report.top_1:.1%}",
        **top_5,
        "macro F1": f"{metrics['macro_f1']:.1%}",
        "calibration error": f"{report.calibration_error:.1%}",
        "images per second": f"{report.images_per_second:,.0f}",
        "could not be read": f"{report.skipped:,}",
    }


def _confusion(report: ClassificationReport) -> Section:
    found = report.confusion.sum(axis=0) + report.confusion.sum(axis=1)
    involved = np.flatnonzero(found)
    parts = []
    if len(involved) <= MOST_IN_MATRIX:
        names = [report.names[index] for index in involved]
        counts = report.confusion[np.ix_(involved, involved)].tolist()
        parts.append(matrix(f"Images by class, n = {report.examples:,}", names, counts))
    else:
        parts.append(paragraph(f"{len(involved)} classes are too many for a matrix."))
    if confusions := report.worst_confusions(MOST_CONFUSIONS):
        rows = [(f"{truth} classified as {said}", f"{n:,}") for truth, said, n in confusions]
        parts.append(table("Most often confused", ("mistake", "images"), rows))
    return Section("Confusion matrix", side_by_side(*parts))


def _classes(report: ClassificationReport) -> Section:
    lowest_first = sorted(report.classes.items(), key=lambda item: item[1].f1)
    rows = [
        (name, f"{row.precision:.1%}", f"{row.recall:.1%}", f"{row.f1:.1%}", f"{row.examples:,}")
        for name, row in lowest_first[:MOST_ROWS]
    ]
    caption = "Classes that have images, the lowest F1 first"
    if len(lowest_first) > MOST_ROWS:
        caption += f"; the first {MOST_ROWS} of {len(lowest_first)}"
    headings = ("class", "precision", "recall", "F1", "images")
    return Section("Classes", table(caption, headings, rows))


def _calibration(report: ClassificationReport) -> Section:
    text = paragraph(
        "Of answers with a confidence of 80 %, 80 % should be right: then the curve lies on the "
        "diagonal. Points of few images say little."
    )
    points = [(confidence, accuracy) for confidence, accuracy, _ in report.reliability]
    drawn = chart(
        "Accuracy over confidence; the table has the values",
        "confidence",
        "accuracy",
        [Line("model", points)],
        diagonal=True,
    )
    rows = [
        (f"{confidence:.1%}", f"{accuracy:.1%}", f"{count:,}")
        for confidence, accuracy, count in report.reliability
    ]
    headings = ("mean confidence", "accuracy", "images")
    caption = f"Bins of confidence, n = {report.examples:,}"
    return Section("Calibration", text + side_by_side(drawn, table(caption, headings, rows)))


def _kept(report: ClassificationReport) -> Section:
    text = paragraph(
        "How many images are answered, and how many of these answers are right, if answers below "
        "a confidence are left to a person."
    )
    drawn = chart(
        "Accuracy and coverage over the least confidence; the table has the values",
        "least confidence",
        "part of images",
        [
            Line("accuracy", [(row.confidence, row.accuracy) for row in report.kept]),
            Line("coverage", [(row.confidence, row.coverage) for row in report.kept]),
        ],
    )
    rows = [
        (f"{row.confidence:.0%}", f"{row.accuracy:.1%}", f"{row.coverage:.1%}", f"{row.examples:,}")
        for row in report.kept
    ]
    headings = ("least confidence", "accuracy", "coverage", "images answered")
    caption = f"Accuracy of the answers that are kept, n = {report.examples:,}"
    return Section("Thresholds", text + side_by_side(drawn, table(caption, headings, rows)))
