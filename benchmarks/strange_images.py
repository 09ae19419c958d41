"""How well a trained classifier tells images of other things from its own.

    python benchmarks/strange_images.py my_models/animals animals/test vehicles/ photographs/

Prints, for each folder of other things, the area under the ROC curve of several scores (0.5 is
chance), and how many images of it the bundle rejects. KNOWN has a folder per class that the model
knows, with images that it was not trained on.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
from sklearn.metrics import roc_auc_score

from dltasks.data.folders import list_folder
from pipelines import load
from pipelines.image_classification import ImageClassification
from pipelines.image_classification.calibration import measure_likeness, read_calibration
from pipelines.image_classification.head import find_head
from pipelines.images import SUFFIXES, read_image

MOST_IMAGES = 500
BATCH_SIZE = 16
Outputs = tuple[np.ndarray, np.ndarray]  # features and logits of images


def run(pipeline: ImageClassification, folder: Path) -> Outputs:
    """Give features [image, feature] and logits [image, class] of the images of a folder."""
    head = find_head(pipeline.bundle, pipeline.graph_file)
    graph = pipeline.load_graph(pipeline.graph_file, 1, [head.features, head.logits])
    files = list_folder(folder, SUFFIXES)[0]
    files = sorted(random.Random(0).sample(files, min(len(files), MOST_IMAGES)))
    found = []
    for start in range(0, len(files), BATCH_SIZE):
        batch = files[start : start + BATCH_SIZE]
        images = [read_image(file, pipeline.preprocessing) for file in batch]
        found.append(graph.run(image=np.stack(images))[1:])
    features, logits = zip(*found, strict=True)
    return np.concatenate(features), np.concatenate(logits)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Give probabilities: [image, class]."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def energy(logits: np.ndarray) -> np.ndarray:
    """Give the negative energy (Liu et al. 2020, equation 4): [image]."""
    return np.asarray(np.logaddexp.reduce(logits, axis=1))


def entropy(logits: np.ndarray) -> np.ndarray:
    """Give the negative entropy of the probabilities: [image]."""
    probabilities = softmax(logits)
    return np.asarray((probabilities * np.log(probabilities + 1e-12)).sum(axis=1))


@click.command()
@click.argument("model")
@click.argument("known", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument(
    "strange",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
def main(model: str, known: Path, strange: tuple[Path, ...]) -> None:
    """Compare scores of rejection."""
    pipeline = load(model, task="image-classification", device="cpu")
    calibration = read_calibration(pipeline.bundle, len(pipeline.labels))
    scores: dict[str, Callable[[Outputs], np.ndarray]] = {
        "cosine with the class means": lambda found: measure_likeness(found[0], calibration.means),
        "largest probability": lambda found: softmax(found[1]).max(axis=1),
        "largest logit": lambda found: found[1].max(axis=1),
        "energy": lambda found: energy(found[1]),
        "entropy": lambda found: entropy(found[1]),
    }
    own = run(pipeline, known)
    others = {folder.name: run(pipeline, folder) for folder in strange}
    click.echo(f"{'':30}" + "".join(f"{name:>14}" for name in others))
    for name, score in scores.items():
        areas = [area(score(own), score(found)) for found in others.values()]
        click.echo(f"{name:30}" + "".join(f"{value:14.3f}" for value in areas))
    parts = [float(calibration.find_unlike(found[0]).mean()) for found in others.values()]
    click.echo(f"{'rejected':30}" + "".join(f"{part:14.1%}" for part in parts))
    click.echo(f"rejected of {known}: {calibration.find_unlike(own[0]).mean():.1%}")


def area(own: np.ndarray, other: np.ndarray) -> float:
    """Give the area under the ROC curve of a score that is higher for a model's own images."""
    truth = np.concatenate([np.ones(len(own)), np.zeros(len(other))])
    return float(roc_auc_score(truth, np.concatenate([own, other])))


if __name__ == "__main__":
    main()
