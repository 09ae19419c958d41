"""Measure a bundle on examples, with one class an image or several labels; choose thresholds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import numpy as np

from dltasks.data.examples import Example
from dltasks.data.labels import MARK, labels_of
from dltasks.evaluation.classification import ClassificationReport, Prediction, measure
from dltasks.evaluation.several_labels import (
    ScoredLabels,
    SeveralLabelsReport,
    choose_thresholds,
    measure_labels,
)
from dltasks.tasks.evaluate import Answers, answer
from dltasks.tasks.image_classification.looking import look
from pipelines.errors import ConfigurationError
from pipelines.image_classification import ImageClassification


def measure_classes(
    pipeline: ImageClassification, examples: Sequence[Example], batch_size: int | None
) -> ClassificationReport:
    """Measure a model that gives one class an image; see `Task.evaluate`."""
    index_of = _class_indices(pipeline, examples)
    by_name = {name: index for index, (name, _) in enumerate(pipeline.labels)}
    answers = answer(pipeline, examples, batch_size, reject=False)
    predictions = [
        Prediction(
            truth=index_of[example.target],
            ranked=tuple(by_name[label.name] for label in result.labels),
            confidence=result.labels[0].score,
            source=example.source,
        )
        for example, result in answers.pairs
    ]
    return measure(
        predictions,
        [name for name, _ in pipeline.labels],
        seconds=answers.seconds,
        skipped=answers.skipped,
        look=partial(look, pipeline),
    )


def measure_several(
    pipeline: ImageClassification, examples: Sequence[Example], batch_size: int | None
) -> SeveralLabelsReport:
    """Measure a model that gives several labels an image; see `Task.evaluate`."""
    assert pipeline.thresholds is not None
    scored, answers = _score(pipeline, examples, batch_size)
    return measure_labels(
        scored,
        pipeline.thresholds,
        [name for name, _ in pipeline.labels],
        seconds=answers.seconds,
        skipped=answers.skipped,
        sources=[example.source for example, _ in answers.pairs],
        look=partial(look, pipeline),
    )


def thresholds_on(pipeline: ImageClassification, examples: Sequence[Example]) -> bytes:
    """Choose the thresholds of a model that gives several labels, as a bundle holds them."""
    scored, _ = _score(pipeline, examples, None)
    return thresholds_as_file(choose_thresholds(scored.scores, scored.truths).tolist())


def thresholds_as_file(thresholds: Sequence[float]) -> bytes:
    """Write thresholds, in the order of the labels, as a bundle holds them."""
    return json.dumps(list(thresholds)).encode()


def _score(
    pipeline: ImageClassification, examples: Sequence[Example], batch_size: int | None
) -> tuple[ScoredLabels, Answers]:
    index_of = _class_indices(pipeline, examples)
    by_name = {name: index for index, (name, _) in enumerate(pipeline.labels)}
    answers = answer(pipeline, examples, batch_size, top_k=len(pipeline.labels))
    scores = np.zeros((len(answers.pairs), len(pipeline.labels)), np.float32)
    truths = np.zeros(scores.shape, bool)
    for row, (example, result) in enumerate(answers.pairs):
        for label in result.labels:
            scores[row, by_name[label.name]] = label.score
        truths[row, [index_of[name] for name in labels_of(example.target)]] = True
    return ScoredLabels(scores, truths), answers


def _class_indices(pipeline: ImageClassification, examples: Sequence[Example]) -> dict[str, int]:
    """Map the labels of examples, names or identifiers, to the outputs of the network.

    Raises:
        ConfigurationError: the model does not know one.
    """
    index_of: dict[str, int] = {}
    for index, (name, identifier) in enumerate(pipeline.labels):
        index_of[name] = index
        index_of.setdefault(identifier, index)
    gives_several = pipeline.thresholds is not None
    for example in examples:
        wanted = labels_of(example.target) if gives_several else (example.target,)
        unknown = next((name for name in wanted if name not in index_of), None)
        if unknown is not None:
            several = MARK in unknown or not unknown
            hint = "; it gives each image one class" if several and not gives_several else ""
            raise ConfigurationError(
                f"{example.origin or example.source}: class {unknown!r} is not one that model "
                f"{pipeline.bundle.name!r} knows{hint}"
            )
    return index_of
