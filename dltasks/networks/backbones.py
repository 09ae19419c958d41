"""The backbones: pixels to features, each with the normalisation it was trained with.

Any task takes one by `build_backbone`; `dltasks.export.weights.load_first_weights` gives it the
weights of a bundle for image classification, whose network begins with its backbone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dltasks.networks.efficientnet_lite import efficientnet_lite0
from pipelines.errors import ConfigurationError

if TYPE_CHECKING:
    import keras

# The mean of ImageNet in blue, green, red, as Simonyan & Zisserman 2014 and He et al. 2015 trained.
IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
# In red, green, blue on a scale of 0 to 1, as most later networks trained.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Backbone:
    """A convolutional network without its classifier.

    Attributes:
        convolutions: builds it, with random weights: normalised pixels to a map of features.
        normalise: pixels 0 to 255 in RGB to what the convolutions expect.
        image_size: height and width in pixels that the published weights were trained with.
        smallest_size: the least that the network can take.
        head: of the published network; see `ClassifierConfig`.
        application: its class in keras.applications, "" where it has none.
    """

    convolutions: Callable[[], keras.Model]
    normalise: Callable[[Any], Any]
    image_size: int = 224
    smallest_size: int = 32
    head: str = "linear"
    application: str = ""


def _rescale(scale: float, offset: float) -> Callable[[Any], Any]:
    def normalise(pixels: Any) -> Any:
        import keras

        return keras.layers.Rescaling(scale, offset, name="normalise")(pixels)

    return normalise


def _subtract_mean_bgr(pixels: Any) -> Any:
    import keras

    blue_green_red = keras.ops.flip(keras.ops.cast(pixels, "float32"), axis=-1)
    offset = [-mean for mean in IMAGENET_MEAN_BGR]
    return keras.layers.Rescaling(1.0, offset, name="normalise")(blue_green_red)


def _standardise(pixels: Any) -> Any:
    import keras

    scale = [1 / (255 * deviation) for deviation in IMAGENET_DEVIATION]
    offset = [-m / d for m, d in zip(IMAGENET_MEAN, IMAGENET_DEVIATION, strict=True)]
    return keras.layers.Rescaling(scale, offset, name="normalise")(pixels)


def _from_keras(
    application: str,
    normalise: Callable[[Any], Any],
    *,
    image_size: int = 224,
    smallest_size: int = 32,
    head: str = "linear",
    normalises_itself: bool = False,
) -> Backbone:
    # Keras' own Normalization layer inside a network does not export to ONNX.
    options = {"include_preprocessing": False} if normalises_itself else {}

    def convolutions() -> keras.Model:
        import keras

        build = getattr(keras.applications, application)
        return build(include_top=False, weights=None, input_shape=(None, None, 3), **options)

    return Backbone(convolutions, normalise, image_size, smallest_size, head, application)


_MINUS_ONE_TO_ONE = _rescale(1 / 127.5, -1.0)


def _efficientnet_v2(size: str, image_size: int) -> Backbone:
    is_b = size.startswith("B")
    return _from_keras(
        f"EfficientNetV2{size}",
        _standardise if is_b else _rescale(1 / 128, -1.0),
        image_size=image_size,
        normalises_itself=True,
    )


def _mobilenet_v3(size: str) -> Backbone:
    return _from_keras(
        f"MobileNetV3{size}",
        _MINUS_ONE_TO_ONE,
        head=f"mobile-{size.lower()}",
        normalises_itself=True,
    )


BACKBONES: dict[str, Backbone] = {
    "efficientnet_lite0": Backbone(efficientnet_lite0, _rescale(1 / 128, -127 / 128)),
    "inceptionv3": _from_keras("InceptionV3", _MINUS_ONE_TO_ONE, image_size=299, smallest_size=75),
    "resnet50": _from_keras("ResNet50", _subtract_mean_bgr),
    "vgg16": _from_keras("VGG16", _subtract_mean_bgr, head="vgg"),
    "xception": _from_keras("Xception", _MINUS_ONE_TO_ONE, image_size=299, smallest_size=71),
    "efficientnetv2b0": _efficientnet_v2("B0", 224),
    "efficientnetv2b1": _efficientnet_v2("B1", 240),
    "efficientnetv2b2": _efficientnet_v2("B2", 260),
    "efficientnetv2b3": _efficientnet_v2("B3", 300),
    "efficientnetv2s": _efficientnet_v2("S", 384),
    "efficientnetv2m": _efficientnet_v2("M", 480),
    "efficientnetv2l": _efficientnet_v2("L", 480),
    "mobilenetv3small": _mobilenet_v3("Small"),
    "mobilenetv3large": _mobilenet_v3("Large"),
    "resnet101": _from_keras("ResNet101", _subtract_mean_bgr),
    "resnet152": _from_keras("ResNet152", _subtract_mean_bgr),
    "resnet50v2": _from_keras("ResNet50V2", _MINUS_ONE_TO_ONE),
    "resnet101v2": _from_keras("ResNet101V2", _MINUS_ONE_TO_ONE),
    "resnet152v2": _from_keras("ResNet152V2", _MINUS_ONE_TO_ONE),
    "densenet121": _from_keras("DenseNet121", _standardise),
    "densenet169": _from_keras("DenseNet169", _standardise),
    "densenet201": _from_keras("DenseNet201", _standardise),
    "inceptionresnetv2": _from_keras(
        "InceptionResNetV2", _MINUS_ONE_TO_ONE, image_size=299, smallest_size=75
    ),
    "vgg19": _from_keras("VGG19", _subtract_mean_bgr, head="vgg"),
}


def get_backbone(name: str) -> Backbone:
    """Look a backbone up.

    Raises:
        ConfigurationError: there is no such backbone.
    """
    if name not in BACKBONES:
        raise ConfigurationError(f"backbone {name!r} is not one of {', '.join(BACKBONES)}")
    return BACKBONES[name]


def build_backbone(name: str, image_size: int, pool: str | None = "average") -> keras.Model:
    """Build a backbone with its normalisation, with random weights.

    Args:
        name: of the backbone.
        image_size: height and width in pixels.
        pool: "average" for one vector a picture, "flatten" for all numbers of the map, None for
            the map itself, as attention takes it.

    Returns:
        A model from uint8 [batch, image_size, image_size, 3] to features: [batch, maps],
        [batch, numbers] or [batch, image_size/32, image_size/32, maps].

    Raises:
        ConfigurationError: the backbone is unknown.
    """
    import keras
    from keras import layers

    backbone = get_backbone(name)
    pixels = keras.Input((image_size, image_size, 3), dtype="uint8")
    x = backbone.normalise(pixels)
    x = backbone.convolutions()(x)  # [batch, image_size/32, image_size/32, maps]
    if pool == "flatten":
        x = layers.Flatten(name="flatten")(x)
    elif pool == "average":
        x = layers.GlobalAveragePooling2D(name="pool")(x)  # [batch, maps]
    return keras.Model(pixels, x, name="backbone")
