"""Start from the weights of a bundle; new symbols start with new weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dltasks.export.weights import load_weights
from dltasks.tasks.text_generation.config import GeneratorConfig
from dltasks.tasks.text_generation.network import build_network
from pipelines.bundle.folder import Bundle

if TYPE_CHECKING:
    import keras


def copy_weights(base: Bundle, network: keras.Model) -> None:
    """Give a network the weights of a bundle.

    Args:
        base: the bundle; its symbols have the same numbers in the network's vocabulary.
        network: of the bundle's size, for a vocabulary that is as large or larger.

    Raises:
        BundleError: the weights are damaged.
    """
    source = build_network(GeneratorConfig.from_dict(base.config, "bundle's config"))
    load_weights(base, source)
    for old, new in zip(source.weights, network.weights, strict=True):
        values = new.numpy()
        values[tuple(slice(size) for size in old.shape)] = old.numpy()
        if old.path.endswith("/bias") and old.shape != new.shape:
            # As unlikely as the least likely symbol that the bundle knows.
            values[old.shape[0] :] = np.min(old.numpy())
        new.assign(values)
