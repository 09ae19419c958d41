"""Look inside a classifier: the features of an image, and where in it the network saw a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from pipelines.base import Pipeline, TaskResult
from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError, ConfigurationError
from pipelines.image_classification.head import find_head
from pipelines.image_classification.judgement import Judge
from pipelines.image_classification.labels import as_label, find_class
from pipelines.image_classification.results import Classification, Explanation
from pipelines.images import ImagePreprocessing, ImageSource, find_crop, read_photograph, resize
from pipelines.options import InspectionOptions
from pipelines.session import Graph, Shape, expect


@dataclass(frozen=True, repr=False, eq=False)
class Inspection(TaskResult):
    """What one run of the network gave for one image.

    Attributes:
        classification: the usual result.
        probabilities: float32 [classes], of all of them in their order.
        features: float32 [features], what the last dense layer takes.
        explanation: where the class was seen; None unless it was asked for.
    """

    classification: Classification
    probabilities: np.ndarray
    features: np.ndarray
    explanation: Explanation | None

    def __str__(self) -> str:
        return str(self.classification)


class Decoded(NamedTuple):
    """The network's input, uint8 [height, width, 3], and the photograph if it is to be shown."""

    pixels: np.ndarray
    photograph: Image.Image | None


class ImageInspection(Pipeline[ImageSource, Decoded, InspectionOptions, Inspection]):
    """Classify images and give what the network made of them, out of the same run.

    Args:
        bundle: of a classifier.
        explains: whether to explain a class of each image.
        device: "auto", "cpu" or "gpu".
        threads: processor threads to use; None takes every core.

    Raises:
        BundleError: the bundle is damaged, or its graph does not end in a dense layer.
        ConfigurationError: a class is to be explained by a network that has no class activation
            map.
    """

    options_class = InspectionOptions

    def __init__(
        self,
        bundle: Bundle,
        *,
        explains: bool = False,
        device: str = "auto",
        threads: int | None = None,
    ) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self.explains = explains
        self._judge = Judge(bundle)
        self.labels = self._judge.labels
        self.preprocessing = bundle.read_preprocessing(ImagePreprocessing)
        self._head = find_head(bundle, self.graph_file)
        if explains and self._head.map is None:
            raise ConfigurationError(
                f"model {bundle.name!r} has hidden layers behind its map of features, so it has no "
                "class activation map; explain with a model of pooling and one dense layer, such "
                "as the built-in one or one that you train"
            )

    def arguments(self) -> dict[str, Any]:
        return {"explains": self.explains, **super().arguments()}

    def load_graphs(self, threads: int) -> Graph:
        inner = [self._head.features]
        if self.explains and self._head.map:
            inner += [self._head.map, self._head.weights]
        return self.load_graph(self.graph_file, threads, inner)

    def decode(self, source: ImageSource, options: InspectionOptions) -> Decoded:
        photograph = read_photograph(source, self.preprocessing)
        pixels = resize(photograph, self.preprocessing)
        return Decoded(pixels, photograph if self.explains else None)

    def infer(
        self, graph: Graph, examples: Sequence[Decoded], options: InspectionOptions
    ) -> list[Inspection]:
        chosen = None if options.label is None else find_class(self.labels, options.label)
        outputs = graph.run(image=np.stack([example.pixels for example in examples]))
        count = len(examples)
        shapes: list[Shape] = [(count, None), (count, None)]
        if self.explains:
            shapes += [(count, None, None, None), (None, len(self.labels))]
        found, features, *further = expect(outputs, *shapes)
        probabilities = self._judge.calibrate(found)
        explanations: Sequence[Explanation | None] = [None] * count
        if self.explains:
            maps, weights = further
            explanations = [
                self._explain(*one, weights, chosen)
                for one in zip(examples, probabilities, features, maps, strict=True)
            ]
        known = [features] if self._judge.inner else []
        judged = self._judge.judge(probabilities, known, options)
        vectors = features.astype(np.float32)
        rows = zip(judged, probabilities, vectors, explanations, strict=True)
        return [Inspection(*row) for row in rows]

    def _explain(
        self,
        example: Decoded,
        probabilities: np.ndarray,
        features: np.ndarray,
        map_of_features: np.ndarray,
        weights: np.ndarray,
        chosen: int | None,
    ) -> Explanation:
        assert example.photograph is not None
        index = int(probabilities.argmax()) if chosen is None else chosen
        return Explanation(
            label=as_label(self.labels, probabilities, index),
            map=activate(map_of_features, features, weights[:, index]),
            photograph=example.photograph,
            crop=find_crop(example.photograph.size, self.preprocessing),
        )


def activate(map_of_features: np.ndarray, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Compute a class activation map (Zhou et al. 2016, equation 2).

    Args:
        map_of_features: [maps, rows, columns], or [rows, columns, maps].
        features: [maps], the mean of it over rows and columns.
        weights: [maps], of the class.

    Returns:
        float32 [rows, columns]; its mean is `features @ weights`.

    Raises:
        BundleError: the features are no such mean.
    """
    for axis in (0, 2):
        places = np.moveaxis(map_of_features, axis, -1)  # [rows, columns, maps]
        if places.shape[-1] != len(features):
            continue
        if np.allclose(places.mean(axis=(0, 1)), features, rtol=1e-3, atol=1e-3):
            return np.asarray(places @ weights, np.float32)
    raise BundleError(
        "the features of the model are not the mean of its map, so it has no class activation "
        "map; export it again, or explain with another model"
    )
