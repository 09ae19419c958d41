"""The pipeline that classifies images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipelines.base import Pipeline
from pipelines.bundle.folder import Bundle
from pipelines.image_classification.judgement import Judge
from pipelines.image_classification.results import Classification, Explanation
from pipelines.images import ImagePreprocessing, ImageSource, read_image
from pipelines.options import ClassificationOptions
from pipelines.session import Graph

if TYPE_CHECKING:
    from pipelines.image_classification.inspection import ImageInspection

BLANK = np.zeros((1, 1, 3), np.uint8)  # stands in where there is no image to count features of


class ImageClassification(Pipeline[ImageSource, np.ndarray, ClassificationOptions, Classification]):
    """Classify images with a bundle; make one with `pipelines.load`.

    Attributes:
        labels: all classes, in the order of the network's outputs, as (name, identifier).
        thresholds: float32 [class], the least score of each label that an image has; None where an
            image has exactly one.
    """

    options_class = ClassificationOptions

    def __init__(self, bundle: Bundle, *, device: str = "auto", threads: int | None = None) -> None:
        super().__init__(bundle, device=device, threads=threads)
        self._judge = Judge(bundle)
        self.labels = self._judge.labels
        self.thresholds = self._judge.thresholds
        self.preprocessing = bundle.read_preprocessing(ImagePreprocessing)
        self._inspections: dict[bool, ImageInspection] = {}

    def scores(self, images: Sequence[ImageSource]) -> np.ndarray:
        """Give the probabilities of all classes: float32 [image, class]."""
        decoded = [read_image(image, self.preprocessing) for image in images]
        if not decoded:
            return np.empty((0, len(self.labels)), np.float32)
        outputs = self._fast_graph.run(image=np.stack(decoded))
        return self._judge.read(outputs, len(decoded))[0]

    def explain(self, source: ImageSource, *, label: str | None = None) -> Explanation:
        """Tell where in an image the network saw a class.

        Args:
            source: the image.
            label: name or identifier of the class; None takes the likeliest.

        Returns:
            The class activation map (Zhou et al. 2016); `draw` lays it over the photograph.

        Raises:
            InputError: the image cannot be read.
            ConfigurationError: there is no such class, or the network has hidden layers behind its
                map of features, as VGG16 has, and so no such map.
        """
        explanation = self.inspection(explains=True)(source, label=label).explanation
        assert explanation is not None
        return explanation

    def embed(self, sources: Iterable[ImageSource]) -> np.ndarray:
        """Give the features of images: what the last dense layer takes.

        Args:
            sources: the images.

        Returns:
            float32 [image, feature], in the order of the images.

        Raises:
            InputError: an image cannot be read.
        """
        inspection = self.inspection()
        rows = [inspected.features for inspected in inspection.stream(sources)]
        return np.stack(rows) if rows else np.stack([inspection(BLANK).features])[:0]

    def inspection(self, *, explains: bool = False) -> ImageInspection:
        """Give the pipeline that also gives features, and explanations if they are asked for."""
        from pipelines.image_classification.inspection import ImageInspection

        if explains not in self._inspections:
            arguments = self.arguments()
            self._inspections[explains] = ImageInspection(
                self.bundle, explains=explains, **arguments
            )
        return self._inspections[explains]

    def decode(self, source: ImageSource, options: ClassificationOptions) -> np.ndarray:
        """Decode one image to uint8 [height, width, 3]."""
        return read_image(source, self.preprocessing)

    def infer(
        self, graph: Graph, examples: Sequence[np.ndarray], options: ClassificationOptions
    ) -> list[Classification]:
        """Run the network."""
        outputs = graph.run(image=np.stack(examples))
        probabilities, inner = self._judge.read(outputs, len(examples))
        return self._judge.judge(probabilities, inner, options)

    def load_graphs(self, threads: int) -> Graph:
        """Load the graph, with what the judge needs to know of its inside."""
        return self.load_graph(self.graph_file, threads, self._judge.inner)
