"""Classify images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.base import Pipeline, TaskResult
from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError
from pipelines.images import ImagePreprocessing, ImageSource, read_image
from pipelines.options import ClassificationOptions
from pipelines.session import Graph, expect

LABELS_FILE = "labels.txt"


@dataclass(frozen=True)
class Label:
    """A class and its probability.

    Attributes:
        name: the class in words.
        score: probability, 0 to 1; over all classes the scores add up to 1.
        identifier: the class's id in its data set ("n07920052" in WordNet), or "".
    """

    name: str
    score: float
    identifier: str = ""


@dataclass(frozen=True, repr=False)
class Classification(TaskResult):
    """The most probable classes of one image, best first."""

    labels: tuple[Label, ...]

    def __str__(self) -> str:
        return "\n".join(f"{label.score:6.1%}  {label.name}" for label in self.labels)


class ImageClassification(Pipeline[ImageSource, np.ndarray, ClassificationOptions, Classification]):
    """Classify images with a bundle; make one with `pipelines.load`.

    Attributes:
        labels: all classes, in the order of the network's outputs, as (name, identifier).
    """

    options_class = ClassificationOptions

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self.labels = read_labels(bundle)
        self.preprocessing = bundle.read_preprocessing(ImagePreprocessing)

    def scores(self, images: Sequence[ImageSource]) -> np.ndarray:
        """Give the probabilities of all classes: float32 [image, class]."""
        decoded = [read_image(image, self.preprocessing) for image in images]
        return self._probabilities(self._fast_graph, decoded)

    def decode(self, source: ImageSource, options: ClassificationOptions) -> np.ndarray:
        """Decode one image to uint8 [height, width, 3]."""
        return read_image(source, self.preprocessing)

    def infer(
        self, graph: Graph, examples: Sequence[np.ndarray], options: ClassificationOptions
    ) -> list[Classification]:
        """Run the network."""
        return [self._best(row, options.top_k) for row in self._probabilities(graph, examples)]

    def _probabilities(self, graph: Graph, examples: Sequence[np.ndarray]) -> np.ndarray:
        if not examples:
            return np.empty((0, len(self.labels)), np.float32)
        outputs = graph.run(image=np.stack(examples))
        (probabilities,) = expect(outputs, (len(examples), None))  # [batch, classes]
        if probabilities.shape[1] != len(self.labels):
            raise BundleError(
                f"{self.bundle.path}: {len(self.labels)} labels for {probabilities.shape[1]} "
                "classes; export the model again"
            )
        return probabilities

    def _best(self, probabilities: np.ndarray, count: int) -> Classification:
        best = np.argsort(-probabilities, kind="stable")[:count]
        return Classification(
            tuple(
                Label(self.labels[index][0], float(probabilities[index]), self.labels[index][1])
                for index in best
            )
        )


def read_labels(bundle: Bundle) -> list[tuple[str, str]]:
    """Read the classes of a bundle as (name, identifier); the identifier may be "".

    Raises:
        BundleError: the file is missing or damaged.
    """
    lines = bundle.read_text(LABELS_FILE).splitlines()
    if not lines:
        raise BundleError(f"{bundle.path / LABELS_FILE}: no classes in it; get the model again")
    pairs = (line.partition("\t") for line in lines)
    return [(name, identifier) for name, _, identifier in pairs]
