"""Give the layers of a network arrays that are named and laid out as PyTorch has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pipelines.errors import BundleError


class LayerLoader:
    """Fills a network layer by layer.

    Args:
        network: whose layers are filled.
        arrays: by their names in the file.
        origin: the file, named in errors.

    Attributes:
        used: the names of the arrays that were taken.
    """

    def __init__(self, network: Any, arrays: Mapping[str, Any], origin: str) -> None:
        self._layers = {layer.name: layer for layer in network.layers}
        self._arrays, self._origin = arrays, origin
        self.used: set[str] = set()

    def dense(self, name: str, key: str) -> None:
        """Fill a dense layer from `key`.weight, [out, in], and `key`.bias, if the layer has one."""
        kernel = self.get(f"{key}.weight").T
        has_bias = self._layers[name].use_bias
        self.set(name, kernel, *([self.get(f"{key}.bias")] if has_bias else []))

    def norm(self, name: str, key: str) -> None:
        """Fill a layer normalisation."""
        self.set(name, self.get(f"{key}.weight"), self.get(f"{key}.bias"))

    def get(self, *keys: str) -> np.ndarray:
        """Give an array as float32, by the first of several names that the file has.

        Raises:
            BundleError: it has none of them.
        """
        key = next((key for key in keys if key in self._arrays), None)
        if key is None:
            raise BundleError(
                f"{self._origin}: {keys[0]} is missing; the file is for another network"
            )
        self.used.add(key)
        return np.asarray(self._arrays[key], np.float32)

    def set(self, name: str, *arrays: np.ndarray) -> None:
        """Fill a layer.

        Raises:
            BundleError: the arrays are of other shapes.
        """
        shapes = [tuple(weight.shape) for weight in self._layers[name].weights]
        if [array.shape for array in arrays] != shapes:
            raise BundleError(
                f"{self._origin}: {name} is {[list(array.shape) for array in arrays]}, not "
                f"{[list(shape) for shape in shapes]}; the file is for another network"
            )
        self._layers[name].set_weights(list(arrays))
