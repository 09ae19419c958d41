"""Published TrOCR models, in the layout of the Hugging Face Hub, to our network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dltasks.hub.folder import (
    CONFIG_FILE,
    licence_of,
    read_card,
    read_json,
    read_revision,
)
from dltasks.hub.trocr import PREPROCESSOR_FILE, PublishedReader
from dltasks.hub.weights import read_weights
from dltasks.networks.loading import LayerLoader
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.handwriting.trocr_config import TrocrConfig
from dltasks.tasks.handwriting.trocr_network import build_trocr
from dltasks.tasks.handwriting.trocr_published_config import read_config, read_preprocessor
from dltasks.tasks.handwriting.trocr_vocabulary import read_vocabulary
from pipelines.errors import BundleError

LONGEST = 128  # pieces of a line: four times those of a long one
OUTPUT, TABLE = "decoder.output_projection.weight", "decoder.model.decoder.embed_tokens.weight"
ENCODER, DECODER = "encoder.encoder.layer", "decoder.model.decoder.layers"
# What a file may have besides, of parts that reading does not use.
UNUSED = (
    "encoder.pooler.dense.weight",
    "encoder.pooler.dense.bias",
    "decoder.model.decoder.version",
    "decoder.model.decoder.embed_positions._float_tensor",
    "encoder.embeddings.mask_token",
)


def convert(published: PublishedReader, folder: Path) -> BuiltNetwork:
    """Make a network of a folder with the files of a published model.

    Raises:
        BundleError: a file is missing, damaged or of another network, or the network is of a kind
            that ours is not.
    """
    origin = folder / CONFIG_FILE
    picture_origin = folder / PREPROCESSOR_FILE
    config = read_config(read_json(origin), str(origin))
    picture = read_preprocessor(read_json(picture_origin), str(picture_origin), config.side)
    file, content = read_vocabulary(folder, config.vocabulary)
    weights, arrays = read_weights(folder)
    config = replace(
        config, mean=picture.mean, spread=picture.spread, tied_output=is_tied(config, arrays)
    )
    network = build_trocr(config).whole
    TrocrLoader(network, arrays, str(weights)).load(config)
    return BuiltNetwork(
        network=network,
        config=config.to_dict(),
        preprocessing={
            "side": config.side,
            "interpolation": picture.interpolation,
            "longest": min(LONGEST, config.positions - 1),
        },
        assets={file: content},
        source=f"{published.url}{read_revision(folder)} ({published.paper})",
        licence=licence_of(read_card(folder)) or published.licence,
        training_data=published.training_data,
    )


def is_tied(config: TrocrConfig, arrays: Mapping[str, Any]) -> bool:
    """Tell whether the output has the table of the pieces.

    The configurations of the published files do not say it reliably; a file with both does.
    """
    if OUTPUT not in arrays or TABLE not in arrays:
        return config.tied_output
    return np.array_equal(arrays[OUTPUT], arrays[TABLE])


class TrocrLoader(LayerLoader):
    """Gives the layers of our network the arrays of a published file."""

    def load(self, config: TrocrConfig) -> None:
        """Fill all layers.

        Raises:
            BundleError: an array is missing, of another shape, or not of this network.
        """
        self._load_encoder(config)
        self._load_decoder(config)
        other = set(self._arrays) - self.used - {*UNUSED, OUTPUT}
        if other:
            raise BundleError(
                f"{self._origin}: {min(other)} is not a part of the network in {CONFIG_FILE}"
            )

    def _load_encoder(self, config: TrocrConfig) -> None:
        key = "encoder.embeddings"
        kernel = self.get(f"{key}.patch_embeddings.projection.weight")
        bias = self.get(f"{key}.patch_embeddings.projection.bias")
        self._check_axes(f"{key}.patch_embeddings.projection.weight", kernel, 4)
        self.set("patches", kernel.transpose(2, 3, 1, 0), bias)  # [out, in, height, width]
        tokens = ["cls_token", "distillation_token"][: config.extra_tokens]
        rows = [self.get(f"{key}.{name}").reshape(-1, config.encoder_width) for name in tokens]
        self.set("extra_tokens", np.concatenate(rows))
        positions = self.get(f"{key}.position_embeddings")
        self.set("encoder_positions", positions.reshape(-1, positions.shape[-1]))
        for index in range(config.encoder_layers):
            self._load_encoder_layer(f"encoder_{index}", f"{ENCODER}.{index}")
        self.norm("encoder_norm", "encoder.layernorm")

    def _load_encoder_layer(self, name: str, key: str) -> None:
        self.norm(f"{name}_norm", f"{key}.layernorm_before")
        for part in ("query", "key", "value"):
            self.dense(f"{name}_{part}", f"{key}.attention.attention.{part}")
        self.dense(f"{name}_output", f"{key}.attention.output.dense")
        self.norm(f"{name}_feed_forward_norm", f"{key}.layernorm_after")
        self.dense(f"{name}_feed_forward_inner", f"{key}.intermediate.dense")
        self.dense(f"{name}_feed_forward_outer", f"{key}.output.dense")

    def _load_decoder(self, config: TrocrConfig) -> None:
        key = "decoder.model.decoder"
        self.set("pieces", self.get(TABLE))
        if not config.tied_output:
            self.set("output", self.get(OUTPUT).T)
        if config.learned_positions:
            self.set("positions", self.get(f"{key}.embed_positions.weight"))
        if config.normalise_embedding:
            self.norm("embedding_norm", f"{key}.layernorm_embedding")
        for index in range(config.decoder_layers):
            name, layer = f"decoder_{index}", f"{DECODER}.{index}"
            self._load_attention(name, f"{layer}.self_attn")
            self._load_attention(f"{name}_cross", f"{layer}.encoder_attn")
            self.dense(f"{name}_feed_forward_inner", f"{layer}.fc1")
            self.dense(f"{name}_feed_forward_outer", f"{layer}.fc2")
            self.norm(f"{name}_feed_forward_norm", f"{layer}.final_layer_norm")

    def _load_attention(self, name: str, key: str) -> None:
        parts = {"query": "q_proj", "key": "k_proj", "value": "v_proj", "output": "out_proj"}
        for ours, theirs in parts.items():
            self.dense(f"{name}_{ours}", f"{key}.{theirs}")
        self.norm(f"{name}_norm", f"{key}_layer_norm")

    def _check_axes(self, key: str, array: np.ndarray, axes: int) -> None:
        if array.ndim != axes:
            raise BundleError(
                f"{self._origin}: {key} has {array.ndim} axes, not {axes}; the file is for another "
                "network"
            )
