"""Learn at the end of training how far a classifier's answers can be trusted."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence

import numpy as np

from dltasks.data.examples import Example, Splits, by_target, limit
from dltasks.data.remote import readable
from dltasks.tasks.base import Calibrated, Say
from pipelines.image_classification import ImageClassification
from pipelines.image_classification.calibration import (
    MEANS_FILE,
    CalibrationSettings,
    measure_likeness,
    normalise,
)
from pipelines.image_classification.head import find_head
from pipelines.image_classification.labels import CALIBRATION_FILE

KEPT = 0.95  # of the validation images
FEWEST_IMAGES = 20  # of which 5 % are one image
MOST_VALIDATION_IMAGES = 5000
MOST_IMAGES_OF_A_CLASS = 50  # for its mean
TEMPERATURES = np.geomspace(0.1, 10.0, 401)  # steps of 1.2 %


def calibrate(
    pipeline: ImageClassification, splits: Splits, classes: Sequence[str], seed: int, say: Say
) -> Calibrated:
    """Fit the temperature, the mean features of each class, and the threshold of rejection.

    An image is like the training images if the cosine of its features with the nearest class's mean
    is high. On networks fine-tuned here, this told other pictures apart better than the energy (Liu
    et al. 2020), the largest logit or probability (Hendrycks & Gimpel 2017) and the Mahalanobis
    distance (Lee et al. 2018): see benchmarks/README.md.

    Args:
        pipeline: of the bundle, which is not calibrated.
        splits: of the training.
        classes: in the order of the network's outputs.
        seed: of the sample of images, if there are many.
        say: shows a line to the user.

    Returns:
        Files of the bundle; none with fewer than 20 validation images.
    """
    valid = limit(splits.valid, MOST_VALIDATION_IMAGES, seed)
    if len(valid) < FEWEST_IMAGES:
        say(
            f"not calibrated: {len(valid)} validation images are fewer than {FEWEST_IMAGES}; the "
            "model will always name one of its classes"
        )
        return Calibrated(notes=_say_why_not(len(valid)))
    members = by_target(splits.train)
    samples = {name: limit(members[name], MOST_IMAGES_OF_A_CLASS, seed) for name in classes}
    count = sum(map(len, samples.values()))
    say(f"calibrating on {len(valid)} validation images and {count} training images")
    means = np.stack([_mean_direction(pipeline, samples[name]) for name in classes])
    sources = [readable(example.source) for example in valid]
    inspected = list(pipeline.inspection().stream(sources))
    likeness = measure_likeness(np.stack([item.features for item in inspected]), means)
    probabilities = np.stack([item.probabilities for item in inspected])
    targets = np.array([classes.index(example.target) for example in valid])
    settings = CalibrationSettings(
        temperature=fit_temperature(probabilities, targets),
        features=find_head(pipeline.bundle, pipeline.graph_file).features,
        threshold=choose_threshold(likeness),
        kept=KEPT,
        validation_images=len(valid),
        training_images=count,
    )
    file = io.BytesIO()
    np.savez(file, means=means)
    text = json.dumps(settings.to_dict(), indent=2) + "\n"
    files = {CALIBRATION_FILE: text.encode(), MEANS_FILE: file.getvalue()}
    return Calibrated(files, _describe(settings))


def fit_temperature(probabilities: np.ndarray, targets: np.ndarray) -> float:
    """Fit the temperature whose probabilities are likeliest (Guo et al. 2017, section 4.2).

    Args:
        probabilities: float32 [example, class], not calibrated.
        targets: [example], index of each class.
    """
    logits = np.log(np.maximum(probabilities, np.finfo(np.float32).tiny)).astype(np.float64)
    right = np.arange(len(targets)), targets

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        largest = scaled.max(axis=1)
        total = largest + np.log(np.exp(scaled - largest[:, None]).sum(axis=1))
        return float(np.mean(total - scaled[right]))

    return float(min(TEMPERATURES, key=loss))


def choose_threshold(likeness: np.ndarray) -> float:
    """Choose the highest threshold that keeps `KEPT` of the validation images: [example]."""
    return float(np.quantile(likeness, 1 - KEPT, method="lower"))


def _mean_direction(pipeline: ImageClassification, examples: Sequence[Example]) -> np.ndarray:
    """Average the directions of features, and give a direction again: float32 [feature]."""
    features = pipeline.embed([readable(example.source) for example in examples])
    return normalise(normalise(features).mean(axis=0))


def _describe(settings: CalibrationSettings) -> str:
    return (
        "An image is unlike the training images if its features have a cosine below "
        f"{settings.threshold:.3f} with the mean of every class. The model then gives no class, "
        f"unless `--no-reject` asks for them. This keeps {settings.kept:.0%} of "
        f"{settings.validation_images} validation images; the means are of "
        f"{settings.training_images} training images. How many strange images it rejects was not "
        "measured: that depends on how strange they are. Probabilities are calibrated with a "
        f"temperature of {settings.temperature:.2f}, fitted on the same validation images."
    )


def _say_why_not(count: int) -> str:
    return (
        "The model always names one of its classes, also for an image of something else, and its "
        f"probabilities are not calibrated: {count} validation images are too few, {FEWEST_IMAGES} "
        "are needed."
    )
