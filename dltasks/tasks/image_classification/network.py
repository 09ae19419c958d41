"""The network: pixels -> backbone -> features -> head -> probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dltasks.networks.backbones import build_backbone
from dltasks.tasks.image_classification.config import ClassifierConfig

if TYPE_CHECKING:
    import keras

VGG_HIDDEN_UNITS = 4096  # Simonyan & Zisserman 2014, table 1
MOBILE_HIDDEN_UNITS = {"mobile-small": 1024, "mobile-large": 1280}  # Howard et al. 2019


class Network(NamedTuple):
    """The whole network and its two parts, which share its weights.

    Attributes:
        whole: uint8 [batch, size, size, 3] to probabilities [batch, classes].
        backbone: uint8 [batch, size, size, 3] to features [batch, ...].
        head: features to probabilities.
    """

    whole: keras.Model
    backbone: keras.Model
    head: keras.Model


def build_network(config: ClassifierConfig) -> Network:
    """Build a network with random weights.

    Raises:
        ConfigurationError: the backbone is unknown.
    """
    import keras

    pool = "flatten" if config.head == "vgg" else "average"
    backbone = build_backbone(config.backbone, config.image_size, pool)
    head = _build_head(config, backbone.output_shape[1:])
    image = keras.Input((config.image_size, config.image_size, 3), dtype="uint8", name="image")
    whole = keras.Model(image, head(backbone(image)), name="image_classifier")
    return Network(whole, backbone, head)


def _build_head(config: ClassifierConfig, feature_shape: tuple[int, ...]) -> keras.Model:
    import keras
    from keras import layers

    features = keras.Input(feature_shape)
    x = features
    if config.head == "vgg":
        x = layers.Dense(VGG_HIDDEN_UNITS, activation="relu", name="fc1")(x)
        x = layers.Dense(VGG_HIDDEN_UNITS, activation="relu", name="fc2")(x)
    elif config.head in MOBILE_HIDDEN_UNITS:
        units = MOBILE_HIDDEN_UNITS[config.head]
        x = layers.Dense(units, activation="hard_swish", name="fc")(x)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    x = layers.Dense(config.classes, name="logits")(x)
    # float32, also where the rest is float16: small probabilities would vanish.
    activation = "sigmoid" if config.several else "softmax"
    probabilities = layers.Activation(activation, dtype="float32", name="probabilities")(x)
    return keras.Model(features, probabilities, name="head")


def weighted_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """List the layers that have weights, bottom first, those of nested models included."""
    found = []
    for layer in model.layers:
        if hasattr(layer, "layers"):
            found += weighted_layers(layer)
        elif layer.weights:
            found.append(layer)
    return found


def unfreeze_top(backbone: keras.Model, fraction: float, *, train_batch_norm: bool = False) -> None:
    """Let training change the top part of a backbone, counted in layers with weights.

    Batch normalisation stays as it is, statistics and all, unless `train_batch_norm`. (Calling the
    backbone with training=False would not do: the outer model's fit overrides it in Keras 3.)
    """
    from keras.layers import BatchNormalization

    layers = weighted_layers(backbone)
    frozen = len(layers) - round(len(layers) * fraction)
    for index, layer in enumerate(layers):
        held = isinstance(layer, BatchNormalization) and not train_batch_norm
        layer.trainable = index >= frozen and not held
