"""Make random networks with the reference implementation, and write what they give.

    python scripts/trocr_parity/reference.py FOLDER

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
    DeiTConfig,
    DeiTModel,
    LogitsProcessor,
    LogitsProcessorList,
    TrOCRConfig,
    TrOCRForCausalLM,
    VisionEncoderDecoderModel,
    ViTConfig,
    ViTModel,
)

PICTURES = 100
LONGEST = 20  # pieces of a text
SCORED = 16  # pictures whose random texts are scored
BEAMS = 4
PIECES = 60
PADDING, END = 1, 2  # END also begins a text
ENCODER: dict[str, Any] = {
    "image_size": 16,
    "patch_size": 4,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 48,
    "hidden_dropout_prob": 0.0,
}
DECODER: dict[str, Any] = {
    "vocab_size": PIECES,
    "d_model": 32,
    "decoder_layers": 2,
    "decoder_attention_heads": 4,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 32,
    "cross_attention_hidden_size": 24,
    "is_decoder": True,
    "add_cross_attention": True,
    "dropout": 0.0,
}
# The published ones are so but for their sizes, as far as their names say.
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "DeiT, as trocr-small": (
        "deit",
        {"qkv_bias": True},
        {"activation_function": "relu", "scale_embedding": True, "tie_word_embeddings": False},
    ),
    "ViT without biases, as trocr-base": (
        "vit",
        {"qkv_bias": False},
        {"activation_function": "gelu", "tie_word_embeddings": False},
    ),
    "ViT without biases, sines, as trocr-large-printed": (
        "vit",
        {"qkv_bias": False},
        {
            "activation_function": "relu",
            "scale_embedding": True,
            "use_learned_position_embeddings": False,
            "layernorm_embedding": False,
            "tie_word_embeddings": False,
        },
    ),
    "ViT with biases, tied, not normalised": (
        "vit",
        {"qkv_bias": True},
        {"layernorm_embedding": False, "tie_word_embeddings": True},
    ),
    "DeiT, sines, tied": (
        "deit",
        {"qkv_bias": True},
        {"use_learned_position_embeddings": False, "tie_word_embeddings": True},
    ),
}
# Without them, random networks would never end a text by themselves, or do so at once.
END_SCORES = {
    "DeiT, as trocr-small": 6.0,
    "ViT without biases, as trocr-base": 3.0,
    "ViT without biases, sines, as trocr-large-printed": 6.0,
    "ViT with biases, tied, not normalised": 6.0,
    "DeiT, sines, tied": 12.0,
}
MODELS: dict[str, Any] = {"vit": (ViTConfig, ViTModel), "deit": (DeiTConfig, DeiTModel)}
# transformers 5 names the parts of its encoders anew; the published files have these names.
PUBLISHED_NAMES = {
    "encoder.layers.": "encoder.encoder.layer.",
    ".attention.q_proj.": ".attention.attention.query.",
    ".attention.k_proj.": ".attention.attention.key.",
    ".attention.v_proj.": ".attention.attention.value.",
    ".attention.o_proj.": ".attention.output.dense.",
    ".mlp.fc1.": ".intermediate.dense.",
    ".mlp.fc2.": ".output.dense.",
}


class EndAtLast(LogitsProcessor):
    """Lets only the end follow at the greatest length, with its own probability.

    Args:
        length: of a text with its beginning, where the end has to come.
    """

    def __init__(self, length: int) -> None:
        self.length = length

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        if input_ids.shape[1] < self.length:
            return scores
        ended = torch.full_like(scores, -torch.inf)
        ended[:, END] = scores[:, END]
        return ended


def make_model(
    kind: str, encoder: dict[str, Any], decoder: dict[str, Any], end_score: float
) -> Any:
    """Make a network with random weights, large enough for its choices to differ."""
    config_class, model_class = MODELS[kind]
    model = VisionEncoderDecoderModel(
        encoder=model_class(config_class(**ENCODER, **encoder), add_pooling_layer=False),
        decoder=TrOCRForCausalLM(TrOCRConfig(**DECODER, **decoder)),
    )
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            is_norm = "norm" in name and name.endswith("weight")
            noise = torch.randn(weight.shape, generator=generator)
            weight.copy_(noise * 0.3 + (1.0 if is_norm else 0.0))
        last = model.decoder.model.decoder.layers[-1].final_layer_norm.bias
        model.decoder.output_projection.weight[END] += end_score * last / (last @ last)
    for part in (model.config, model.generation_config):
        part.pad_token_id, part.eos_token_id, part.decoder_start_token_id = PADDING, END, END
    return model.eval()


def search(model: Any, pixels: Any, beams: int) -> list[int]:
    """Give what the reference finds: pieces without beginning and end."""
    found = model.generate(
        pixels[None],
        num_beams=beams,
        do_sample=False,
        length_penalty=1.0,
        early_stopping="never" if beams > 1 else False,
        min_length=2,
        max_length=LONGEST + 2,
        bad_words_ids=[[PADDING]],
        logits_processor=LogitsProcessorList([EndAtLast(LONGEST + 1)]),
    )
    pieces = found[0].tolist()[1:]
    return pieces[: pieces.index(END)] if END in pieces else pieces


def write_case(folder: Path, kind: str, encoder: Any, decoder: Any, end_score: float) -> None:
    """Write a network, pictures, and what the network makes of them."""
    from safetensors.torch import save_file

    model = make_model(kind, encoder, decoder, end_score)
    arrays = {}
    for name, weight in model.state_dict().items():
        for theirs, published in PUBLISHED_NAMES.items():
            name = name.replace(theirs, published) if name.startswith("encoder.") else name
        arrays[name] = weight.clone()
    save_file(arrays, folder / "model.safetensors")
    config = model.config.to_dict()
    config["encoder"]["model_type"], config["decoder"]["model_type"] = kind, "trocr"
    (folder / "config.json").write_text(json.dumps(config, indent=2, default=str))
    random = np.random.default_rng(2)
    side = ENCODER["image_size"]
    images = random.integers(0, 256, (PICTURES, side, side, 3), dtype=np.uint8)
    pixels = torch.tensor(((images / 255 - 0.5) / 0.5).astype(np.float32)).permute(0, 3, 1, 2)
    target = random.integers(3, PIECES, (SCORED, LONGEST))
    target[:, 0] = END
    with torch.no_grad():
        scores = model(pixels[:SCORED], decoder_input_ids=torch.tensor(target)).logits
    np.savez(folder / "scores.npz", images=images, target=target, scores=scores)
    found = {
        "greedy": [search(model, row, 1) for row in pixels],
        "beams": [search(model, row, BEAMS) for row in pixels],
    }
    (folder / "found.json").write_text(json.dumps(found))


def main() -> None:
    """Write all cases."""
    torch.set_num_threads(1)
    for number, (name, settings) in enumerate(CASES.items()):
        folder = Path(sys.argv[1]) / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "name.txt").write_text(name)
        write_case(folder, *settings, END_SCORES[name])
        print(f"{name}: written")


if __name__ == "__main__":
    main()
