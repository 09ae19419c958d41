from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from dltasks.data.examples import Splits, split
from dltasks.data.feeding.cache import CACHE_KINDS
from dltasks.data.feeding.sharding import EVERYTHING
from dltasks.data.sources import read_examples
from dltasks.export.weights import read_weights
from dltasks.tasks.image_classification import recipe as recipes
from dltasks.tasks.image_classification.config import ClassifierConfig
from dltasks.tasks.image_classification.network import build_network
from dltasks.tasks.image_classification.recipe import ClassificationRecipe, choose_head_batch_size
from dltasks.tasks.image_classification.task import TASK, choose_image_size
from dltasks.tasks.train import train
from pipelines import load
from pipelines.bundle.folder import open_bundle
from pipelines.errors import ConfigurationError
from pipelines.images import ImagePreprocessing, read_image

from ...tiny import COLOURS, SIZE, make_request, write_image, write_images

pytestmark = pytest.mark.usefixtures("tiny")
PREPROCESSING = ImagePreprocessing(SIZE, SIZE)


@pytest.fixture(scope="module")
def splits(colours: str) -> Splits:
    return split(read_examples(colours, {".png"}), valid_fraction=0.2, seed=1)


def _make(splits: Splits, folder: Path = Path(), **changes: Any) -> ClassificationRecipe:
    request = make_request(folder, "", **changes)
    classes = sorted({item.target for item in splits.train})
    keras.utils.set_random_seed(1)
    network = build_network(ClassifierConfig("tiny", SIZE, len(classes), dropout=0.0))
    return ClassificationRecipe(
        network=network,
        classes=classes,
        several=False,
        splits=splits,
        preprocessing=PREPROCESSING,
        config=request.config,
        training=request.training,
        shard=EVERYTHING,
        say=lambda line: None,
    )


def test_random_weights_get_no_stage_for_the_head(splits: Splits) -> None:
    stages = _make(splits, head_epochs=5, epochs=7).stages()
    assert [(stage.name, stage.epochs) for stage in stages] == [("head", 0), ("network", 7)]
    stages = _make(splits, pretrained=True, head_epochs=5, epochs=7).stages()
    assert [(stage.name, stage.epochs) for stage in stages] == [("head", 5), ("network", 7)]


def test_head_stage_sees_the_features_of_the_frozen_backbone(splits: Splits) -> None:
    recipe = _make(splits, pretrained=True)
    stage = recipe.build_head_stage(0, 0)
    images = np.stack([read_image(item.source, PREPROCESSING) for item in splits.train])
    features = recipe.network.backbone(images, training=False).numpy()
    targets = recipe.targets(splits.train)
    seen = Counter()
    for found, target in stage.train.unbatch().take(len(splits.train)).as_numpy_iterator():
        index = int(np.argmin(np.abs(features - found).sum(axis=1)))
        np.testing.assert_allclose(found, features[index], atol=1e-5)
        np.testing.assert_array_equal(target, targets[index])
        seen[index] += 1
    assert seen == dict.fromkeys(range(len(splits.train)), 1)


@pytest.mark.parametrize("changes", [{}, {"augment": 0.0, "flip": False}])
@pytest.mark.parametrize("steps_done", [0, 2])
def test_network_stage_started_later_sees_the_tail(
    changes: dict[str, Any], steps_done: int, splits: Splits
) -> None:
    recipe = _make(splits, batch_size=5, **changes)
    first, later = recipe.build_network_stage(0, 0), recipe.build_network_stage(1, steps_done)
    tail = first.train.skip(first.steps_per_epoch + steps_done).take(2).as_numpy_iterator()
    for (images, targets), (wanted_images, wanted_targets) in zip(
        later.train.take(2).as_numpy_iterator(), tail, strict=True
    ):
        np.testing.assert_array_equal(images, wanted_images)
        np.testing.assert_array_equal(targets, wanted_targets)


def test_without_augmentation_the_images_are_those_of_the_files(splits: Splits) -> None:
    stage = _make(splits, augment=0.0, flip=False).build_network_stage(0, 0)
    files = {read_image(item.source, PREPROCESSING).tobytes() for item in splits.train}
    seen = stage.train.unbatch().take(len(splits.train)).as_numpy_iterator()
    assert {image.tobytes() for image, _ in seen} == files


def test_validation_is_never_augmented_or_shuffled(splits: Splits) -> None:
    stage = _make(splits, augment=3.0).build_network_stage(0, 0)
    images = np.concatenate([images for images, _ in stage.valid.as_numpy_iterator()])
    wanted = np.stack([read_image(item.source, PREPROCESSING) for item in splits.valid])
    np.testing.assert_array_equal(images, wanted)


def test_every_kind_of_cache_trains_on_the_same_images(splits: Splits) -> None:
    seen = [
        [
            images
            for images, _ in _make(splits, cache=kind)
            .build_network_stage(0, 0)
            .train.take(6)
            .as_numpy_iterator()
        ]
        for kind in CACHE_KINDS
    ]
    np.testing.assert_array_equal(seen[0], seen[1])
    np.testing.assert_array_equal(seen[0], seen[2])


def test_both_stages_decode_each_image_once(
    splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: Counter[str] = Counter()

    def read(source: str, preprocessing: ImagePreprocessing) -> np.ndarray:
        decoded[source] += 1
        return read_image(source, preprocessing)

    monkeypatch.setattr(recipes, "read_image", read)
    recipe = _make(splits, pretrained=True)
    recipe.build_head_stage(0, 0)
    stage = recipe.build_network_stage(0, 0)
    list(stage.train.take(2 * stage.steps_per_epoch))
    list(stage.valid)
    everything = [item.source for item in splits.train + splits.valid]
    assert decoded == dict.fromkeys(everything, 1)


@pytest.mark.parametrize(("count", "size"), [(1, 1), (40, 2), (160, 10), (100_000, 64)])
def test_small_data_takes_small_batches_for_the_head(count: int, size: int) -> None:
    assert choose_head_batch_size(count) == size


def test_balanced_class_weights_make_all_classes_count_the_same(tmp_path: Path) -> None:
    write_images(tmp_path / "data", count=4)
    for index in range(12):
        write_image(tmp_path / "data" / "red" / f"more{index}.png", COLOURS["red"], 500 + index)
    splits = split(read_examples(str(tmp_path / "data"), {".png"}), valid_fraction=0.25, seed=1)
    weights = _make(splits, class_weights="balanced").class_weights()
    assert weights == {0: 15 / 2 / 3, 1: 15 / 2 / 12}
    assert _make(splits).class_weights() is None
    request = make_request(tmp_path, str(tmp_path / "data"), class_weights="balanced", epochs=1)
    train(request)


def test_targets_are_one_hot_in_the_order_of_the_classes(splits: Splits) -> None:
    recipe = _make(splits)
    found = recipe.targets(splits.valid).argmax(axis=1)
    assert [recipe.classes[index] for index in found] == [item.target for item in splits.valid]


@pytest.mark.parametrize(("pixels", "size"), [(18, 96), (32, 160), (90, 224), (1000, 224)])
def test_image_size_follows_the_photographs(pixels: int, size: int, tmp_path: Path) -> None:
    for seed in range(3):
        write_image(tmp_path / "data" / "red" / f"{seed}.png", COLOURS["red"], seed, pixels)
    examples = read_examples(str(tmp_path / "data"), {".png"})
    assert choose_image_size("resnet50", examples, seed=1) == size


def test_image_size_is_never_less_than_the_network_can_take(tmp_path: Path) -> None:
    write_image(tmp_path / "data" / "red" / "a.png", COLOURS["red"], 1, size=8)
    examples = read_examples(str(tmp_path / "data"), {".png"})
    assert choose_image_size("inceptionv3", examples, seed=1) == 96


def test_fine_tuning_starts_from_the_weights_of_the_base(
    trained_bundle: Path, colours: str, tmp_path: Path
) -> None:
    request = make_request(
        tmp_path, colours, base=str(trained_bundle), pretrained=True, head_epochs=0, epochs=0
    )
    bundle, _ = train(request)
    base, tuned = read_weights(open_bundle(trained_bundle)), read_weights(bundle)
    names = [name for name in base if "dense" not in name and "logits" not in name]
    assert len(names) == 7
    for name in names:
        np.testing.assert_array_equal(tuned[name], base[name])
    assert bundle.source == f"fine-tuned from {open_bundle(trained_bundle).name}"


def test_a_new_head_on_a_good_base_finds_the_classes(
    trained_bundle: Path, colours: str, tmp_path: Path
) -> None:
    changes: dict[str, Any] = {"base": str(trained_bundle), "pretrained": True, "epochs": 0}
    request = make_request(tmp_path, colours, head_epochs=15, head_learning_rate=0.3, **changes)
    bundle, report = train(request)
    assert report.metrics["top_1"] == 1.0
    assert load(bundle.path)(f"{colours}/red/0.png").labels[0].name == "red"


def _plan(splits: Splits, **changes: Any) -> None:
    request = make_request(Path(), "", **changes)
    TASK.plan(splits, request.config, request.training, EVERYTHING, say=lambda line: None)


def test_a_base_without_pretrained_weights_has_to_be_a_network(
    splits: Splits, trained_bundle: Path
) -> None:
    with pytest.raises(ConfigurationError, match=r"--no-pretrained needs the name of a network"):
        _plan(splits, base=str(trained_bundle), pretrained=False)


def test_imbalance_is_told(splits: Splits) -> None:
    lines: list[str] = []
    few = [item for item in splits.train if item.target == "blue"][:1]
    many = [item for item in splits.train if item.target == "red"]
    request = make_request(Path(), "")
    uneven = Splits((*few, *many), splits.valid, ())
    TASK.plan(uneven, request.config, request.training, EVERYTHING, lines.append)
    assert any("1 to 8 images; consider --class-weights balanced" in line for line in lines)
