"""The parts of a page about a classifier that gives several labels an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dltasks.evaluation.page.charts import Line, chart
from dltasks.evaluation.page.elements import Section, figures, paragraph, table
from dltasks.evaluation.page.examples import show_examples

if TYPE_CHECKING:
    from dltasks.evaluation.several_labels import SeveralLabelsReport

MOST_ROWS = 500  # of the table of labels, and 100 bytes each


def describe(report: SeveralLabelsReport) -> list[Section]:
    """Give the sections of a page."""
    return [
        Section("Summary", figures(_headline(report))),
        *show_examples(
            "Worst mistakes",
            "Images that were given a wrong label or not given a true one, the score that is the "
            "furthest from the truth first.",
            report.worst,
            report.look,
        ),
        *show_examples(
            "Least sure",
            "Other images, with a score next to the threshold of its label.",
            report.least_sure,
            report.look,
        ),
        _labels(report),
        _curve(report),
    ]


def _headline(report: SeveralLabelsReport) -> dict[str, str]:
    metrics = report.metrics
    return {
        "images": f"{report.examples:,}",
        "mean average precision": f"{metrics['mean_average_precision']:.1%}",
        "micro F1": f"{report.micro_f1:.1%}",
        "macro F1": f"{metrics['macro_f1']:.1%}",
        "exact match": f"{report.exact:.1%}",
        "images per second": f"{report.images_per_second:,.0f}",
        "could not be read": f"{report.skipped:,}",
    }


def _labels(report: SeveralLabelsReport) -> Section:
    lowest_first = sorted(report.labels.items(), key=lambda item: item[1].average_precision)
    rows = [
        (
            name,
            f"{row.threshold:.2f}",
            f"{row.precision:.1%}",
            f"{row.recall:.1%}",
            f"{row.f1:.1%}",
            f"{row.average_precision:.1%}",
            f"{row.examples:,}",
        )
        for name, row in lowest_first[:MOST_ROWS]
    ]
    caption = "Labels that images have, the lowest average precision first"
    if len(lowest_first) > MOST_ROWS:
        caption += f"; the first {MOST_ROWS} of {len(lowest_first)}"
    headings = ("label", "threshold", "precision", "recall", "F1", "average precision", "images")
    return Section("Labels", table(caption, headings, rows))


def _curve(report: SeveralLabelsReport) -> Section:
    text = paragraph(
        "Precision and recall over all pairs of image and label, if all labels had the same "
        f"threshold; n = {report.examples:,} images."
    )
    line = Line("all labels", report.curve, is_marked=False)
    return Section(
        "Precision and recall", text + chart("Precision over recall", "recall", "precision", [line])
    )
