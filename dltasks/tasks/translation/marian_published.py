"""Published Marian models, in the layout of the Hugging Face Hub, to our network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dltasks.hub.folder import (
    CONFIG_FILE,
    licence_of,
    read_card,
    read_file,
    read_json,
    read_revision,
)
from dltasks.hub.opus_mt import PublishedTranslator
from dltasks.hub.weights import read_weights
from dltasks.networks.loading import LayerLoader
from dltasks.networks.positions import sines_of
from dltasks.tasks.base import BuiltNetwork
from dltasks.tasks.translation.marian_config import MarianConfig
from dltasks.tasks.translation.marian_network import build_marian
from pipelines.errors import BundleError, ConfigurationError
from pipelines.translation.languages import distance
from pipelines.translation.marian_pieces import (
    SOURCE_FILE,
    TARGET_FILE,
    TARGET_VOCABULARY_FILE,
    VOCABULARY_FILE,
    MarianSide,
    languages_of,
    number_pieces,
)

LONGEST = 160  # pieces that are translated at once: OPUS-MT's training had sentences, not texts
LARGEST_SINE_ERROR = 1e-2  # of tables that were stored as float16

# Our name of a setting -> that of config.json.
NAMES = {
    "width": "d_model",
    "positions": "max_position_embeddings",
    "encoder_layers": "encoder_layers",
    "encoder_heads": "encoder_attention_heads",
    "encoder_inner": "encoder_ffn_dim",
    "decoder_layers": "decoder_layers",
    "decoder_heads": "decoder_attention_heads",
    "decoder_inner": "decoder_ffn_dim",
    "scale_embedding": "scale_embedding",
    "source_vocabulary": "vocab_size",
    "padding": "pad_token_id",
    "begin": "decoder_start_token_id",
    "end": "eos_token_id",
}
ACTIVATIONS = {"relu": "relu", "gelu": "gelu", "swish": "swish", "silu": "swish"}
# What config.json may say besides, and the only value that our network has of it.
FIXED = {
    "model_type": "marian",
    "static_position_embeddings": True,
    "normalize_embedding": False,
    "add_bias_logits": False,
}


def convert(published: PublishedTranslator, folder: Path) -> BuiltNetwork:
    """Make a network of a folder with the files of a published model.

    Raises:
        BundleError: a file is missing, damaged or of another network, or the network is of a kind
            that ours is not.
    """
    origin = folder / CONFIG_FILE
    config = read_config(read_json(origin), str(origin))
    network = build_marian(config).whole
    weights, arrays = read_weights(folder)
    MarianLoader(network, arrays, str(weights)).load(config)
    assets = {file: read_file(folder / file) for file in _assets(folder)}
    languages = _check_vocabulary(folder, assets, config)
    card = read_card(folder)
    return BuiltNetwork(
        network=network,
        config=config.to_dict(),
        preprocessing={
            "sources": _languages(card, "source", [published.source]),
            "targets": _order(languages, published.target) or [published.target],
            "longest": min(LONGEST, config.positions - 4),
        },
        assets=assets,
        source=f"{published.url}{read_revision(folder)} ({published.paper})",
        licence=licence_of(card) or "not stated",
        training_data=published.training_data,
    )


def read_config(content: Any, origin: str) -> MarianConfig:
    """Read what config.json says of the network.

    Raises:
        BundleError: a value is missing, or one that our network does not have; names it.
    """
    if not isinstance(content, dict):
        raise BundleError(f"{origin}: not a configuration; get the file again")
    first = bool(content.get("normalize_before", False))
    for name, wanted in {**FIXED, "add_final_layer_norm": first}.items():
        if content.get(name, wanted) != wanted:
            raise BundleError(
                f"{origin}: {name} {content[name]!r} is not supported, only {wanted!r}"
            )
    activation = content.get("activation_function")
    if activation not in ACTIVATIONS:
        raise BundleError(
            f"{origin}: activation_function {activation!r} is not supported, only "
            f"{', '.join(ACTIVATIONS)}"
        )
    shared = content.get("share_encoder_decoder_embeddings", True)
    known = {ours: content[name] for ours, name in NAMES.items() if name in content}
    target = None if shared else content.get("decoder_vocab_size")
    known |= {
        "target_vocabulary": target or content.get("vocab_size"),
        "activation": ACTIVATIONS[activation],
        "normalise_first": first,
        "shared_embedding": shared,
        "tied_output": content.get("tie_word_embeddings", True),
        "dropout": content.get("dropout", 0.1),
    }
    missing = [name for ours, name in NAMES.items() if ours not in known]
    if missing:
        raise BundleError(f"{origin}: {missing[0]} is missing; get the file again")
    try:
        return MarianConfig.from_dict(known, origin)
    except ConfigurationError as error:
        raise BundleError(f"{origin}: {error}; get the file again") from None


class MarianLoader(LayerLoader):
    """Gives the layers of our network the arrays of a published file."""

    def load(self, config: MarianConfig) -> None:
        """Fill all layers.

        Raises:
            BundleError: an array is missing, of another shape, or not of this network.
        """
        shared = ["model.shared.weight"] if config.shared_embedding else []
        output, target = "lm_head.weight", "model.decoder.embed_tokens.weight"
        source = "model.encoder.embed_tokens.weight"
        tied = [output] if config.tied_output else []
        own = [source] if config.shared_embedding else []
        self.set("target_pieces", self.get(*shared, target, *tied, *own))
        if not config.shared_embedding:
            self.set("source_pieces", self.get(source))
        if not config.tied_output:
            self.set("output", self.get(output).T)
        self.set("output_bias", self.get("final_logits_bias").reshape(-1))
        for side in ("encoder", "decoder"):
            self._check_positions(f"model.{side}.embed_positions.weight")
            for index in range(getattr(config, f"{side}_layers")):
                self._layer(f"{side}_{index}", f"model.{side}.layers.{index}", side)
            if config.normalise_first:
                self.norm(f"{side}_norm", f"model.{side}.layer_norm")
        other = set(self._arrays) - self.used - {*shared, source, target, output}
        if other:
            raise BundleError(
                f"{self._origin}: {min(other)} is not a part of the network in {CONFIG_FILE}"
            )

    def _layer(self, name: str, key: str, side: str) -> None:
        self._attention(name, f"{key}.self_attn")
        if side == "decoder":
            self._attention(f"{name}_cross", f"{key}.encoder_attn")
        self.dense(f"{name}_feed_forward_inner", f"{key}.fc1")
        self.dense(f"{name}_feed_forward_outer", f"{key}.fc2")
        self.norm(f"{name}_feed_forward_norm", f"{key}.final_layer_norm")

    def _attention(self, name: str, key: str) -> None:
        parts = {"query": "q_proj", "key": "k_proj", "value": "v_proj", "output": "out_proj"}
        for ours, theirs in parts.items():
            self.dense(f"{name}_{ours}", f"{key}.{theirs}")
        self.norm(f"{name}_norm", f"{key}_layer_norm")

    def _check_positions(self, key: str) -> None:
        """Refuse positions that are not sines; a file need not have them."""
        if key not in self._arrays:
            return
        table = self.get(key)
        wanted = np.asarray(sines_of(np.arange(table.shape[0]), table.shape[1]))
        if not np.abs(table - wanted).max() < LARGEST_SINE_ERROR:
            raise BundleError(f"{self._origin}: {key} are not sines, which is not supported")


def _assets(folder: Path) -> list[str]:
    own = [TARGET_VOCABULARY_FILE] if (folder / TARGET_VOCABULARY_FILE).is_file() else []
    return [SOURCE_FILE, TARGET_FILE, VOCABULARY_FILE, *own]


def _check_vocabulary(folder: Path, assets: Mapping[str, bytes], config: MarianConfig) -> list[str]:
    """Compare the vocabulary with the network, and list the target languages that it has.

    Raises:
        BundleError: a file is damaged, or it numbers more pieces than the network has.
    """
    sides = {
        (SOURCE_FILE, VOCABULARY_FILE): config.source_vocabulary,
        (TARGET_FILE, _assets(folder)[-1]): config.target_vocabulary,
    }
    for (model, file), size in sides.items():
        pieces = number_pieces(read_json(folder / file), str(folder / file))
        MarianSide(assets[model], pieces, str(folder / model))
        if len(pieces) > size:
            raise BundleError(
                f"{folder / file}: {len(pieces)} pieces for a network of {size}; get the file again"
            )
    return languages_of(number_pieces(json.loads(assets[VOCABULARY_FILE]), VOCABULARY_FILE))


def _order(languages: list[str], first: str) -> list[str]:
    """Sort codes, the nearest to one of them first."""
    return sorted(languages, key=lambda code: (distance(first, code), len(code), code))


def _languages(card: str, side: str, otherwise: list[str]) -> list[str]:
    """List the languages that the card names for a side: "* source languages: fr,fr_BE"."""
    found = re.search(rf"^\*\s*{side} language(?:s|\(s\)):\s*(\S.*)$", card, re.MULTILINE)
    codes = re.findall(r"[A-Za-z][\w-]*", found[1]) if found else []
    return codes if len(codes) > 1 else otherwise
