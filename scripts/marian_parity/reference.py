"""Make random networks with the reference implementation, and write what they give.

    python scripts/marian_parity/reference.py FOLDER

It needs torch and transformers, and nothing of ours.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    MarianConfig,
    MarianMTModel,
    PegasusConfig,
    PegasusForConditionalGeneration,
)

SENTENCES = 200
LONGEST = 20  # pieces of a sentence
SCORED = 32  # sentences whose random translations are scored
BEAMS = 4
PADDING, END, UNKNOWN = 59, 0, 1  # PADDING also begins a translation
COMMON: dict[str, Any] = {
    "vocab_size": 60,
    "decoder_vocab_size": 60,
    "d_model": 32,
    "max_position_embeddings": 128,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "pad_token_id": PADDING,
    "decoder_start_token_id": PADDING,
    "eos_token_id": END,
    "forced_eos_token_id": None,
    "activation_function": "swish",
    "scale_embedding": True,
    "dropout": 0.0,
}
CASES: dict[str, dict[str, Any]] = {
    "swish": {},
    "relu, small decoder, unscaled": {
        "activation_function": "relu",
        "scale_embedding": False,
        "encoder_layers": 3,
        "decoder_layers": 1,
        "decoder_attention_heads": 2,
        "decoder_ffn_dim": 48,
    },
    "gelu, separate vocabularies": {
        "activation_function": "gelu",
        "vocab_size": 70,
        "share_encoder_decoder_embeddings": False,
    },
    "relu, normalised first": {
        "activation_function": "relu",
        "normalize_before": True,
        "add_final_layer_norm": True,
    },
}
# Without them, random networks would never end a translation by themselves.
END_BIASES = {
    "swish": 3.5,
    "relu, small decoder, unscaled": 6.5,
    "gelu, separate vocabularies": 7.0,
    "relu, normalised first": 7.0,
}


class EndAtLast(LogitsProcessor):
    """Lets only the end follow at the greatest length, with its own probability.

    Args:
        length: of a translation with its beginning, where the end has to come.
    """

    def __init__(self, length: int) -> None:
        self.length = length

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        if input_ids.shape[1] < self.length:
            return scores
        ended = torch.full_like(scores, -torch.inf)
        ended[:, END] = scores[:, END]
        return ended


def make_model(settings: dict[str, Any], end_bias: float) -> Any:
    """Make a network with random weights, large enough for its choices to differ."""
    if settings.get("normalize_before"):
        model = PegasusForConditionalGeneration(PegasusConfig(**settings))
    else:
        model = MarianMTModel(MarianConfig(**settings))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "embed_positions" not in name:
                noise = torch.randn(weight.shape, generator=generator)
                weight.copy_(noise * 0.3 + (1.0 if "norm.weight" in name else 0.0))
        bias = model.final_logits_bias
        bias.copy_(torch.randn(bias.shape, generator=generator))
        bias[0, END] += end_bias
    return model.eval()


def search(model: Any, source: list[int], beams: int) -> list[int]:
    """Give what the reference finds: pieces without beginning and end."""
    longest = min(2 * len(source) + 10, COMMON["max_position_embeddings"] - 1)
    found = model.generate(
        torch.tensor([source]),
        attention_mask=torch.ones(1, len(source), dtype=torch.long),
        num_beams=beams,
        do_sample=False,
        length_penalty=1.0,
        early_stopping="never" if beams > 1 else False,
        min_length=2,
        max_length=longest + 2,
        forced_eos_token_id=None,
        bad_words_ids=[[PADDING], [UNKNOWN]],
        logits_processor=LogitsProcessorList([EndAtLast(longest + 1)]),
    )
    pieces = found[0].tolist()[1:]
    return pieces[: pieces.index(END)] if END in pieces else pieces


def write_case(folder: Path, settings: dict[str, Any], end_bias: float) -> None:
    """Write a network, sentences, and what the network makes of them."""
    model = make_model(settings, end_bias)
    model.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {**settings, "model_type": "marian"}
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    random = np.random.default_rng(2)
    sizes = random.integers(1, LONGEST, SENTENCES)
    sources = [[*random.integers(2, 58, size).tolist(), END] for size in sizes]
    source = torch.full((SCORED, LONGEST + 1), PADDING)
    for row, pieces in zip(source, sources, strict=False):
        row[: len(pieces)] = torch.tensor(pieces)
    target = torch.tensor(random.integers(2, 58, (SCORED, LONGEST)))
    target[:, 0] = PADDING
    with torch.no_grad():
        scores = model(source, attention_mask=source != PADDING, decoder_input_ids=target).logits
    np.savez(folder / "scores.npz", source=source, target=target, scores=scores)
    found = {
        "sources": sources,
        "greedy": [search(model, pieces, 1) for pieces in sources],
        "beams": [search(model, pieces, BEAMS) for pieces in sources],
    }
    (folder / "found.json").write_text(json.dumps(found))


def main() -> None:
    """Write all cases."""
    torch.set_num_threads(1)
    for number, (name, changes) in enumerate(CASES.items()):
        folder = Path(sys.argv[1]) / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "name.txt").write_text(name)
        write_case(folder, {**COMMON, **changes}, END_BIASES[name])
        print(f"{name}: written")


if __name__ == "__main__":
    main()
