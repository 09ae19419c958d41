"""Bundles of the ImageNet models of Keras Applications."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from dltasks.extras import require_tensorflow
from dltasks.networks.backbones import get_backbone
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.image_classification.config import DEFAULT_BASE, ClassifierConfig
from dltasks.tasks.image_classification.network import build_network
from dltasks.zoo import PublishedModel
from pipelines.bundle.folder import BUILT_IN, open_bundle
from pipelines.errors import BundleError
from pipelines.image_classification import LABELS_FILE
from pipelines.images import ImagePreprocessing

IMAGENET_CLASSES = 1000
# The part of the photograph between 224 and 256 pixels is cut off: He et al. 2015, section 3.4.
CROP_FRACTION = 0.875


def convert(published: PublishedModel, weights: Path) -> BuiltNetwork:
    """Rebuild a Keras application as our network, with the weights of its file.

    Raises:
        BundleError: the file is damaged or of another network.
    """
    require_tensorflow("pulling a model")
    import keras

    backbone = get_backbone(published.name)
    original = getattr(keras.applications, backbone.application)(weights=None)
    try:
        original.load_weights(weights)
    except (OSError, ValueError, KeyError, IndexError, AttributeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise BundleError(
            f"{weights}: not the weights of {published.name} with its ImageNet classes ({reason}); "
            f"get {published.url}"
        ) from None
    config = ClassifierConfig(published.name, backbone.image_size, IMAGENET_CLASSES, backbone.head)
    network = build_network(config).whole
    weights_of_network = zip(original.get_weights(), network.weights, strict=True)
    # Some write a dense layer as a convolution of 1 x 1: [1, 1, units, units].
    network.set_weights([values.reshape(variable.shape) for values, variable in weights_of_network])
    size = backbone.image_size
    imagenet = open_bundle(BUILT_IN / DEFAULT_BASE)
    return BuiltNetwork(
        network=network,
        config=config.to_dict(),
        preprocessing=asdict(ImagePreprocessing(size, size, CROP_FRACTION, "bilinear")),
        assets={LABELS_FILE: imagenet.read(LABELS_FILE)},
        source=f"{published.url} ({published.paper})",
        licence=published.licence,
        training_data=published.training_data,
    )
