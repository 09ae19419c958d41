"""A weights file as Keras publishes them."""

from __future__ import annotations

from pathlib import Path

import h5py
import keras


def write_published(network: keras.Model, path: Path) -> Path:
    """Write weights in the format of the published files, Keras' before version 3."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in network.layers]
        for layer in network.layers:
            weights = layer.trainable_weights + layer.non_trainable_weights
            group = file.create_group(layer.name)
            group.attrs["weight_names"] = [weight.path.encode() for weight in weights]
            for weight in weights:
                group[weight.path] = weight.numpy()
    return path
