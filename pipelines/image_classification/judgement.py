"""From what a network gives for images to their classifications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError
from pipelines.image_classification.labels import (
    CALIBRATION_FILE,
    check_classes,
    rank,
    read_labels,
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
        inner: tensors of the graph that it needs besides the probabilities.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.labels = read_labels(bundle)
        self._bundle = bundle
        self._calibration: Calibration | None = None
        self.inner: list[str] = []
        if CALIBRATION_FILE in bundle.files:
            from pipelines.image_classification.calibration import read_calibration

            self._calibration = read_calibration(bundle, len(self.labels))
            self.inner = [self._calibration.settings.features]

    def probabilities(self, outputs: Sequence[np.ndarray], count: int) -> np.ndarray:
        """Give calibrated probabilities [batch, classes] out of those of the graph.

        Raises:
            BundleError: they are of another shape, or of other classes.
        """
        (found,) = expect(outputs[:1], (count, None))
        check_classes(self._bundle, self.labels, found)
        return self._calibration.calibrate(found) if self._calibration else found

    def judge(
        self,
        probabilities: np.ndarray,
        inner: Sequence[np.ndarray],
        options: ClassificationOptions,
    ) -> list[Classification]:
        """Name the classes of images.

        Args:
            probabilities: of `probabilities`.
            inner: the tensors named in `inner`.
            options: of the call.

        Raises:
            BundleError: a tensor is of another shape.
        """
        unlike = self._find_unlike(inner, len(probabilities))
        return [
            rank(
                self.labels,
                row,
                options.top_k,
                is_unlike,
                is_rejected=bool(is_unlike) and options.reject,
            )
            for row, is_unlike in zip(probabilities, unlike, strict=True)
        ]

    def _find_unlike(self, inner: Sequence[np.ndarray], count: int) -> Sequence[bool | None]:
        if self._calibration is None:
            return [None] * count
        (features,) = expect(inner, (count, None))
        if features.shape[1] != self._calibration.means.shape[1]:
            raise BundleError(
                f"{self._bundle.path}: the network gives {features.shape[1]} features, and the "
                f"means of the classes have {self._calibration.means.shape[1]}; get the model again"
            )
        return [bool(item) for item in self._calibration.find_unlike(features)]
