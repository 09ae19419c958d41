"""Measure a classifier: accuracy, per-class figures, confusion, calibration, speed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dltasks.evaluation.page.elements import Section
from dltasks.evaluation.report import Report
from dltasks.evaluation.shown import Look, ShownExample, choose_shown
from dltasks.extras import require

CALIBRATION_BINS = 15  # Guo et al. 2017, "On Calibration of Modern Neural Networks"
MOST_CONFUSIONS = 10
TOP_5_ABOVE = 10  # classes; among ten, five are half of them
CONFIDENCES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


class Prediction(NamedTuple):
    """What was said of one example.

    Attributes:
        truth: index of its class.
        ranked: class indices, likeliest first; at least one, five where there are so many classes.
        confidence: probability of the likeliest.
        source: its file.
    """

    truth: int
    ranked: tuple[int, ...]
    confidence: float
    source: str = ""


class ClassFigures(NamedTuple):
    """How well one class is found, each 0 to 1, and how many examples it has."""

    precision: float
    recall: float
    f1: float
    examples: int


class KeptFigures(NamedTuple):
    """How good answers are if those of less confidence are left out.

    Attributes:
        confidence: the least that is kept.
        examples: how many are kept; at least one.
        coverage: the part of all examples that they are.
        accuracy: the part of them that is right.
    """

    confidence: float
    examples: int
    coverage: float
    accuracy: float


@dataclass(frozen=True)
class ClassificationReport(Report):
    """A classifier's figures.

    Attributes:
        top_1: part of the examples whose likeliest class is right.
        top_5: part whose class is among the five likeliest.
        calibration_error: expected calibration error, 0 to 1.
        classes: class name -> figures, for the classes that have examples.
        confusion: [truth, predicted] counts, in the order of `names`.
        names: of all classes of the model.
        reliability: (mean confidence, accuracy, examples) of each bin that is not empty.
        images_per_second: decoding included.
        skipped: examples that could not be read.
        kept: accuracy and coverage for rising confidence.
        worst: what was classified wrongly, the most confident first.
        least_sure: what else was classified with the least confidence.
        look: makes pictures of examples, or None.
    """

    top_1: float
    top_5: float
    calibration_error: float
    classes: dict[str, ClassFigures]
    confusion: np.ndarray
    names: tuple[str, ...]
    reliability: tuple[tuple[float, float, int], ...]
    images_per_second: float
    skipped: int
    kept: tuple[KeptFigures, ...] = ()
    worst: tuple[ShownExample, ...] = ()
    least_sure: tuple[ShownExample, ...] = ()
    look: Look | None = None

    @property
    def examples(self) -> int:
        """How many were measured."""
        return int(self.confusion.sum())

    @property
    def metrics(self) -> dict[str, float]:
        f1 = [figures.f1 for figures in self.classes.values()]
        top_5 = {"top_5": self.top_5} if len(self.names) > TOP_5_ABOVE else {}
        return {
            "top_1": self.top_1,
            **top_5,
            "macro_f1": float(np.mean(f1)),
            "calibration_error": self.calibration_error,
        }

    def to_dict(self) -> dict[str, Any]:
        return {
            "metrics": self.metrics,
            "examples": self.examples,
            "skipped": self.skipped,
            "images_per_second": self.images_per_second,
            "classes": {name: figures._asdict() for name, figures in self.classes.items()},
            "labels": list(self.names),
            "confusion": self.confusion.tolist(),
            "reliability": [list(row) for row in self.reliability],
            "kept": [row._asdict() for row in self.kept],
            "worst": [item.to_dict() for item in self.worst],
            "least_sure": [item.to_dict() for item in self.least_sure],
        }

    def to_text(self) -> str:
        width = max(map(len, ("class", *self.classes)))
        has_top_5 = "top_5" in self.metrics
        top_5 = [f"top-5 accuracy     {self.top_5:8.2%}"] if has_top_5 else []
        lines = [
            f"top-1 accuracy     {self.top_1:8.2%}   ({self.examples} examples)",
            *top_5,
            f"calibration error  {self.calibration_error:8.2%}",
            f"images per second  {self.images_per_second:8.1f}",
            "",
            f"{'class':<{width}}  precision  recall      F1  examples",
        ]
        lines += [
            f"{name:<{width}}  {row.precision:9.1%}  {row.recall:6.1%}  {row.f1:6.1%}  "
            f"{row.examples:8d}"
            for name, row in self.classes.items()
        ]
        if confusions := self.worst_confusions():
            lines += ["", "most often confused"]
            lines += [
                f"{count:5d}  {truth} classified as {said}" for truth, said, count in confusions
            ]
        if self.skipped:
            lines += ["", f"{self.skipped} examples could not be read and are not counted"]
        return "\n".join(lines)

    def sections(self) -> Sequence[Section]:
        from dltasks.evaluation.page.classification import describe

        return describe(self)

    def worst_confusions(self, count: int = MOST_CONFUSIONS) -> list[tuple[str, str, int]]:
        """Give (truth, predicted, count), the most frequent first, so many at the most."""
        wrong = self.confusion.copy()
        np.fill_diagonal(wrong, 0)
        flat = np.argsort(-wrong, axis=None, kind="stable")[:count]
        pairs = zip(*np.unravel_index(flat, wrong.shape), strict=True)
        return [(self.names[i], self.names[j], int(wrong[i, j])) for i, j in pairs if wrong[i, j]]

    def save_plots(self, folder: Path) -> list[Path]:
        from dltasks.evaluation.plots import plot_confusion, plot_reliability

        return [
            plot_confusion(self.confusion, self.names, folder / "confusion_matrix.png"),
            plot_reliability(self.reliability, folder / "reliability.png"),
        ]


def measure(
    predictions: Sequence[Prediction],
    names: Sequence[str],
    *,
    seconds: float,
    skipped: int,
    look: Look | None = None,
) -> ClassificationReport:
    """Make a report of predictions.

    Args:
        predictions: one per example; at least one.
        names: of all classes, in the order of the indices.
        seconds: that the predictions took.
        skipped: examples that could not be read.
        look: makes pictures of examples.
    """
    metrics = require("sklearn.metrics", "evaluation")
    truths = np.array([item.truth for item in predictions])
    said = np.array([item.ranked[0] for item in predictions])
    confidences = np.array([item.confidence for item in predictions])
    correct = truths == said
    every_class = range(len(names))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truths, said, labels=every_class, zero_division=0.0
    )
    reliability, calibration_error = calibrate(confidences, correct)
    rising = np.argsort(confidences, kind="stable")
    wrong_falling = [index for index in rising[::-1].tolist() if not correct[index]]
    worst, least_sure = choose_shown(wrong_falling, rising.tolist())
    return ClassificationReport(
        top_1=float(correct.mean()),
        top_5=float(np.mean([item.truth in item.ranked[:5] for item in predictions])),
        calibration_error=calibration_error,
        classes={
            names[index]: ClassFigures(
                float(precision[index]), float(recall[index]), float(f1[index]), int(support[index])
            )
            for index in every_class
            if support[index]
        },
        confusion=metrics.confusion_matrix(truths, said, labels=every_class),
        names=tuple(names),
        reliability=reliability,
        images_per_second=len(predictions) / max(seconds, 1e-9),
        skipped=skipped,
        kept=keep(confidences, correct),
        worst=tuple(_show(predictions[index], names) for index in worst),
        least_sure=tuple(_show(predictions[index], names) for index in least_sure),
        look=look,
    )


def _show(prediction: Prediction, names: Sequence[str]) -> ShownExample:
    said = names[prediction.ranked[0]], prediction.confidence
    return ShownExample(prediction.source, (names[prediction.truth],), (said,))


def keep(confidences: np.ndarray, correct: np.ndarray) -> tuple[KeptFigures, ...]:
    """Measure how good answers are if those of less confidence are left out.

    Args:
        confidences: [example], 0 to 1.
        correct: [example], boolean.

    Returns:
        A row for each of `CONFIDENCES` that an example has.
    """
    kept = [(least, confidences >= least) for least in CONFIDENCES]
    return tuple(
        KeptFigures(least, int(part.sum()), float(part.mean()), float(correct[part].mean()))
        for least, part in kept
        if part.any()
    )


def calibrate(
    confidences: np.ndarray, correct: np.ndarray
) -> tuple[tuple[tuple[float, float, int], ...], float]:
    """Compare confidence with accuracy in bins of equal width (Guo et al. 2017, eq. 3).

    Args:
        confidences: [example], 0 to 1.
        correct: [example], boolean.

    Returns:
        (mean confidence, accuracy, examples) of each bin that is not empty, and the expected
        calibration error.
    """
    bins = np.minimum((confidences * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    rows = []
    for index in np.unique(bins):
        inside = bins == index
        rows.append(
            (float(confidences[inside].mean()), float(correct[inside].mean()), int(inside.sum()))
        )
    error = sum(abs(said - true) * count for said, true, count in rows) / len(confidences)
    return tuple(rows), float(error)
