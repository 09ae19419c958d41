"""Measure a classifier that gives several labels an image, and choose its thresholds."""

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
from pipelines.errors import ConfigurationError

EVEN = 0.5  # the threshold where there is nothing to choose one by
LEAST_EXAMPLES = 5  # of a label; the threshold of a rarer one is that of all labels together


class ScoredLabels(NamedTuple):
    """The scores of all labels of examples, and which of them each has.

    Attributes:
        scores: float32 [example, label], 0 to 1.
        truths: bool [example, label].
    """

    scores: np.ndarray
    truths: np.ndarray


class LabelFigures(NamedTuple):
    """How well one label is found, each 0 to 1, and how many examples have it."""

    threshold: float
    precision: float
    recall: float
    f1: float
    average_precision: float
    examples: int


@dataclass(frozen=True)
class SeveralLabelsReport(Report):
    """The figures of a classifier that gives several labels an image.

    Attributes:
        labels: label -> figures, for the labels that an example has.
        micro_f1: F1 over all pairs of example and label.
        exact: part of the examples with exactly their labels.
        curve: recall and precision over all pairs, for thresholds that rise.
        examples: that were measured.
        images_per_second: decoding included.
        skipped: examples that could not be read.
        worst: those with a wrong label or without a true one, the furthest from the truth first.
        least_sure: of the others, those with a score next to its threshold.
        look: makes pictures of examples, or None.
    """

    labels: dict[str, LabelFigures]
    micro_f1: float
    exact: float
    curve: tuple[tuple[float, float], ...]
    examples: int
    images_per_second: float
    skipped: int
    worst: tuple[ShownExample, ...] = ()
    least_sure: tuple[ShownExample, ...] = ()
    look: Look | None = None

    @property
    def metrics(self) -> dict[str, float]:
        figures = list(self.labels.values())
        return {
            "mean_average_precision": float(np.mean([row.average_precision for row in figures])),
            "micro_f1": self.micro_f1,
            "macro_f1": float(np.mean([row.f1 for row in figures])),
            "exact_match": self.exact,
        }

    def to_dict(self) -> dict[str, Any]:
        return {
            "metrics": self.metrics,
            "examples": self.examples,
            "skipped": self.skipped,
            "images_per_second": self.images_per_second,
            "labels": {name: figures._asdict() for name, figures in self.labels.items()},
            "worst": [item.to_dict() for item in self.worst],
            "least_sure": [item.to_dict() for item in self.least_sure],
        }

    def to_text(self) -> str:
        width = max(map(len, ("label", *self.labels)))
        titles = ("mean avg precision", "micro F1", "macro F1", "exact match")
        lines = [
            f"{title:<18} {value:8.2%}"
            for title, value in zip(titles, self.metrics.values(), strict=True)
        ]
        lines[0] += f"   ({self.examples} examples)"
        lines += [
            f"images per second  {self.images_per_second:8.1f}",
            "",
            f"{'label':<{width}}  threshold  precision  recall      F1  avg precision  examples",
        ]
        lines += [
            f"{name:<{width}}  {row.threshold:9.2f}  {row.precision:9.1%}  {row.recall:6.1%}  "
            f"{row.f1:6.1%}  {row.average_precision:13.1%}  {row.examples:8d}"
            for name, row in self.labels.items()
        ]
        if self.skipped:
            lines += ["", f"{self.skipped} examples could not be read and are not counted"]
        return "\n".join(lines)

    def sections(self) -> Sequence[Section]:
        from dltasks.evaluation.page.several_labels import describe

        return describe(self)

    def save_plots(self, folder: Path) -> list[Path]:
        from dltasks.evaluation.plots import plot_precision_recall

        return [plot_precision_recall(self.curve, folder / "precision_recall.png", self.examples)]


def measure_labels(
    scored: ScoredLabels,
    thresholds: np.ndarray,
    names: Sequence[str],
    *,
    seconds: float,
    skipped: int,
    sources: Sequence[str] = (),
    look: Look | None = None,
) -> SeveralLabelsReport:
    """Make a report of scores.

    Args:
        scored: at least one example.
        thresholds: [label], the least score of a label that an example has.
        names: of all labels, in order.
        seconds: that the scores took.
        skipped: examples that could not be read.
        sources: [example], their files; without them, no examples are shown.
        look: makes pictures of examples.

    Raises:
        ConfigurationError: no example has a label.
    """
    metrics = require("sklearn.metrics", "evaluation")
    scores, truths = scored
    if not truths.any():
        raise ConfigurationError("no example has a label, so there is nothing to measure")
    said = scores >= thresholds
    right, given, support = (part.sum(axis=0) for part in (said & truths, said, truths))
    precision, recall, f1 = _figures(right, given, support)
    _, _, micro_f1 = _figures(right.sum(), given.sum(), support.sum())
    curve_precision, curve_recall, _ = metrics.precision_recall_curve(
        truths.ravel(), scores.ravel(), drop_intermediate=True
    )
    worst, least_sure = _choose_examples(scored, thresholds, names, sources)
    return SeveralLabelsReport(
        labels={
            name: LabelFigures(
                threshold=float(thresholds[index]),
                precision=float(precision[index]),
                recall=float(recall[index]),
                f1=float(f1[index]),
                average_precision=float(
                    metrics.average_precision_score(truths[:, index], scores[:, index])
                ),
                examples=int(support[index]),
            )
            for index, name in enumerate(names)
            if support[index]
        },
        micro_f1=float(micro_f1),
        exact=float((said == truths).all(axis=1).mean()),
        curve=tuple(zip(curve_recall.tolist(), curve_precision.tolist(), strict=True)),
        examples=len(scores),
        images_per_second=len(scores) / max(seconds, 1e-9),
        skipped=skipped,
        worst=worst,
        least_sure=least_sure,
        look=look,
    )


def _choose_examples(
    scored: ScoredLabels, thresholds: np.ndarray, names: Sequence[str], sources: Sequence[str]
) -> tuple[tuple[ShownExample, ...], tuple[ShownExample, ...]]:
    """Choose the worst and the least sure examples, each with the label that makes it so."""
    if not sources:
        return (), ()
    scores, truths = scored
    wrong = (scores >= thresholds) != truths
    error = np.where(wrong, np.abs(scores - truths), 0.0)  # [example, label]
    distance = np.abs(scores - thresholds)
    by_error = np.argsort(-error.max(axis=1), kind="stable").tolist()
    by_distance = np.argsort(distance.min(axis=1), kind="stable").tolist()
    worst, unsure = choose_shown([row for row in by_error if wrong[row].any()], by_distance)

    def show(row: int, label: int) -> ShownExample:
        said = [
            (names[index], float(scores[row, index]))
            for index in np.argsort(-scores[row], kind="stable").tolist()
            if scores[row, index] >= thresholds[index]
        ]
        truth = tuple(names[index] for index in np.flatnonzero(truths[row]).tolist())
        return ShownExample(sources[row], truth, tuple(said), names[label])

    return (
        tuple(show(row, int(error[row].argmax())) for row in worst),
        tuple(show(row, int(distance[row].argmin())) for row in unsure),
    )


def _figures(right: Any, given: Any, support: Any) -> tuple[Any, Any, Any]:
    """Give precision, recall and F1; 0 where nothing was given, or nothing is there."""
    precision = right / np.maximum(given, 1)
    recall = right / np.maximum(support, 1)
    return precision, recall, 2 * right / np.maximum(given + support, 1)


def choose_thresholds(scores: np.ndarray, truths: np.ndarray) -> np.ndarray:
    """Choose the threshold of each label with which its F1 is the highest.

    Args:
        scores: [example, label], 0 to 1.
        truths: bool [example, label].

    Returns:
        [label]; of a label with few examples, the one that suits all labels together.
    """
    shared = _best_threshold(scores.ravel(), truths.ravel())
    return np.array(
        [
            _best_threshold(column, truth) if truth.sum() >= LEAST_EXAMPLES else shared
            for column, truth in zip(scores.T, truths.T, strict=True)
        ]
    )


def _best_threshold(scores: np.ndarray, truths: np.ndarray) -> float:
    """Give the middle between the two scores that the best F1 lies between."""
    if not truths.any():
        return EVEN
    order = np.argsort(-scores, kind="stable")
    ranked = np.append(scores[order], 0.0).astype(np.float64)
    right = np.cumsum(truths[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + truths.sum())
    f1[ranked[:-1] == ranked[1:]] = -1.0  # equal scores cannot be told apart
    best = int(np.argmax(f1))
    return float((ranked[best] + ranked[best + 1]) / 2)
