"""Find images like another one, by the angle between their features."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from pipelines.base import Pipeline, TaskResult
from pipelines.image_classification.calibration import normalise
from pipelines.image_classification.inspection import Decoded, ImageInspection
from pipelines.images import ImageSource, describe
from pipelines.options import InspectionOptions, SimilarityOptions
from pipelines.session import Graph


@dataclass(frozen=True)
class SimilarImage:
    """An image of the collection.

    Attributes:
        file: its name.
        similarity: cosine of the angle between its features and those of the query, -1 to 1.
    """

    file: str
    similarity: float


@dataclass(frozen=True, repr=False)
class SimilarImages(TaskResult):
    """The images that are most like the query, best first."""

    similar: tuple[SimilarImage, ...]

    def __str__(self) -> str:
        return "\n".join(f"{image.similarity:6.3f}  {image.file}" for image in self.similar)


class _Query(NamedTuple):
    decoded: Decoded
    path: str


class ImageSimilarity(Pipeline[ImageSource, _Query, SimilarityOptions, SimilarImages]):
    """Find the images of a collection that are most like another one.

    A file of the collection is left out where it is itself the query.

    Args:
        inspection: gives the features of a query.
        files: names of the images of the collection.
        features: float32 [file, feature], those of the same model.
    """

    options_class = SimilarityOptions

    def __init__(
        self, inspection: ImageInspection, files: Sequence[str], features: np.ndarray
    ) -> None:
        super().__init__(inspection.bundle, device=inspection.device, threads=inspection.threads)
        self._inspection = inspection
        self._files = list(files)
        self._paths = np.array([os.path.realpath(file) for file in files])
        self._features = features
        self._directions = normalise(features)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._inspection, self._files, self._features)

    def load_graphs(self, threads: int) -> Graph:
        return self._inspection.load_graphs(threads)

    def decode(self, source: ImageSource, options: SimilarityOptions) -> _Query:
        decoded = self._inspection.decode(source, InspectionOptions())
        return _Query(decoded, os.path.realpath(describe(source)))

    def infer(
        self, graph: Graph, examples: Sequence[_Query], options: SimilarityOptions
    ) -> list[SimilarImages]:
        decoded = [example.decoded for example in examples]
        inspected = self._inspection.infer(graph, decoded, InspectionOptions())
        return [
            self._rank(one.features, example.path, options.top)
            for one, example in zip(inspected, examples, strict=True)
        ]

    def _rank(self, features: np.ndarray, path: str, count: int) -> SimilarImages:
        similarities = np.clip(self._directions @ normalise(features), -1.0, 1.0)  # [file]
        others = np.flatnonzero(self._paths != path)
        best = others[np.argsort(-similarities[others], kind="stable")][:count]
        return SimilarImages(
            tuple(SimilarImage(self._files[index], float(similarities[index])) for index in best)
        )
