"""What the configuration files of a published TrOCR say of network and pictures."""

from __future__ import annotations

from typing import Any, NamedTuple

from dltasks.tasks.handwriting.trocr_config import COLOURS, TrocrConfig
from pipelines.errors import BundleError, ConfigurationError
from pipelines.images import Interpolation

# Our name of a setting -> that of the part "encoder" of config.json.
ENCODER_NAMES = {
    "side": "image_size",
    "patch": "patch_size",
    "encoder_width": "hidden_size",
    "encoder_layers": "num_hidden_layers",
    "encoder_heads": "num_attention_heads",
    "encoder_inner": "intermediate_size",
    "encoder_activation": "hidden_act",
    "encoder_epsilon": "layer_norm_eps",
    "encoder_bias": "qkv_bias",
}
# And that of the part "decoder".
DECODER_NAMES = {
    "vocabulary": "vocab_size",
    "width": "d_model",
    "positions": "max_position_embeddings",
    "decoder_layers": "decoder_layers",
    "decoder_heads": "decoder_attention_heads",
    "decoder_inner": "decoder_ffn_dim",
    "decoder_activation": "activation_function",
    "learned_positions": "use_learned_position_embeddings",
    "scale_embedding": "scale_embedding",
    "normalise_embedding": "layernorm_embedding",
    "tied_output": "tie_word_embeddings",
    "dropout": "dropout",
}
# What either may leave out, as transformers has it by default.
DEFAULTS: dict[str, dict[str, Any]] = {
    "encoder": {"layer_norm_eps": 1e-12, "qkv_bias": True, "hidden_act": "gelu"},
    "decoder": {"dropout": 0.1, "tie_word_embeddings": True},
}
EXTRA_TOKENS = {"vit": 1, "deit": 2}  # by the encoder's kind
ACTIVATIONS = {"relu": "relu", "gelu": "gelu", "swish": "swish", "silu": "swish"}
TOKENS = {"padding": "pad_token_id", "begin": "decoder_start_token_id", "end": "eos_token_id"}
LEARNED_OFFSET = 2  # rows before the first position of a learned table, which nothing reads
LEAST_SPREAD = 1e-3  # parts of white, which colours are divided by
# By Pillow's numbers, which preprocessor_config.json has.
BILINEAR, BICUBIC = 2, 3
INTERPOLATIONS: dict[int, Interpolation] = {1: "lanczos", BILINEAR: "bilinear", BICUBIC: "bicubic"}


class Picture(NamedTuple):
    """How a picture becomes the network's input; see `TrocrConfig` and `TrocrPreprocessing`."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    interpolation: Interpolation


def read_config(content: Any, origin: str) -> TrocrConfig:
    """Read what config.json says of the network.

    Raises:
        BundleError: a value is missing, or one that our network does not have; names it.
    """
    encoder, decoder = (_part(content, side, origin) for side in ("encoder", "decoder"))
    _expect(content, "model_type", ("vision-encoder-decoder",), origin)
    _expect(encoder, "model_type", tuple(EXTRA_TOKENS), f"{origin}: encoder")
    _expect(decoder, "model_type", ("trocr",), f"{origin}: decoder")
    _expect(encoder, "num_channels", (COLOURS, None), f"{origin}: encoder")
    known = {
        **_take(encoder, ENCODER_NAMES, f"{origin}: encoder", DEFAULTS["encoder"]),
        **_take(decoder, DECODER_NAMES, f"{origin}: decoder", DEFAULTS["decoder"]),
    }
    for side in ("encoder", "decoder"):
        name = f"{side}_activation"
        if known[name] not in ACTIVATIONS:
            raise BundleError(
                f"{origin}: {side}: activation {known[name]!r} is not supported, only "
                f"{', '.join(ACTIVATIONS)}"
            )
        known[name] = ACTIVATIONS[known[name]]
    cross = decoder.get("cross_attention_hidden_size") or known["width"]
    if cross != known["encoder_width"]:
        raise BundleError(
            f"{origin}: decoder: cross_attention_hidden_size {cross} is not the encoder's "
            f"hidden_size {known['encoder_width']}, which is not supported"
        )
    known["extra_tokens"] = EXTRA_TOKENS[encoder["model_type"]]
    known |= {ours: _token(content, decoder, name, origin) for ours, name in TOKENS.items()}
    # fairseq numbers sines from the one after that of padding.
    after_padding = int(known["padding"]) + 1
    known["first_position"] = LEARNED_OFFSET if known["learned_positions"] else after_padding
    try:
        return TrocrConfig.from_dict(known, origin)
    except ConfigurationError as error:
        raise BundleError(f"{origin}: {error}; get the file again") from None


def read_preprocessor(content: Any, origin: str, side: int) -> Picture:
    """Read what preprocessor_config.json says of the pictures.

    Args:
        content: of the file.
        origin: named in errors.
        side: of the pictures that the network takes.

    Raises:
        BundleError: a value is missing, or pictures are made otherwise than ours; names it.
    """
    if not isinstance(content, dict):
        raise BundleError(f"{origin}: not a configuration; get the file again")
    for name in ("do_resize", "do_normalize", "do_rescale"):
        _expect(content, name, (True, None), origin)
    sizes = [("size", content.get("size"))]
    if content.get("do_center_crop"):
        sizes.append(("crop_size", content.get("crop_size")))
    for name, size in sizes:
        sides = list(size.values()) if isinstance(size, dict) else [size]
        if not sides or any(item != side for item in sides):
            raise BundleError(
                f"{origin}: {name} {size!r} is not the image_size {side} of the network"
            )
    factor = content.get("rescale_factor", 1 / 255)
    if not isinstance(factor, float) or abs(factor * 255 - 1) > 1e-4:
        raise BundleError(f"{origin}: rescale_factor {factor!r} is not supported, only 1/255")
    kind = str(content.get("image_processor_type") or content.get("feature_extractor_type"))
    resample = content.get("resample", BICUBIC if kind.startswith("DeiT") else BILINEAR)
    if type(resample) is not int or resample not in INTERPOLATIONS:
        raise BundleError(
            f"{origin}: resample {resample!r} is not one of {', '.join(map(str, INTERPOLATIONS))}"
        )
    mean = _colours(content, "image_mean", origin, least=0.0)
    spread = _colours(content, "image_std", origin, least=LEAST_SPREAD)
    return Picture(mean, spread, INTERPOLATIONS[resample])


def _part(content: Any, side: str, origin: str) -> dict[str, Any]:
    part = content.get(side) if isinstance(content, dict) else None
    if not isinstance(part, dict):
        raise BundleError(f"{origin}: there is no {side} in it; it is not one of a TrOCR")
    return part


def _expect(part: dict[str, Any], name: str, wanted: tuple[Any, ...], origin: str) -> None:
    found = part.get(name)
    if found not in wanted:
        shown = ", ".join(repr(value) for value in wanted if value is not None)
        raise BundleError(f"{origin}: {name} {found!r} is not supported, only {shown}")


def _take(
    part: dict[str, Any], names: dict[str, str], origin: str, defaults: dict[str, Any]
) -> dict[str, Any]:
    values = {**defaults, **part}
    for name in names.values():
        if values.get(name) is None:
            raise BundleError(f"{origin}: {name} is missing; get the file again")
    return {ours: values[name] for ours, name in names.items()}


def _token(content: dict[str, Any], decoder: dict[str, Any], name: str, origin: str) -> int:
    """Give the number of a piece; what is said of the whole goes before what the decoder says."""
    found = [part[name] for part in (content, decoder) if part.get(name) is not None]
    if not found:
        raise BundleError(f"{origin}: {name} is missing; get the file again")
    if type(found[0]) is not int:
        raise BundleError(f"{origin}: {name} {found[0]!r} is not a number of a piece")
    return found[0]


def _colours(content: dict[str, Any], name: str, origin: str, least: float) -> tuple[float, ...]:
    values = content.get(name)
    if not isinstance(values, list) or len(values) != COLOURS or not _are_numbers(values):
        raise BundleError(f"{origin}: {name} {values!r} is not {COLOURS} numbers")
    if not all(least <= value <= 1 for value in values):
        raise BundleError(f"{origin}: {name} {values!r} is not {COLOURS} numbers, {least} to 1")
    return tuple(map(float, values))


def _are_numbers(values: list[Any]) -> bool:
    return {type(value) for value in values} <= {int, float}
