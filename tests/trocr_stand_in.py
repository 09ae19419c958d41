"""Tiny TrOCRs in the layout of the Hub, with random weights; their configurations are those of the
published models but for the sizes."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece

from tests.marian_stand_in import write_safetensors

SIDE, PATCH = 16, 8
TEXTS = [
    "the quick brown fox",
    "jumps over the lazy dog",
    "a MOVE to stop Mr. Gaitskell",
    "£ 1,250",
]
COMMON: dict[str, Any] = {
    "architectures": ["VisionEncoderDecoderModel"],
    "is_encoder_decoder": True,
    "model_type": "vision-encoder-decoder",
    "tie_word_embeddings": False,
}
# microsoft/trocr-small-handwritten
SMALL: dict[str, Any] = {
    **COMMON,
    "eos_token_id": 2,
    "pad_token_id": 1,
    "decoder_start_token_id": 2,
    "encoder": {
        "model_type": "deit",
        "image_size": SIDE,  # 384
        "patch_size": PATCH,  # 16
        "num_channels": 3,
        "hidden_size": 12,  # 384
        "num_hidden_layers": 2,  # 12
        "num_attention_heads": 3,  # 6
        "intermediate_size": 16,  # 1536
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.0,
        "layer_norm_eps": 1e-12,
        "qkv_bias": True,
    },
    "decoder": {
        "model_type": "trocr",
        "activation_function": "relu",
        "cross_attention_hidden_size": 12,  # 384
        "d_model": 8,  # 256
        "decoder_attention_heads": 2,  # 8
        "decoder_ffn_dim": 12,  # 1024
        "decoder_layers": 2,  # 6
        "decoder_start_token_id": 2,
        "dropout": 0.1,
        "eos_token_id": 2,
        "layernorm_embedding": True,
        "max_position_embeddings": 32,  # 512
        "pad_token_id": 1,
        "scale_embedding": True,
        "tie_word_embeddings": False,
        "use_learned_position_embeddings": True,
    },
}
# microsoft/trocr-base-handwritten; what begins a text is said by the decoder alone
BASE: dict[str, Any] = {
    **COMMON,
    "encoder": {
        **SMALL["encoder"],  # 768, 12, 12, 3072
        "model_type": "vit",
        "qkv_bias": False,
    },
    "decoder": {
        **SMALL["decoder"],  # 1024, 12, 16, 4096
        "activation_function": "gelu",
        "scale_embedding": False,
        "tie_word_embeddings": True,
    },
}
# microsoft/trocr-large-printed
LARGE_PRINTED: dict[str, Any] = {
    **BASE,
    "decoder": {
        **BASE["decoder"],
        "activation_function": "relu",
        "scale_embedding": True,
        "use_learned_position_embeddings": False,
        "layernorm_embedding": False,
        "tie_word_embeddings": False,
    },
}
CONFIGS = {"small": SMALL, "base": BASE, "large": LARGE_PRINTED}
PREPROCESSOR: dict[str, Any] = {
    "do_normalize": True,
    "do_resize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "resample": 2,  # 3 in the small models
    "size": SIDE,  # 384
}


def learn_sentencepiece(texts: Sequence[str] = TEXTS) -> bytes:
    """Learn a tiny SentencePiece model with the special pieces of the small models."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter(list(texts) * 4),
        model_writer=model,
        vocab_size=60,
        hard_vocab_limit=False,
        character_coverage=1.0,
        minloglevel=2,
    )
    return model.getvalue()


def learn_bytes(texts: Sequence[str] = TEXTS, size: int = 300) -> tuple[dict[str, int], list[str]]:
    """Learn pairs of bytes as RoBERTa's: vocab.json, and the lines of merges.txt."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(list(texts) * 4, trainer)
    content = json.loads(tokenizer.to_str())["model"]
    pairs = [" ".join(pair) if isinstance(pair, list) else pair for pair in content["merges"]]
    vocabulary = content["vocab"]
    return {**vocabulary, "<mask>": len(vocabulary)}, ["#version: 0.2", *pairs, ""]


def make_weights(config: Mapping[str, Any], seed: int = 3) -> dict[str, np.ndarray]:
    """Give random weights by their published names; float16 holds them."""
    random = np.random.default_rng(seed)
    found: dict[str, np.ndarray] = {}

    def add(name: str, *shape: int, around: float = 0.0) -> None:
        found[name] = (around + random.normal(0, 0.4, shape)).astype(np.float16)

    def add_dense(name: str, out: int, inner: int, *, bias: bool = True) -> None:
        add(f"{name}.weight", out, inner)
        if bias:
            add(f"{name}.bias", out)

    def add_norm(name: str, width: int) -> None:
        add(f"{name}.weight", width, around=1.0)
        add(f"{name}.bias", width)

    encoder, decoder = config["encoder"], config["decoder"]
    width, patch = encoder["hidden_size"], encoder["patch_size"]
    tokens = ["cls_token", "distillation_token"][: 1 + (encoder["model_type"] == "deit")]
    for token in tokens:
        add(f"encoder.embeddings.{token}", 1, 1, width)
    patches = (encoder["image_size"] // patch) ** 2
    add("encoder.embeddings.position_embeddings", 1, patches + len(tokens), width)
    add("encoder.embeddings.patch_embeddings.projection.weight", width, 3, patch, patch)
    add("encoder.embeddings.patch_embeddings.projection.bias", width)
    for index in range(encoder["num_hidden_layers"]):
        layer = f"encoder.encoder.layer.{index}"
        for part in ("query", "key", "value"):
            name = f"{layer}.attention.attention.{part}"
            add_dense(name, width, width, bias=encoder["qkv_bias"])
        add_dense(f"{layer}.attention.output.dense", width, width)
        add_dense(f"{layer}.intermediate.dense", encoder["intermediate_size"], width)
        add_dense(f"{layer}.output.dense", width, encoder["intermediate_size"])
        add_norm(f"{layer}.layernorm_before", width)
        add_norm(f"{layer}.layernorm_after", width)
    add_norm("encoder.layernorm", width)
    add_dense("encoder.pooler.dense", width, width)  # which reading does not use
    add_decoder(add, add_dense, add_norm, decoder, width)
    return found


def add_decoder(
    add: Any, add_dense: Any, add_norm: Any, decoder: Mapping[str, Any], memory: int
) -> None:
    """Add the decoder's weights."""
    width, inner = decoder["d_model"], decoder["decoder_ffn_dim"]
    key = "decoder.model.decoder"
    add(f"{key}.embed_tokens.weight", decoder["vocab_size"], width)
    add("decoder.output_projection.weight", decoder["vocab_size"], width)
    if decoder["use_learned_position_embeddings"]:
        add(f"{key}.embed_positions.weight", decoder["max_position_embeddings"] + 2, width)
    else:
        add(f"{key}.embed_positions._float_tensor", 1)
    if decoder["layernorm_embedding"]:
        add_norm(f"{key}.layernorm_embedding", width)
    for index in range(decoder["decoder_layers"]):
        layer = f"{key}.layers.{index}"
        for attention, source in (("self_attn", width), ("encoder_attn", memory)):
            for part in ("q", "k", "v", "out"):
                own = source if part in "kv" else width
                add_dense(f"{layer}.{attention}.{part}_proj", width, own)
            add_norm(f"{layer}.{attention}_layer_norm", width)
        add_dense(f"{layer}.fc1", inner, width)
        add_dense(f"{layer}.fc2", width, inner)
        add_norm(f"{layer}.final_layer_norm", width)


def write_published(folder: Path, size: str = "small", **changes: Any) -> dict[str, Any]:
    """Write the files of a reader; give its configuration.

    Args:
        folder: where they go.
        size: "small", "base" or "large".
        changes: of the part "decoder" of the configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if size == "small":
        model = learn_sentencepiece()
        (folder / "sentencepiece.bpe.model").write_bytes(model)
        pieces = len(sentencepiece.SentencePieceProcessor(model_proto=model)) + 1
    else:
        vocabulary, merges = learn_bytes()
        (folder / "vocab.json").write_text(json.dumps(vocabulary))
        (folder / "merges.txt").write_text("\n".join(merges), encoding="utf-8")
        pieces = len(vocabulary)
    given = CONFIGS[size]
    config = {**given, "decoder": {**given["decoder"], "vocab_size": pieces + 1, **changes}}
    (folder / "config.json").write_text(json.dumps(config))
    resample = 3 if size == "small" else 2
    (folder / "preprocessor_config.json").write_text(
        json.dumps({**PREPROCESSOR, "resample": resample})
    )
    write_safetensors(folder / "model.safetensors", make_weights(config))
    return config
