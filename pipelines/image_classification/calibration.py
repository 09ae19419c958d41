"""How far a classifier's answers can be trusted: calibrated probabilities, and none of its classes.

Both come from the validation images at the end of training and are sealed in the bundle. A bundle
without them gives the network's probabilities as they are, and always names classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError, ConfigurationError
from pipelines.image_classification.labels import CALIBRATION_FILE
from pipelines.settings import Settings, setting

MEANS_FILE = "class_means.npz"  # of one array, "means"


@dataclass(frozen=True)
class CalibrationSettings(Settings):
    """What a bundle says of it, in CALIBRATION_FILE.

    Attributes:
        temperature: the logits are divided by it (Guo et al. 2017, section 4.2).
        features: name of the tensor that the last dense layer takes.
        threshold: an image whose features have a lower cosine with the mean of every class is
            unlike the training images.
        kept: part of the validation images that are above it.
        validation_images: how many the temperature and the threshold rest on.
        training_images: how many the means rest on.
    """

    temperature: float = setting(minimum=0.01, maximum=100.0)
    features: str = setting()
    threshold: float = setting(minimum=-1.0, maximum=1.0)
    kept: float = setting(minimum=0.0, maximum=1.0)
    validation_images: int = setting(minimum=1)
    training_images: int = setting(minimum=1)


class Calibration:
    """The calibration of a bundle.

    Args:
        settings: of the bundle.
        means: float32 [classes, features], of length 1: the mean direction of each class.
    """

    def __init__(self, settings: CalibrationSettings, means: np.ndarray) -> None:
        self.settings = settings
        self.means = means

    def calibrate(self, probabilities: np.ndarray) -> np.ndarray:
        """Give the probabilities [batch, classes] of logits divided by the temperature."""
        with np.errstate(divide="ignore"):  # what is impossible stays so
            logits = np.log(probabilities) / self.settings.temperature
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)

    def find_unlike(self, features: np.ndarray) -> np.ndarray:
        """Tell of features [batch, features] which are unlike those of training: bool [batch]."""
        return np.asarray(measure_likeness(features, self.means) < self.settings.threshold)


def measure_likeness(features: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Give the cosine with the nearest class: float32 [batch], -1 to 1.

    Args:
        features: [batch, features].
        means: [classes, features], of length 1.
    """
    return np.asarray((normalise(features) @ means.T).max(axis=1), np.float32)


def normalise(features: np.ndarray) -> np.ndarray:
    """Scale vectors [..., feature] to length 1; what is 0 stays 0 and is like nothing."""
    lengths = np.linalg.norm(features, axis=-1, keepdims=True)
    return np.asarray(features / np.maximum(lengths, np.finfo(np.float32).tiny), np.float32)


def read_calibration(bundle: Bundle, classes: int) -> Calibration:
    """Read the calibration of a bundle.

    Raises:
        BundleError: there is none, or it is damaged, or of other classes.
    """
    path = bundle.path / CALIBRATION_FILE
    values = bundle.read_json(CALIBRATION_FILE)
    if not isinstance(values, dict):
        raise BundleError(f"{path}: no settings; get the model again")
    known = {name: values[name] for name in CalibrationSettings.names() if name in values}
    try:
        settings = CalibrationSettings.from_dict(known, "calibration")
    except ConfigurationError as error:
        raise BundleError(f"{path}: unusable ({error}); get the model again") from None
    means = bundle.read_arrays(MEANS_FILE).get("means")
    if means is None or means.dtype != np.float32 or means.ndim != 2 or len(means) != classes:
        raise BundleError(
            f"{bundle.path / MEANS_FILE}: not the means of {classes} classes; get the model again"
        )
    return Calibration(settings, means)
