"""Image classification: data, training, export and evaluation."""

from __future__ import annotations

import io
import statistics
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.class_review import review_classes
from dltasks.data.examples import Example, Languages, Splits, limit
from dltasks.data.feeding.sharding import Shard
from dltasks.data.labels import count_labels, has_several, labels_of, stratify_by_label
from dltasks.data.look_alikes import Look, look_at
from dltasks.data.remarks import Remark
from dltasks.data.remote import readable
from dltasks.data.sources import review_folder
from dltasks.evaluation.report import Report
from dltasks.evaluation.several_labels import EVEN
from dltasks.networks.backbones import BACKBONES, get_backbone
from dltasks.tasks.base import BuiltNetwork, Calibrated, Say, Task, TrainingPlan
from dltasks.tasks.bases import find_base, origin_of
from dltasks.tasks.image_classification.config import ClassifierConfig, ImageClassificationConfig
from dltasks.tasks.image_classification.measuring import (
    measure_classes,
    measure_several,
    thresholds_as_file,
    thresholds_on,
)
from dltasks.training.config import TrainingConfig
from pipelines.bundle.folder import Bundle
from pipelines.errors import ConfigurationError
from pipelines.image_classification import (
    LABELS_FILE,
    THRESHOLDS_FILE,
    ImageClassification,
)
from pipelines.images import (
    SUFFIXES,
    ImagePreprocessing,
    open_image,
    read_image,
    shrink_large_jpeg,
    to_rgb,
)

if TYPE_CHECKING:
    import keras

    from dltasks.export.graphs import GraphExport
    from dltasks.zoo import PublishedModel

SIZE_STEP = 32  # the backbones halve their input five times
SMALL_PHOTO_ENLARGED = 5  # 32 pixels to 160: 2 points better than 128, and no worse than 192
PHOTOS_MEASURED = 200
EXAMPLE_PIXELS = 448
IMBALANCE_WORTH_A_WORD = 5
NO_LABEL = "(no label)"  # of several, an image may have none
CHECK_SIZE = ImagePreprocessing(height=32, width=32)


class ImageClassificationTask(Task):
    """Classify images."""

    name = "image-classification"
    config_class = ImageClassificationConfig
    training_defaults = TrainingConfig()
    suffixes = SUFFIXES
    unused = "in no class folder, so not used (move each into one)"
    has_page = True
    take_validation = staticmethod(stratify_by_label)

    def categories(self, example: Example) -> Sequence[str]:
        return labels_of(example.target) or (NO_LABEL,)

    def review(
        self,
        location: str,
        examples: Sequence[Example],
        used: Sequence[Example],
        languages: Languages | None,
    ) -> Sequence[Remark]:
        return [*review_folder(location, examples), *review_classes(examples, used)]

    def check_example(self, example: Example) -> Look:
        return look_at(read_image(readable(example.source), CHECK_SIZE))

    def prepare(self, config: ImageClassificationConfig) -> None:
        _find_base(config)  # a bundle is made in float32 on one device, whatever training uses

    def plan(
        self,
        splits: Splits,
        config: ImageClassificationConfig,
        training: TrainingConfig,
        shard: Shard,
        say: Say,
    ) -> TrainingPlan:
        from dltasks.export.weights import load_first_weights
        from dltasks.tasks.image_classification.network import build_network
        from dltasks.tasks.image_classification.recipe import ClassificationRecipe

        several = has_several(splits.all())
        classes = _classes(splits, config, several, say)
        base = _find_base(config)
        backbone = base.config["backbone"] if base else config.base
        size = config.image_size or choose_image_size(backbone, splits.train, training.seed)
        network_config = ClassifierConfig(
            backbone, size, len(classes), "linear", config.dropout, several
        )
        _check_size(network_config)
        preprocessing = ImagePreprocessing(size, size)
        kinds = f"{len(classes)} {'labels, several an image' if several else 'classes'}"
        say(f"{kinds}, {len(splits.train)} images to train on, {size} pixels")
        network = build_network(network_config)
        if base:
            load_first_weights(base, network.backbone)
        recipe = ClassificationRecipe(
            network, classes, several, splits, preprocessing, config, training, shard, say
        )
        assets = {LABELS_FILE: "".join(f"{name}\n" for name in classes).encode()}
        if several:
            assets[THRESHOLDS_FILE] = thresholds_as_file([EVEN] * len(classes))
        built = BuiltNetwork(
            network=network.whole,
            config=network_config.to_dict(),
            preprocessing=asdict(preprocessing),
            assets=assets,
            **origin_of(base),
            training_data=f"{len(splits.train)} images of {kinds}",
        )
        return TrainingPlan(built, recipe.stages())

    def build_network(self, config: dict[str, Any]) -> keras.Model:
        from dltasks.tasks.image_classification.network import build_network

        return build_network(ClassifierConfig.from_dict(config, "bundle's config")).whole

    def convert_published(self, published: PublishedModel, weights: Path) -> BuiltNetwork:
        from dltasks.tasks.image_classification.published import convert

        return convert(published, weights)

    def example_input(self, source: str) -> tuple[str, bytes]:
        with open_image(readable(source)) as opened:
            shrink_large_jpeg(opened)
            image = to_rgb(opened, source, smallest_side=2 * EXAMPLE_PIXELS)
        image.thumbnail((EXAMPLE_PIXELS, EXAMPLE_PIXELS))
        file = io.BytesIO()
        image.save(file, "JPEG", quality=90)  # without the metadata, which may say who and where
        return ".jpg", file.getvalue()

    def graphs(
        self, network: keras.Model, sources: Sequence[str], bundle: Bundle
    ) -> list[GraphExport]:
        from dltasks.export.graphs import GraphExport

        preprocessing = bundle.read_preprocessing(ImagePreprocessing)
        images = np.stack([read_image(readable(source), preprocessing) for source in sources])
        return [GraphExport("model.onnx", network, {"image": images})]

    def calibrate(
        self, pipeline: ImageClassification, splits: Splits, seed: int, say: Say
    ) -> Calibrated:
        if pipeline.thresholds is not None:
            return Calibrated({THRESHOLDS_FILE: thresholds_on(pipeline, splits.valid)})
        from dltasks.tasks.image_classification.calibration import calibrate

        classes = [name for name, _ in pipeline.labels]
        return calibrate(pipeline, splits, classes, seed, say)

    def evaluate(
        self, pipeline: ImageClassification, examples: Sequence[Example], batch_size: int | None
    ) -> Report:
        gives_several = pipeline.thresholds is not None
        return (measure_several if gives_several else measure_classes)(
            pipeline, examples, batch_size
        )


def choose_image_size(backbone: str, examples: Sequence[Example], seed: int) -> int:
    """Choose the input size: small photographs are enlarged a little, large ones made to fit."""
    sizes = []
    for example in limit(examples, PHOTOS_MEASURED, seed):
        with open_image(readable(example.source)) as image:
            sizes.append(min(image.size))
    known = get_backbone(backbone)
    enlarged = statistics.median(sizes) * SMALL_PHOTO_ENLARGED
    rounded = int(-(-enlarged // SIZE_STEP) * SIZE_STEP)
    least = -(-known.smallest_size // SIZE_STEP) * SIZE_STEP
    return min(max(rounded, least), known.image_size)


def _classes(
    splits: Splits, config: ImageClassificationConfig, several: bool, say: Say
) -> list[str]:
    counts = count_labels(splits.train)
    if several and config.class_weights != "none":
        raise ConfigurationError(
            f"class_weights {config.class_weights!r} is for one class an image, and the data has "
            "several labels; leave it out"
        )
    most, least = max(counts.values()), min(counts.values())
    is_uneven = most > IMBALANCE_WORTH_A_WORD * least
    if is_uneven and not several and config.class_weights == "none":
        say(f"classes have {least} to {most} images; consider --class-weights balanced")
    return sorted(counts)


def _find_base(config: ImageClassificationConfig) -> Bundle | None:
    """Give the bundle whose weights to start from; None starts from random ones."""
    if not config.pretrained and config.base in BACKBONES:
        return None
    base = find_base(config.base, ImageClassificationTask.name)
    if not config.pretrained:
        raise ConfigurationError(
            f"--no-pretrained needs the name of a network as --base, one of {', '.join(BACKBONES)}"
        )
    return base


def _check_size(config: ClassifierConfig) -> None:
    least = get_backbone(config.backbone).smallest_size
    if config.image_size < least:
        raise ConfigurationError(
            f"image_size {config.image_size} is too small for {config.backbone}; "
            f"the minimum is {least}"
        )


TASK = ImageClassificationTask()
