"""A network's weights: out of Keras into a bundle, and back."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from dltasks.export.places import (
    Place,
    find_places,
    from_json,
    read_constants,
    take_arrays,
    to_json,
)
from dltasks.export.quantisation import halve
from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError

if TYPE_CHECKING:
    import keras


WEIGHTS_FILE = "weights.npz"
PLACES_FILE = "weights.json"  # where the weights lie that graphs hold, by their names


def round_weights(network: keras.Model) -> None:
    """Round a network's weights to float16, so that storing them as such changes nothing more."""
    network.set_weights([halve(array).astype(np.float32) for array in network.get_weights()])


def name_weights(network: keras.Model) -> dict[str, np.ndarray]:
    """Give a network's weights, numbered and named."""
    return {
        f"{index:05d} {weight.path.replace('/', '.')}": weight.numpy()
        for index, weight in enumerate(network.weights)
    }


def halve_weights(weights: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Give weights as float16, but for those that float16 cannot hold."""
    return {name: halve(array) for name, array in weights.items()}


def pack_weights(
    weights: Mapping[str, np.ndarray],
    graphs: Mapping[str, bytes] | None = None,
    rounded: Mapping[str, Place] | None = None,
) -> dict[str, bytes]:
    """Write the files of a bundle that hold its weights, each weight once.

    Args:
        weights: name -> float32, or float16 where they are stored so.
        graphs: file -> content; a weight that one of them holds bit for bit is not stored again.
        rounded: places of weights in graphs that hold them rounded, to read them from there.

    Returns:
        WEIGHTS_FILE, and PLACES_FILE where graphs hold some of the weights.
    """
    loaded = {name: array.astype(np.float32) for name, array in weights.items()}
    places: dict[str, Place] = {}
    for file, graph in (graphs or {}).items():
        missing = {name: array for name, array in loaded.items() if name not in places}
        places |= find_places(missing, read_constants(graph), file)
    places = {**(rounded or {}), **places}
    archive = io.BytesIO()
    left = {name: array for name, array in weights.items() if name not in places}
    np.savez(archive, allow_pickle=False, **left)
    files = {WEIGHTS_FILE: archive.getvalue()}
    if places:
        values = to_json(dict(sorted(places.items())))
        lines = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in values.items())
        files[PLACES_FILE] = ("{\n" + ",\n".join(lines) + "\n}\n").encode()
    return files


def read_weights(bundle: Bundle) -> dict[str, np.ndarray]:
    """Read the weights of a bundle: name -> float32, in the order of the network's.

    Raises:
        BundleError: they are damaged.
    """
    arrays = bundle.read_arrays(WEIGHTS_FILE)
    if any(array.dtype.kind != "f" for array in arrays.values()):
        raise BundleError(f"{bundle.path / WEIGHTS_FILE}: not weights; get the model again")
    named = {name: array.astype(np.float32) for name, array in arrays.items()}
    if PLACES_FILE in bundle.files:
        path = bundle.path / PLACES_FILE
        try:
            named |= take_arrays(from_json(bundle.read_json(PLACES_FILE)), bundle.read)
        except BundleError as error:
            raise BundleError(f"{path}: {error}; get the model again") from None
    return {name: named[name] for name in sorted(named)}


def load_weights(bundle: Bundle, network: keras.Model) -> None:
    """Give a network the weights of a bundle.

    Raises:
        BundleError: they are damaged, or of another network.
    """
    arrays = list(read_weights(bundle).values())
    shapes = [tuple(weight.shape) for weight in network.weights]
    if [array.shape for array in arrays] != shapes:
        raise BundleError(
            f"{bundle.path / WEIGHTS_FILE}: the weights do not match the network of the config; "
            "get the model again"
        )
    network.set_weights(arrays)


def load_first_weights(bundle: Bundle, part: keras.Model) -> None:
    """Give a part of a network, which the bundle's network begins with, the bundle's weights.

    Args:
        bundle: as of image classification, whose network begins with its backbone.
        part: the same part, such as a backbone for pictures of another size.

    Raises:
        BundleError: the weights are damaged, or of another network.
    """
    arrays = list(read_weights(bundle).values())[: len(part.weights)]
    if [array.shape for array in arrays] != [tuple(weight.shape) for weight in part.weights]:
        raise BundleError(f"{bundle.path}: its network does not begin with this {part.name}")
    part.set_weights(arrays)
