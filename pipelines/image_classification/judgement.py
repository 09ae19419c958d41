"""From what a network gives for images to their classifications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError
from pipelines.image_classification.labels import (
    CALIBRATION_FILE,
    as_label,
    check_classes,
    choose,
    read_labels,
    read_thresholds,
)
from pipelines.image_classification.results import Classification
from pipelines.options import ClassificationOptions
from pipelines.session import expect

if TYPE_CHECKING:
    from pipelines.image_classification.calibration import Calibration


class Judge:
    """Names the classes of images, with what the bundle knows of its own answers.

    Attributes:
        labels: all classes, in the order of the network's outputs, as (name, identifier).
        thresholds: float32 [class], the least score of each label that an image has; None where an
            image has exactly one.
        inner: tensors of the graph that it needs besides the probabilities.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.labels = read_labels(bundle)
        self.thresholds = read_thresholds(bundle, len(self.labels))
        self._bundle = bundle
        self._calibration: Calibration | None = None
        self.inner: list[str] = []
        if CALIBRATION_FILE in bundle.files:
            from pipelines.image_classification.calibration import read_calibration

            self._calibration = read_calibration(bundle, len(self.labels))
            self.inner = [self._calibration.settings.features]

    def read(
        self, outputs: Sequence[np.ndarray], count: int
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Give the probabilities of images, and the tensors named in `inner`.

        Args:
            outputs: of a graph that was loaded with `inner`.
            count: of the images.

        Raises:
            BundleError: there are more or fewer, or of another shape, or of other classes.
        """
        probabilities, *inner = expect(outputs, *[(count, None)] * (1 + len(self.inner)))
        return self.calibrate(probabilities), inner

    def calibrate(self, probabilities: np.ndarray) -> np.ndarray:
        """Give calibrated probabilities [batch, classes] for those of the graph.

        Raises:
            BundleError: they are of other classes.
        """
        check_classes(self._bundle, self.labels, probabilities)
        if self._calibration is None:
            return probabilities
        return self._calibration.calibrate(probabilities)

    def judge(
        self,
        probabilities: np.ndarray,
        inner: Sequence[np.ndarray],
        options: ClassificationOptions,
    ) -> list[Classification]:
        """Name the classes of images.

        Args:
            probabilities: calibrated, [batch, classes].
            inner: the tensors named in `inner`.
            options: of the call.

        Raises:
            BundleError: a tensor is of another size.
        """
        unlike = self._find_unlike(inner, len(probabilities))
        return [
            self._name(row, is_unlike, options)
            for row, is_unlike in zip(probabilities, unlike, strict=True)
        ]

    def _name(
        self, probabilities: np.ndarray, is_unlike: bool | None, options: ClassificationOptions
    ) -> Classification:
        if is_unlike and options.reject:
            return Classification((), is_unlike)
        chosen = choose(probabilities, options.top_k, self.thresholds)
        labels = (as_label(self.labels, probabilities, index) for index in chosen)
        return Classification(tuple(labels), is_unlike)

    def _find_unlike(self, inner: Sequence[np.ndarray], count: int) -> Sequence[bool | None]:
        if self._calibration is None:
            return [None] * count
        (features,) = inner
        if features.shape[1] != self._calibration.means.shape[1]:
            raise BundleError(
                f"{self._bundle.path}: the network gives {features.shape[1]} features, and the "
                f"means of the classes have {self._calibration.means.shape[1]}; get the model again"
            )
        return [bool(item) for item in self._calibration.find_unlike(features)]
