"""Image classification: what a photograph shows, where the network saw it, and what is similar."""

from pipelines.image_classification.labels import LABELS_FILE, THRESHOLDS_FILE, read_labels
from pipelines.image_classification.pipeline import ImageClassification
from pipelines.image_classification.results import Classification, Explanation, Label

__all__ = [
    "LABELS_FILE",
    "THRESHOLDS_FILE",
    "Classification",
    "Explanation",
    "ImageClassification",
    "Label",
    "read_labels",
]
