"""A tiny translator in the layout of the Hub, with random weights, and graphs that copy."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece

from dltasks.hub.files import git_digest
from pipelines.translation.marian_decoding import MarianGraphs
from tests.bundles import write_bundle_files
from tests.number_pairs import ENGLISH, SPANISH

PLAIN = [" ".join(words) for words in (ENGLISH[:4], ENGLISH[3:7], ENGLISH[6:])]
TURNED = [" ".join(words) for words in (SPANISH[:4], SPANISH[3:7], SPANISH[6:])]
ALPHABET = "Q O T S N E F C U D 1 2 3 4 5 6 7 8 9 0 . , : / ( ) ! Look at"
CONFIG: dict[str, Any] = {
    "model_type": "marian",
    "d_model": 8,
    "max_position_embeddings": 64,
    "encoder_layers": 1,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_layers": 1,
    "decoder_attention_heads": 2,
    "decoder_ffn_dim": 12,
    "eos_token_id": 0,
    "activation_function": "swish",
    "scale_embedding": True,
    "dropout": 0.1,
    "normalize_before": False,
    "num_beams": 4,
}
CARD = "---\nlicense: cc-by-4.0\n---\n\n* source languages: en\n* target languages: es\n"


def learn_side(sentences: Sequence[str]) -> bytes:
    """Learn a tiny SentencePiece model, without bytes, as Marian's are."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter([*sentences, ALPHABET] * 4),
        model_writer=model,
        vocab_size=120,
        hard_vocab_limit=False,
        character_coverage=1.0,
        minloglevel=2,
    )
    return model.getvalue()


def list_pieces(*models: bytes, languages: Sequence[str] = ()) -> list[str]:
    """List the pieces of SentencePiece models as `vocab.json` does."""
    found: dict[str, None] = {"</s>": None, "<unk>": None}
    found |= dict.fromkeys(f">>{code}<<" for code in languages)
    for model in models:
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        for number in range(processor.GetPieceSize()):
            if not (processor.IsControl(number) or processor.IsUnknown(number)):
                found[processor.IdToPiece(number)] = None
    return [*found, "<pad>"]


def make_weights(config: Mapping[str, Any], seed: int = 3) -> dict[str, np.ndarray]:
    """Give random weights by their published names; float16 holds them."""
    random = np.random.default_rng(seed)
    width = config["d_model"]
    found: dict[str, np.ndarray] = {}

    def add(name: str, *shape: int, around: float = 0.0) -> None:
        found[name] = (around + random.normal(0, 0.4, shape)).astype(np.float16)

    def add_dense(name: str, out: int, inner: int) -> None:
        add(f"{name}.weight", out, inner)
        add(f"{name}.bias", out)

    def add_norm(name: str) -> None:
        add(f"{name}.weight", width, around=1.0)
        add(f"{name}.bias", width)

    sizes = config["vocab_size"], config.get("decoder_vocab_size") or config["vocab_size"]
    add("model.encoder.embed_tokens.weight", sizes[0], width)
    if config.get("share_encoder_decoder_embeddings", True):
        found = {"model.shared.weight": found["model.encoder.embed_tokens.weight"]}
    else:
        add("model.decoder.embed_tokens.weight", sizes[1], width)
    add("final_logits_bias", 1, sizes[1])
    for side, attentions in (("encoder", ["self"]), ("decoder", ["self", "encoder"])):
        for index in range(config[f"{side}_layers"]):
            layer = f"model.{side}.layers.{index}"
            for attention in attentions:
                for part in ("q", "k", "v", "out"):
                    add_dense(f"{layer}.{attention}_attn.{part}_proj", width, width)
                add_norm(f"{layer}.{attention}_attn_layer_norm")
            add_dense(f"{layer}.fc1", config[f"{side}_ffn_dim"], width)
            add_dense(f"{layer}.fc2", width, config[f"{side}_ffn_dim"])
            add_norm(f"{layer}.final_layer_norm")
    return found


def write_safetensors(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write a safetensors file of float16."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    content = b""
    for name, array in arrays.items():
        numbers = np.ascontiguousarray(array, np.float16).tobytes()
        offsets = [len(content), len(content) + len(numbers)]
        header[name] = {"dtype": "F16", "shape": list(array.shape), "data_offsets": offsets}
        content += numbers
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + content)


def write_published(
    folder: Path, *, languages: Sequence[str] = (), separate: bool = False, **changes: Any
) -> dict[str, Any]:
    """Write the files of a translator from English to Spanish; give its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    models = {"source.spm": learn_side(PLAIN), "target.spm": learn_side(TURNED)}
    sides = [[models["source.spm"]], [models["target.spm"]]] if separate else [[*models.values()]]
    names = ["vocab.json", "target_vocab.json"][: len(sides)]
    pieces = [list_pieces(*side, languages=languages) for side in sides]
    config = {
        **CONFIG,
        "vocab_size": len(pieces[0]),
        "decoder_vocab_size": len(pieces[-1]),
        "share_encoder_decoder_embeddings": not separate,
        "pad_token_id": len(pieces[0]) - 1,
        "decoder_start_token_id": len(pieces[-1]) - 1,
        **changes,
    }
    for name, content in models.items():
        (folder / name).write_bytes(content)
    for name, own in zip(names, pieces, strict=True):
        (folder / name).write_text(json.dumps({piece: i for i, piece in enumerate(own)}))
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "README.md").write_text(CARD)
    write_safetensors(folder / "model.safetensors", make_weights(config))
    return config


def publish(folder: Path, server: Path, name: str, owner: str = "Helsinki-NLP") -> None:
    """Lay the files of a model out below the folder of a server as the Hub answers."""
    place = server / owner / name / "resolve" / "abc"
    place.mkdir(parents=True)
    entries = []
    for file in sorted(folder.iterdir()):
        content = file.read_bytes()
        (place / file.name).write_bytes(content)
        entry = {"rfilename": file.name, "size": len(content), "blobId": git_digest(content)}
        if file.name in ("model.safetensors", "pytorch_model.bin"):
            entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest()}
        entries.append(entry)
    listing = server / "api" / "models" / owner / name
    listing.parent.mkdir(parents=True, exist_ok=True)
    listing.write_text(json.dumps({"sha": "abc", "siblings": entries}))


class CopyingEncoder:
    """Gives nothing of the source; the step reads it itself."""

    def run(self, *, source: np.ndarray) -> list[np.ndarray]:
        count, length = source.shape
        keys = np.zeros((count, 1, 2, length), np.float32)
        return [keys, keys.transpose(0, 1, 3, 2)]


class CopyingStep:
    """Says the source again, but for pieces that it does not know.

    Args:
        vocabulary: of the target.
        skipped: of the source's pieces, those of its language before all.
        replaced: piece -> what is said in its place.
    """

    def __init__(self, vocabulary: int, skipped: int = 0, replaced: Any = ()) -> None:
        self.vocabulary, self.skipped, self.replaced = vocabulary, skipped, dict(replaced)
        self.sources: list[list[int]] = []

    def run(self, **inputs: np.ndarray) -> list[np.ndarray]:
        source, state = inputs["source"], inputs["state"]
        if not state.shape[2]:
            self.sources += [row.tolist() for row in source]
        place = min(state.shape[2] + self.skipped, source.shape[1] - 1)
        scores = np.full((len(source), self.vocabulary), -9.0, np.float32)
        said = [self.replaced.get(int(piece), int(piece)) for piece in source[:, place]]
        scores[np.arange(len(source)), said] = -0.01
        attention = np.zeros(source.shape, np.float32)
        attention[:, place] = 1.0
        new = np.zeros((*state.shape[:2], 1, state.shape[3]), np.float32)
        return [scores, np.concatenate([state, new], axis=2), attention]


def copying(pieces: int, **settings: Any) -> MarianGraphs:
    """Give graphs that copy."""
    return MarianGraphs(CopyingEncoder(), CopyingStep(pieces, **settings))


def write_copying_bundle(folder: Path, languages: Sequence[str] = ()) -> tuple[Path, list[str]]:
    """Write a bundle for `copying`, whose graphs stand in; give its pieces, too."""
    model = learn_side([*PLAIN, *TURNED])
    pieces = list_pieces(model, languages=languages)
    files = {
        "source.spm": model,
        "target.spm": model,
        "vocab.json": json.dumps({piece: i for i, piece in enumerate(pieces)}).encode(),
        "encoder.onnx": b"stands in",
        "step.onnx": b"stands in",
    }
    config = {
        "family": "marian",
        "target_vocabulary": len(pieces),
        "width": 2,
        "positions": 200,
        "decoder_layers": 1,
        "decoder_heads": 1,
        "padding": len(pieces) - 1,
        "begin": len(pieces) - 1,
        "end": 0,
    }
    known = {"sources": ["en"], "targets": [*languages] or ["es"], "longest": 60}
    path = write_bundle_files(folder, "translation", files, config=config, preprocessing=known)
    return path, pieces
