"""The settings of image classification."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.settings import Settings, setting

DEFAULT_BASE = "imagenet-efficientnet-lite0"


@dataclass(frozen=True)
class ClassifierConfig(Settings):
    """Rebuilds a network; sealed in its bundle.

    Attributes:
        backbone: a name in `backbones.BACKBONES`.
        image_size: height and width of the input in pixels.
        classes: outputs of the network.
        head: "linear" is pooling and one dense layer; "mobile-..." also has the hidden layer of
            MobileNetV3, and "vgg" VGG's two.
        dropout: before the last layer.
        several: whether an image can have several labels, or none: each output is a probability of
            its own.
    """

    backbone: str
    image_size: int = setting(minimum=8, maximum=2048)
    classes: int = setting(minimum=1, maximum=1_000_000)
    head: str = setting("linear", choices=("linear", "mobile-small", "mobile-large", "vgg"))
    dropout: float = setting(0.2, minimum=0.0, maximum=0.9)
    several: bool = setting(False)


@dataclass(frozen=True)
class ImageClassificationConfig(Settings):
    """How to fine-tune."""

    base: str = setting(
        DEFAULT_BASE, "Model to start from: a bundle, or a name from `dltasks models list --all`."
    )
    pretrained: bool = setting(
        True, "Start from the weights of the base, or only from its network."
    )
    image_size: int | None = setting(
        None,
        "Height and width of the input in pixels. By default it depends on the images.",
        minimum=32,
        maximum=1024,
    )
    head_epochs: int = setting(30, "Epochs of the new head on the frozen base.", minimum=0)
    head_learning_rate: float = setting(2e-3, "Highest learning rate of the head.", minimum=0.0)
    unfreeze: float = setting(
        1.0,
        "Fraction of the base, from its top, that the main stage trains.",
        minimum=0.0,
        maximum=1.0,
    )
    dropout: float = setting(0.2, "Dropout before the last layer.", minimum=0.0, maximum=0.9)
    label_smoothing: float = setting(
        0.1,
        "Label smoothing: probability spread over the other classes; not of several labels.",
        minimum=0.0,
        maximum=0.5,
    )
    class_weights: str = setting(
        "none",
        "Weight the loss so that rare classes count as much as common ones.",
        choices=("none", "balanced"),
    )
    augment: float = setting(
        1.0,
        "Strength of augmentation: zoom, shift, rotation and light; 0 is off.",
        minimum=0.0,
        maximum=3.0,
    )
    flip: bool = setting(True, "Mirror half of the images left to right.")
