"""Published weights that `dltasks models pull` fetches: where they are and how to know them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dltasks.download import DownloadError, fetch_file, file_digest
from pipelines.bundle import home
from pipelines.errors import BundleError

KERAS_APPLICATIONS = "https://storage.googleapis.com/tensorflow/keras-applications"
IMAGENET = "ImageNet (ILSVRC 2012), 1.28 million photographs of 1,000 classes"


@dataclass(frozen=True)
class PublishedModel:
    """A weights file that somebody else published.

    Attributes:
        name: under which it is pulled.
        task: in the catalogue; the task knows how to make a bundle of the file.
        url: of the file.
        digest: its checksum, hexadecimal.
        algorithm: of the checksum, a name that hashlib knows. Keras publishes MD5, which protects
            from damage, not from forgery; the download itself is HTTPS.
        size_mb: of the download.
        licence: of the weights.
        training_data: what they were trained on.
        paper: where the network is described.
    """

    name: str
    task: str
    url: str
    digest: str
    algorithm: str
    size_mb: int
    licence: str
    training_data: str
    paper: str

    @property
    def file_name(self) -> str:
        """The name of the file on its server."""
        return self.url.rpartition("/")[2]


def _keras_application(name: str, path: str, md5: str, size_mb: int, paper: str) -> PublishedModel:
    return PublishedModel(
        name=name,
        task="image-classification",
        url=f"{KERAS_APPLICATIONS}/{path}",
        digest=md5,
        algorithm="md5",
        size_mb=size_mb,
        licence="as published with Keras Applications (Apache-2.0)",
        training_data=IMAGENET,
        paper=paper,
    )


_MODELS = (
    _keras_application(
        "inceptionv3",
        "inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels.h5",
        "9a0d58056eeedaa3f26cb7ebd46da564",
        size_mb=92,
        paper="Szegedy et al. 2015, Rethinking the Inception Architecture for Computer Vision",
    ),
    _keras_application(
        "resnet50",
        "resnet/resnet50_weights_tf_dim_ordering_tf_kernels.h5",
        "2cb95161c43110f7111970584f804107",
        size_mb=98,
        paper="He et al. 2015, Deep Residual Learning for Image Recognition",
    ),
    _keras_application(
        "vgg16",
        "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels.h5",
        "64373286793e3c8b2b4e3219cbf3544b",
        size_mb=528,
        paper="Simonyan & Zisserman 2014, Very Deep Convolutional Networks",
    ),
    _keras_application(
        "xception",
        "xception/xception_weights_tf_dim_ordering_tf_kernels.h5",
        "0a58e3b7378bc2990ea3b43d5981f1f6",
        size_mb=88,
        paper="Chollet 2016, Xception: Deep Learning with Depthwise Separable Convolutions",
    ),
    _keras_application(
        "efficientnetv2b0",
        "efficientnet_v2/efficientnetv2-b0.h5",
        "21ecbf6da12460d5c40bb2f29ceb2188",
        size_mb=29,
        paper="Tan & Le 2021, EfficientNetV2: Smaller Models and Faster Training",
    ),
)

PUBLISHED: dict[str, PublishedModel] = {model.name: model for model in _MODELS}


def get_published(name: str) -> PublishedModel:
    """Look a published model up.

    Raises:
        BundleError: there is no such model.
    """
    if name not in PUBLISHED:
        raise BundleError(
            f"model {name!r} is not published; `dltasks models pull` knows {', '.join(PUBLISHED)}"
        )
    return PUBLISHED[name]


def is_published_file(model: PublishedModel, file: Path) -> bool:
    """Tell whether a file is the published one, by its checksum."""
    return file_digest(file, model.algorithm) == model.digest


def get_weights(
    name: str,
    weights: Path | None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Give the weights file of a published model: the user's own, or a download kept for ever.

    Args:
        name: in `PUBLISHED`.
        weights: a file from disk, or None to download.
        on_progress: called with bytes so far and bytes in all.

    Raises:
        BundleError: the file is not there, cannot be fetched, or was damaged on the way.
    """
    model = get_published(name)
    if weights:
        if not weights.is_file():
            raise BundleError(f"weights file {str(weights)!r} is not there")
        return weights
    kept = home() / "downloads" / model.file_name
    try:
        return fetch_file(
            model.url,
            kept,
            digest=model.digest,
            algorithm=model.algorithm,
            on_progress=on_progress,
        )
    except DownloadError as error:
        raise BundleError(
            f"{error}. Fetch the file on another machine and run: "
            f"dltasks models pull {name} --weights {model.file_name}"
        ) from None
