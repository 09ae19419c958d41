"""The files of published TrOCRs become our network; what is damaged or of another kind is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltasks.hub.trocr import NAMES, PublishedReader, find
from dltasks.safetensors_file import read_safetensors
from dltasks.tasks.handwriting.trocr_published import convert
from dltasks.tasks.handwriting.trocr_published_config import read_config, read_preprocessor
from pipelines.errors import BundleError
from tests.torch_files import stand_in_for_torch, write_checkpoint
from tests.trocr_stand_in import (
    BASE,
    CONFIGS,
    LARGE_PRINTED,
    PREPROCESSOR,
    SMALL,
    make_weights,
    write_published,
    write_safetensors,
)

SMALL_MODEL = PublishedReader("trocr-small-handwritten")
BASE_MODEL = PublishedReader("trocr-base-handwritten")


def with_vocabulary(config: dict[str, Any]) -> dict[str, Any]:
    return {**config, "decoder": {**config["decoder"], "vocab_size": 60}}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the files of a small reader."""
    write_published(tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def base_files(tmp_path: Path) -> Path:
    """A folder with the files of a base reader."""
    write_published(tmp_path / "base", "base")
    return tmp_path / "base"


def change(path: Path, part: str = "", **changes: Any) -> None:
    content = json.loads(path.read_text())
    own = content[part] if part else content
    own |= changes
    path.write_text(json.dumps(content))


def test_the_published_configurations_are_understood() -> None:
    small, base, large = (
        read_config(with_vocabulary(config), "test") for config in (SMALL, BASE, LARGE_PRINTED)
    )
    assert (small.extra_tokens, small.encoder_bias, small.decoder_activation) == (2, True, "relu")
    assert (base.extra_tokens, base.encoder_bias, base.decoder_activation) == (1, False, "gelu")
    assert (small.scale_embedding, base.scale_embedding, large.scale_embedding) == (
        *(True, False, True),
    )
    assert large.first_position == 2
    assert (large.learned_positions, large.normalise_embedding) == (False, False)
    for config in (small, base, large):
        assert (config.padding, config.begin, config.end) == (1, 2, 2)


def test_pictures_are_made_as_the_files_say() -> None:
    made = read_preprocessor(PREPROCESSOR, "test", 16)
    assert made == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), "bilinear")
    newer = {**PREPROCESSOR, "resample": 3, "size": {"height": 16, "width": 16}}
    newer |= {"do_rescale": True, "rescale_factor": 0.00392156862745098, "do_center_crop": False}
    assert read_preprocessor(newer, "test", 16).interpolation == "bicubic"
    silent = {name: value for name, value in PREPROCESSOR.items() if name != "resample"}
    assert read_preprocessor(silent, "test", 16).interpolation == "bilinear"
    silent["feature_extractor_type"] = "DeiTFeatureExtractor"
    assert read_preprocessor(silent, "test", 16).interpolation == "bicubic"


@pytest.mark.parametrize("size", CONFIGS)
def test_the_converted_network_has_the_published_weights(size: str, tmp_path: Path) -> None:
    write_published(tmp_path, size)
    built = convert(PublishedReader(f"trocr-{size}-printed"), tmp_path)
    arrays = read_safetensors(tmp_path / "model.safetensors")
    layers = {layer.name: layer for layer in built.network.layers}
    kernel, *_ = layers["decoder_0_cross_value"].get_weights()
    key = "decoder.model.decoder.layers.0.encoder_attn.v_proj.weight"
    np.testing.assert_array_equal(kernel, arrays[key].T)
    (kernel,) = layers["output"].get_weights()
    np.testing.assert_array_equal(kernel, arrays["decoder.output_projection.weight"].T)
    (tokens,) = layers["extra_tokens"].get_weights()
    np.testing.assert_array_equal(tokens[0], arrays["encoder.embeddings.cls_token"][0, 0])
    assert built.licence == "MIT"
    page = f"https://huggingface.co/microsoft/trocr-{size}-printed (Li et al. 2021"
    assert built.source.startswith(page)


def test_a_table_that_is_the_output_too_is_there_once(base_files: Path) -> None:
    arrays = read_safetensors(base_files / "model.safetensors")
    table = arrays["decoder.model.decoder.embed_tokens.weight"]
    for changed in ({}, {"decoder.output_projection.weight": table}):
        kept = {name: array for name, array in arrays.items() if "output_projection" not in name}
        write_safetensors(base_files / "model.safetensors", {**kept, **changed})
        built = convert(BASE_MODEL, base_files)
        assert built.config["tied_output"]
        assert "output" not in {layer.name for layer in built.network.layers}


def test_an_output_of_its_own_that_is_missing_is_told(files: Path) -> None:
    arrays = read_safetensors(files / "model.safetensors")
    del arrays["decoder.output_projection.weight"]
    write_safetensors(files / "model.safetensors", arrays)
    with pytest.raises(BundleError, match=r"output_projection\.weight is missing"):
        convert(SMALL_MODEL, files)


def test_a_file_of_pytorch_gives_the_same_network(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = convert(SMALL_MODEL, files)
    config = json.loads((files / "config.json").read_text())
    stand_in_for_torch(monkeypatch)
    (files / "model.safetensors").unlink()
    write_checkpoint(files / "pytorch_model.bin", {}, make_weights(config), key=None)
    second = convert(SMALL_MODEL, files)
    for one, other in zip(first.network.weights, second.network.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_card_says_the_licence(files: Path) -> None:
    (files / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    assert convert(SMALL_MODEL, files).licence == "apache-2.0"
    assert SMALL_MODEL.origin_of_brought(files)["licence"] == "apache-2.0"
    (files / "README.md").unlink()
    assert SMALL_MODEL.origin_of_brought(files)["licence"] == "not stated"


def test_names_are_those_of_microsoft() -> None:
    assert {"trocr-small-handwritten", "trocr-base-printed", "trocr-large-stage1"} <= set(NAMES)
    assert all(map(find, NAMES))
    assert find("trocr-tiny-handwritten") is None
    assert SMALL_MODEL.needed_files[2:] == ("sentencepiece.bpe.model",)
    assert BASE_MODEL.needed_files[2:] == ("vocab.json", "merges.txt")


@pytest.mark.parametrize(
    ("part", "changes", "message"),
    [
        ("", {"model_type": "bart"}, "model_type 'bart' is not supported"),
        ("", {"decoder_start_token_id": "2"}, "decoder_start_token_id '2' is not a number"),
        ("", {"encoder": None}, "there is no encoder in it"),
        ("encoder", {"model_type": "swin"}, "encoder: model_type 'swin' is not supported, only"),
        ("encoder", {"num_channels": 1}, "num_channels 1 is not supported, only 3"),
        ("encoder", {"hidden_act": "tanh"}, "encoder: activation 'tanh' is not supported"),
        ("encoder", {"image_size": 20}, "side 20 is not a multiple of patch 8"),
        ("encoder", {"image_size": 24}, "size 16 is not the image_size 24"),
        ("encoder", {"num_hidden_layers": 3}, "encoder.layer.2.layernorm_before.weight is missing"),
        ("encoder", {"num_hidden_layers": 1}, "encoder.layer.1.* is not a part of the network"),
        ("encoder", {"qkv_bias": False}, "bias is not a part of the network"),
        ("encoder", {"model_type": "vit"}, "distillation_token is not a part|encoder_positions is"),
        ("decoder", {"model_type": "bert"}, "decoder: model_type 'bert' is not supported"),
        ("decoder", {"d_model": None}, "decoder: d_model is missing"),
        ("decoder", {"d_model": 9}, "width 9 is not even"),
        ("decoder", {"cross_attention_hidden_size": 8}, "is not the encoder's hidden_size 12"),
        ("decoder", {"decoder_ffn_dim": 10}, "decoder_0_feed_forward_inner is"),
        ("decoder", {"vocab_size": 20}, "pieces for a network of 20"),
        ("decoder", {"use_learned_position_embeddings": False}, "embed_positions.weight is not a"),
        ("decoder", {"decoder_layers": "two"}, "decoder_layers 'two'"),
    ],
)
def test_a_configuration_of_another_network_is_named(
    part: str, changes: dict, message: str, files: Path
) -> None:
    change(files / "config.json", part, **changes)
    with pytest.raises(BundleError, match=message) as caught:
        convert(SMALL_MODEL, files)
    assert str(files) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 8}, "size 8 is not the image_size 16"),
        ({"size": {"height": 16, "width": 8}}, "is not the image_size 16"),
        ({"size": [16]}, "is not the image_size 16"),
        ({"do_center_crop": True, "crop_size": 12}, "crop_size 12 is not the image_size 16"),
        ({"do_resize": False}, "do_resize False is not supported"),
        ({"resample": 9}, "resample 9 is not one of 1, 2, 3"),
        ({"image_mean": [0.5]}, r"image_mean \[0.5\] is not 3 numbers"),
        ({"image_std": [0, 0, 0]}, r"image_std \[0, 0, 0\] is not 3 numbers"),
        ({"rescale_factor": 1}, "rescale_factor 1 is not supported"),
    ],
)
def test_pictures_that_are_made_otherwise_are_refused(
    changes: dict, message: str, files: Path
) -> None:
    change(files / "preprocessor_config.json", **changes)
    with pytest.raises(BundleError, match=message) as caught:
        convert(SMALL_MODEL, files)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("size", "name", "content"),
    [
        ("small", "config.json", b"{"),
        ("small", "config.json", b"[]"),
        ("small", "config.json", None),
        ("small", "preprocessor_config.json", b"[]"),
        ("small", "preprocessor_config.json", None),
        ("small", "sentencepiece.bpe.model", b"not a model"),
        ("small", "sentencepiece.bpe.model", b""),
        ("small", "model.safetensors", b"\x05"),
        ("small", "model.safetensors", None),
        ("base", "vocab.json", b'{"a": 1}'),
        ("base", "vocab.json", b'{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}'),
        ("base", "vocab.json", None),
        ("base", "merges.txt", b"a b c\n"),
        ("base", "merges.txt", b"\xff\xfe\n"),
        ("base", "merges.txt", b"not there\n"),
        ("base", "merges.txt", None),
    ],
)
def test_a_damaged_or_missing_file_is_named(
    size: str, name: str, content: bytes | None, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    write_published(files, size)
    (files / name).unlink()
    if content is not None:
        (files / name).write_bytes(content)
    with pytest.raises(BundleError, match=name) as caught:
        convert(PublishedReader(f"trocr-{size}-printed"), files)
    assert str(files) in str(caught.value)
    assert "\n" not in str(caught.value)
