"""Say what a photograph shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.base import Failure, OnError, Pipeline
from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError, ConfigurationError
from pipelines.images import ImagePreprocessing, ImageSource, read_image
from pipelines.session import Graph

LABELS_FILE = "labels.txt"
TOP_K = 5


@dataclass(frozen=True)
class Label:
    """A class and how sure the network is of it.

    Attributes:
        name: the class in words.
        score: probability, 0 to 1; over all classes the scores add up to 1.
        identifier: the class's id in its data set ("n07920052" in WordNet), or "".
    """

    name: str
    score: float
    identifier: str = ""


@dataclass(frozen=True)
class Classification:
    """What one image shows: the likeliest classes, best first."""

    labels: tuple[Label, ...]


class ImageClassification(Pipeline[ImageSource, np.ndarray, int, Classification]):
    """Classify images with a bundle; make one with `pipelines.load`.

    Attributes:
        labels: all classes, in the order of the network's outputs, as (name, identifier).
    """

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self.labels = read_labels(bundle)
        self.preprocessing = _read_preprocessing(bundle)

    def __call__(self, image: ImageSource, *, top_k: int = TOP_K) -> Classification:
        """Classify one image.

        Args:
            image: a path, bytes, a binary file, a Pillow image or a uint8 array.
            top_k: how many classes to return.

        Raises:
            InputError: the image cannot be read.
        """
        return self.predict_one(image, _positive(top_k))

    def stream(
        self,
        images: Iterable[ImageSource],
        *,
        batch_size: int | None = None,
        top_k: int = TOP_K,
        on_error: OnError = "raise",
    ) -> Iterator[Classification | Failure]:
        """Classify many images on all cores, in order, in constant memory.

        Args:
            images: any iterable; it is read as the results are taken.
            batch_size: images a run of the network; None takes what suits the device.
            top_k: how many classes to return for each.
            on_error: "raise" an InputError at a bad image, or "return" a Failure in its place.
        """
        return self.predict_many(images, _positive(top_k), batch_size, on_error)

    def scores(self, images: Sequence[ImageSource]) -> np.ndarray:
        """Give the probabilities of all classes: float32 [image, class]."""
        return self._probabilities(
            self._fast_graph, [self.decode(image, TOP_K) for image in images]
        )

    def decode(self, source: ImageSource, options: int) -> np.ndarray:
        """Decode one image to uint8 [height, width, 3]."""
        return read_image(source, self.preprocessing)

    def infer(
        self, graph: Graph, examples: Sequence[np.ndarray], options: int
    ) -> list[Classification]:
        """Run the network; `options` is how many classes to return."""
        return [self._best(row, options) for row in self._probabilities(graph, examples)]

    def _probabilities(self, graph: Graph, examples: Sequence[np.ndarray]) -> np.ndarray:
        if not examples:
            return np.empty((0, len(self.labels)), np.float32)
        (probabilities,) = graph.run(image=np.stack(examples))  # [batch, classes]
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
    lines = bundle.read_lines(LABELS_FILE)
    if not lines:
        raise BundleError(f"{bundle.path / LABELS_FILE}: no classes in it; get the model again")
    pairs = (line.partition("\t") for line in lines)
    return [(name, identifier) for name, _, identifier in pairs]


def _read_preprocessing(bundle: Bundle) -> ImagePreprocessing:
    try:
        return ImagePreprocessing(**bundle.preprocessing)
    except (TypeError, ConfigurationError) as error:
        raise BundleError(f"{bundle.path}: unusable preprocessing: {error}") from None


def _positive(top_k: int) -> int:
    if top_k < 1:
        raise ConfigurationError(f"top_k {top_k} is not positive; ask for at least 1 class")
    return top_k
