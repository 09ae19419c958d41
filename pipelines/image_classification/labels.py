"""The classes of a bundle, and the likeliest of them."""

from __future__ import annotations

import numpy as np

from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError, ConfigurationError
from pipelines.image_classification.results import Classification, Label

LABELS_FILE = "labels.txt"
CALIBRATION_FILE = "calibration.json"  # of bundles that are calibrated; see `calibration`
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


def rank(
    labels: Names,
    probabilities: np.ndarray,
    count: int,
    unlike_training: bool | None,
    *,
    is_rejected: bool,
) -> Classification:
    """Give the likeliest of the classes.

    Args:
        labels: all classes.
        probabilities: [classes].
        count: of the classes to give, or more than there are.
        unlike_training: see `Classification`.
        is_rejected: whether to give none.
    """
    best = np.argsort(-probabilities, kind="stable")[: 0 if is_rejected else count]
    found = tuple(as_label(labels, probabilities, index) for index in best)
    return Classification(found, unlike_training)


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
