"""A network's weights: out of Keras into a bundle, and back."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from dltasks.export.quantisation import halve, take_constants
from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError

if TYPE_CHECKING:
    import keras


WEIGHTS_FILE = "weights.npz"
SHARED_FILE = "weights.json"  # where the weights are that lie in the graphs, by their names


def round_weights(network: keras.Model) -> None:
    """Round a network's weights to float16, so that storing them as such changes nothing more."""
    network.set_weights([halve(array).astype(np.float32) for array in network.get_weights()])


def name_weights(network: keras.Model) -> dict[str, np.ndarray]:
    """Give a network's weights, numbered and named."""
    return {
        f"{index:05d} {weight.path.replace('/', '.')}": weight.numpy()
        for index, weight in enumerate(network.weights)
    }


def pack_weights(
    network: keras.Model, *, half_precision: bool, leave_out: Collection[str] = ()
) -> bytes:
    """Write a network's weights as an .npz file, but for those named."""
    arrays = name_weights(network)
    arrays = {name: array for name, array in arrays.items() if name not in leave_out}
    if half_precision:
        arrays = {name: halve(array) for name, array in arrays.items()}
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def load_weights(bundle: Bundle, network: keras.Model) -> None:
    """Give a network the weights of a bundle.

    Raises:
        BundleError: they are damaged, or of another network.
    """
    with np.load(io.BytesIO(bundle.read(WEIGHTS_FILE)), allow_pickle=False) as file:
        named = {name: file[name].astype(np.float32) for name in file.files}
    if SHARED_FILE in bundle.files:
        named |= take_constants(json.loads(bundle.read(SHARED_FILE)), bundle.read)
    arrays = [named[name] for name in sorted(named)]
    shapes = [tuple(weight.shape) for weight in network.weights]
    if [array.shape for array in arrays] != shapes:
        raise BundleError(
            f"{bundle.path / WEIGHTS_FILE}: the weights do not match the network of the config; "
            "get the model again"
        )
    network.set_weights(arrays)
