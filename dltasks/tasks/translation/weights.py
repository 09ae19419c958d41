"""Give a network the weights of a bundle, whose vocabulary may be another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dltasks.export.weights import load_weights
from dltasks.tasks.translation.config import TranslatorConfig
from dltasks.tasks.translation.network import build_network
from pipelines.bundle.folder import Bundle
from pipelines.search.pieces import Pieces

if TYPE_CHECKING:
    import keras

TABLE = "pieces/embeddings"  # the one weight that depends on the vocabulary


def copy_weights(base: Bundle, network: keras.Model, known: Pieces, wanted: Pieces) -> None:
    """Give a network the weights of a bundle.

    A piece that the bundle does not have starts as the mean of the bundle's pieces that spell it.

    Args:
        base: the bundle.
        network: of the bundle's size, for the wanted vocabulary.
        known: the bundle's vocabulary.
        wanted: the network's vocabulary.

    Raises:
        BundleError: the weights are damaged.
    """
    source = build_network(TranslatorConfig.from_dict(base.config, "bundle's config"))
    load_weights(base, source)
    for old, new in zip(source.weights, network.weights, strict=True):
        values = old.numpy()
        new.assign(_spell(values, known, wanted) if old.path.endswith(TABLE) else values)


def _spell(table: np.ndarray, known: Pieces, wanted: Pieces) -> np.ndarray:
    """Make the table of a vocabulary from that of another one: [piece, width]."""
    texts = [wanted.text_of(piece) for piece in range(len(wanted))]
    rows = [known.spell(text) for text in texts]
    return np.stack([table[row].mean(axis=0) for row in rows])
