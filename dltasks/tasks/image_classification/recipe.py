"""The recipe: a new head on frozen features first, then the top of the backbone at a lower rate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.data.examples import Example, Splits, by_target, limit
from dltasks.data.feeding import steps
from dltasks.data.feeding.cache import DecodedCache, SplitCaches, cache_splits
from dltasks.data.feeding.lengths import stage_order
from dltasks.data.feeding.room import Room
from dltasks.data.feeding.sharding import EVERYTHING, Shard
from dltasks.data.labels import labels_of
from dltasks.data.remote import readable
from dltasks.tasks.image_classification.augmentation import make_augmentation
from dltasks.tasks.image_classification.config import ImageClassificationConfig
from dltasks.tasks.image_classification.network import Network, unfreeze_top
from dltasks.training.config import TrainingConfig
from dltasks.training.trainer import Stage, StagePlan
from pipelines.images import ImagePreprocessing, read_image

if TYPE_CHECKING:
    import tensorflow as tf

LARGEST_HEAD_BATCH = 64
HEAD_STEPS_PER_EPOCH = 16  # small data sets take smaller batches rather than fewer steps
FEATURES_BATCH_SIZE = 64
# Enough for a linear layer, and 400 MB at 2,048 features; the main stage sees every example.
MOST_HEAD_EXAMPLES = 50_000


@dataclass(frozen=True)
class ClassificationRecipe:
    """Everything that the stages are made of; `several` is that of `ClassifierConfig`."""

    network: Network
    classes: Sequence[str]
    several: bool
    splits: Splits
    preprocessing: ImagePreprocessing
    config: ImageClassificationConfig
    training: TrainingConfig
    shard: Shard
    say: Callable[[str], None]

    def stages(self) -> list[StagePlan]:
        """Plan the stages; random weights have no features worth a head of its own."""
        config, training = self.config, self.training
        head_epochs = config.head_epochs if config.pretrained else 0
        return [
            StagePlan("head", head_epochs, config.head_learning_rate, self.build_head_stage),
            StagePlan("network", training.epochs, training.learning_rate, self.build_network_stage),
        ]

    def build_head_stage(self, epochs_done: int, steps_done: int) -> Stage:
        """Compute the features of every image once, and fit the head on them."""
        import tensorflow as tf

        train = limit(self.splits.train, MOST_HEAD_EXAMPLES, self.training.seed)
        valid = limit(self.splits.valid, MOST_HEAD_EXAMPLES, self.training.seed)
        self.say(f"computing the features of {len(train) + len(valid)} images")
        batch_size = choose_head_batch_size(len(train))
        train_targets, valid_targets = self.targets(train), self.targets(valid)
        train_features, valid_features = self.features(train), self.features(valid)
        order, per_epoch = stage_order(
            len(train),
            batch_size=batch_size,
            seed=self.training.seed,
            shard=self.shard,
            epochs_done=epochs_done,
            steps_done=steps_done,
        )
        feature_table, target_table = tf.constant(train_features), tf.constant(train_targets)
        fitted = order.map(lambda index, _: (feature_table[index], target_table[index]))
        valid_table = tf.constant(valid_features), tf.constant(valid_targets)
        held_out = steps.plain_order(len(valid), self.shard).map(
            lambda index, _: (valid_table[0][index], valid_table[1][index])
        )
        return Stage(
            model=self.network.head,
            train=steps.batch(fitted, batch_size, drop_remainder=True),
            valid=steps.batch(held_out, batch_size),
            steps_per_epoch=per_epoch,
            loss=self.loss(),
            metrics=self.metrics(),
            class_weights=self.class_weights(),
        )

    def build_network_stage(self, epochs_done: int, steps_done: int) -> Stage:
        """Fit the head and the top of the backbone on augmented images."""
        config, training = self.config, self.training
        if config.pretrained:
            unfreeze_top(self.network.backbone, config.unfreeze)
        train = self.splits.train
        batch_size = training.batch_size
        order, per_epoch = stage_order(
            len(train),
            batch_size=batch_size,
            seed=training.seed,
            shard=self.shard,
            epochs_done=epochs_done,
            steps_done=steps_done,
        )
        images = steps.fetch_batches(
            order,
            self._caches.train,
            self.image_spec,
            self.targets(train),
            batch_size,
            drop_remainder=True,
        )
        if config.augment or config.flip:
            change = make_augmentation(config.augment, config.flip)
            images = steps.augment_batches(images, change, seed=training.seed)
        else:
            images = steps.drop_position(images)
        return Stage(
            model=self.network.whole,
            train=steps.read_ahead(images),
            valid=self.in_order(self.splits.valid, self._caches.valid, batch_size, self.shard),
            steps_per_epoch=per_epoch,
            loss=self.loss(),
            metrics=self.metrics(),
            class_weights=self.class_weights(),
        )

    def features(self, examples: Sequence[Example]) -> np.ndarray:
        """Run the frozen backbone over images: float32 [example, feature]."""
        cache = DecodedCache(lambda index: self._read(examples[index]), kind="none")
        if examples is self.splits.train:
            cache = self._caches.train
        if examples is self.splits.valid:
            cache = self._caches.valid
        images = self.in_order(examples, cache, FEATURES_BATCH_SIZE)
        backbone = self.network.backbone
        if self.shard.count > 1:  # each worker needs them all; predict would divide them
            batches = [backbone(batch, training=False).numpy() for batch, _ in images]
            return np.concatenate(batches)
        return np.asarray(backbone.predict(images, verbose=0), np.float32)

    def in_order(
        self,
        examples: Sequence[Example],
        cache: DecodedCache,
        batch_size: int,
        shard: Shard = EVERYTHING,
    ) -> tf.data.Dataset:
        """Give batches of (image, target), once, as they are."""
        order = steps.plain_order(len(examples), shard)
        targets = self.targets(examples)
        images = steps.fetch_batches(order, cache, self.image_spec, targets, batch_size)
        return steps.read_ahead(steps.drop_position(images))

    def targets(self, examples: Sequence[Example]) -> np.ndarray:
        """Give the labels of examples, 1 for each that it has: float32 [example, class]."""
        index_of = {name: index for index, name in enumerate(self.classes)}
        targets = np.zeros((len(examples), len(self.classes)), np.float32)
        for row, example in zip(targets, examples, strict=True):
            row[[index_of[name] for name in labels_of(example.target)]] = 1.0
        return targets

    def loss(self) -> Any:
        """Give the loss: cross-entropy with smoothed labels, or that of each label by itself."""
        import keras

        if self.several:
            return keras.losses.BinaryCrossentropy()
        return keras.losses.CategoricalCrossentropy(label_smoothing=self.config.label_smoothing)

    def metrics(self) -> list[Any]:
        """Give the figures of each epoch."""
        import keras

        accuracies = keras.metrics.BinaryAccuracy, keras.metrics.CategoricalAccuracy
        return [accuracies[not self.several](name="accuracy")]

    def class_weights(self) -> dict[int, float] | None:
        """Give each class the weight that makes all classes count the same, or None."""
        if self.config.class_weights == "none":
            return None
        members = by_target(self.splits.train)
        even = len(self.splits.train) / len(self.classes)
        return {i: even / len(members[name]) for i, name in enumerate(self.classes)}

    @property
    def image_spec(self) -> tf.TensorSpec:
        """The type of one decoded image."""
        import tensorflow as tf

        shape = [self.preprocessing.height, self.preprocessing.width, 3]
        return tf.TensorSpec(shape, tf.uint8)

    @cached_property
    def _caches(self) -> SplitCaches:
        room = Room(self.training.cache_gigabytes, self.say)
        return cache_splits(self._read, self.splits, self.training.cache, room)

    def _read(self, example: Example) -> np.ndarray:
        return read_image(readable(example.source), self.preprocessing)


def choose_head_batch_size(count: int) -> int:
    """Choose the examples per step of the head; the devices of the strategy share them evenly."""
    import tensorflow as tf

    devices = tf.distribute.get_strategy().num_replicas_in_sync
    wanted = min(max(count // HEAD_STEPS_PER_EPOCH, 1), LARGEST_HEAD_BATCH)
    return int(-(-wanted // devices) * devices)
