"""The classes of a bundle, and which of them an image has."""

from __future__ import annotations

import numpy as np

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError, ConfigurationError
from pipelines.image_classification.results import Label

LABELS_FILE = "labels.txt"
THRESHOLDS_FILE = "thresholds.json"  # only of a model that gives several labels an image
CALIBRATION_FILE = "calibration.json"  # of bundles that are calibrated; see `calibration`
DEFAULT_TOP_K = 5
Names = list[tuple[str, str]]  # (name, identifier), in the order of the network's outputs


def read_labels(bundle: Bundle) -> Names:
    """Read the classes of a bundle as (name, identifier); the identifier may be "".

    Raises:
        BundleError: the file is missing or damaged.
    """
    lines = bundle.read_text(LABELS_FILE).splitlines()
    if not lines:
        raise BundleError(f"{bundle.path / LABELS_FILE}: no classes in it; get the model again")
    pairs = (line.partition("\t") for line in lines)
    return [(name, identifier) for name, _, identifier in pairs]


def read_thresholds(bundle: Bundle, count: int) -> np.ndarray | None:
    """Read the thresholds of a bundle, if its images can have several labels.

    Args:
        bundle: to read.
        count: of its labels.

    Returns:
        float32 [label], in the order of the labels; or None.

    Raises:
        BundleError: the file is damaged.
    """
    if THRESHOLDS_FILE not in bundle.files:
        return None
    values = bundle.read_json(THRESHOLDS_FILE)
    is_list = isinstance(values, list) and len(values) == count
    if not is_list or not all(isinstance(item, (int, float)) and 0 <= item <= 1 for item in values):
        raise BundleError(
            f"{bundle.path / THRESHOLDS_FILE}: not a number of 0 to 1 for each of the {count} "
            "labels; get the model again"
        )
    return np.asarray(values, np.float32)


def check_classes(bundle: Bundle, labels: Names, outputs: np.ndarray) -> None:
    """Refuse outputs [batch, classes] of other classes than the bundle names.

    Raises:
        BundleError: there are more or fewer.
    """
    if outputs.shape[1] != len(labels):
        raise BundleError(
            f"{bundle.path}: {len(labels)} labels for {outputs.shape[1]} "
            "classes; export the model again"
        )


def choose(
    probabilities: np.ndarray, count: int | None, thresholds: np.ndarray | None
) -> np.ndarray:
    """Choose classes, the likeliest first; of several labels an image, those that pass.

    Args:
        probabilities: [classes].
        count: of the classes that are asked for, or None.
        thresholds: [classes] of a model that gives several labels an image; None of another.

    Returns:
        Their indices.
    """
    best = np.argsort(-probabilities, kind="stable")
    if count is None and thresholds is not None:
        return np.asarray(best[probabilities[best] >= thresholds[best]])
    return best[: count or DEFAULT_TOP_K]


def as_label(labels: Names, probabilities: np.ndarray, index: int) -> Label:
    """Give one class with its probability, one of [classes]."""
    name, identifier = labels[index]
    return Label(name, float(probabilities[index]), identifier)


def find_class(labels: Names, name: str) -> int:
    """Give the index of a class by its name or its identifier.

    Raises:
        ConfigurationError: there is no such class.
    """
    for index, pair in enumerate(labels):
        if name and name in pair:
            return index
    raise ConfigurationError(
        f"label {name!r} is not one of the model's {len(labels)} classes; see its labels.txt"
    )
