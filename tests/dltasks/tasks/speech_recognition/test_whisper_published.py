"""OpenAI's files: checkpoints read without PyTorch, the vocabulary, pulling from a server."""

from __future__ import annotations

import base64
import hashlib
import pickle
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dltasks import zoo
from dltasks.tasks.pull import pull
from dltasks.tasks.speech_recognition import whisper_published
from dltasks.tasks.speech_recognition.config import WhisperConfig
from dltasks.tasks.speech_recognition.whisper_network import build_whisper
from dltasks.tasks.speech_recognition.whisper_vocabulary import SPECIAL, make_tokenizer
from dltasks.torch_checkpoint import read_checkpoint
from dltasks.zoo import PublishedFile, PublishedModel
from pipelines import load
from pipelines.errors import BundleError
from pipelines.speech_recognition.whisper_tokens import WhisperTokens
from tests.torch_files import stand_in_for_torch, write_checkpoint

TIMES = 101
PAIRS = [b"th", b"the", b" the", "é".encode()]
VOCABULARY = b"\n".join(
    [
        *(
            base64.b64encode(token) + f" {rank}".encode()
            for rank, token in enumerate([*(bytes([byte]) for byte in range(256)), *PAIRS])
        ),
        b"= 260",
    ]
)
CONFIG = WhisperConfig(
    mel_bands=8,
    audio_positions=100,
    text_positions=12,
    vocabulary=261 + len(SPECIAL) + TIMES,
    width=8,
    heads=2,
    audio_layers=1,
    text_layers=1,
)


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that pickles of PyTorch hold; only writing needs them."""
    stand_in_for_torch(monkeypatch)


def name_as_openai(network: Any) -> dict[str, np.ndarray]:
    """Give the weights of our network in OpenAI's names and shapes."""
    layers = {layer.name: layer for layer in network.layers}
    found: dict[str, np.ndarray] = {}

    def dense(key: str, name: str) -> None:
        kernel, *bias = layers[name].get_weights()
        found[f"{key}.weight"] = kernel.T
        found.update({f"{key}.bias": bias[0]} if bias else {})

    def norm(key: str, name: str) -> None:
        found[f"{key}.weight"], found[f"{key}.bias"] = layers[name].get_weights()

    def attention(key: str, name: str) -> None:
        norm(f"{key}_ln", f"{name}_norm")
        for projection in ("query", "key", "value"):
            dense(f"{key}.{projection}", f"{name}_{projection}")
        dense(f"{key}.out", f"{name}_output")

    for number in (1, 2):
        kernel, bias = layers[f"audio_conv_{number}"].get_weights()
        found[f"encoder.conv{number}.weight"] = kernel.transpose(2, 1, 0)
        found[f"encoder.conv{number}.bias"] = bias
    for part, side, last in (("encoder", "audio", "ln_post"), ("decoder", "text", "ln")):
        (found[f"{part}.positional_embedding"],) = layers[f"{side}_positions"].get_weights()
        norm(f"{part}.{last}", f"{side}_norm")
        attention(f"{part}.blocks.0.attn", f"{side}_0")
        norm(f"{part}.blocks.0.mlp_ln", f"{side}_0_feed_forward_norm")
        dense(f"{part}.blocks.0.mlp.0", f"{side}_0_feed_forward_inner")
        dense(f"{part}.blocks.0.mlp.2", f"{side}_0_feed_forward_outer")
    attention("decoder.blocks.0.cross_attn", "text_0_cross")
    (found["decoder.token_embedding.weight"],) = layers["text_tokens"].get_weights()
    return found


@pytest.fixture
def network() -> Any:
    network = build_whisper(CONFIG).whole
    rounded = [array.astype(np.float16).astype(np.float32) for array in network.get_weights()]
    network.set_weights(rounded)
    return network


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a folder."""
    (tmp_path / "server").mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    handler = partial(Handler, directory=tmp_path / "server")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def published(
    torch: None, network: Any, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PublishedModel:
    """A tiny multilingual Whisper on the server."""
    sizes = {name: getattr(CONFIG, ours) for ours, name in whisper_published.DIMENSIONS.items()}
    path = tmp_path / "server" / "tiny.pt"
    write_checkpoint(path, {"dims": sizes}, name_as_openai(network))
    (tmp_path / "server" / "multilingual.tiktoken").write_bytes(VOCABULARY)
    model = PublishedModel(
        name="whisper-tiny",
        task="speech-recognition",
        url=f"{server}/tiny.pt",
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
        algorithm="sha256",
        size_mb=1,
        licence="MIT",
        training_data="some recordings",
        paper="A paper",
        companion=PublishedFile(
            f"{server}/multilingual.tiktoken", hashlib.sha256(VOCABULARY).hexdigest()
        ),
    )
    monkeypatch.setattr(zoo, "PUBLISHED", {model.name: model})
    monkeypatch.setitem(whisper_published.ALIGNMENT_HEADS, "whisper-tiny", [[0, 1]])
    return model


def test_pulling_makes_a_multilingual_bundle_of_the_published_network(
    published: PublishedModel, network: Any, home: Path
) -> None:
    bundle = pull("whisper-tiny")
    tokens = WhisperTokens(bundle.read("tokenizer.json"), multilingual=True)
    assert {"en", "de", "haw"} <= set(tokens.languages)
    assert tokens.decode(tokens.encode("the café")) == "the café"
    assert bundle.preprocessing == {"multilingual": True, "alignment_heads": [[0, 1]]}
    assert published.url in bundle.source
    assert (home / "downloads" / "multilingual.tiktoken").is_file()
    pipeline = load("whisper-tiny", device="cpu")
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    assert pipeline((noise, 16_000), language="de", temperatures=[0.0]).language in ("de", "")


def test_converted_network_gives_what_the_published_one_gives(
    published: PublishedModel, network: Any, tmp_path: Path
) -> None:
    built = whisper_published.convert(published, tmp_path / "server" / "tiny.pt")
    assert built.config == CONFIG.to_dict()
    mel = np.random.default_rng(0).normal(size=(1, 200, 8)).astype(np.float32)
    inputs = {"mel": mel, "tokens": np.array([[261, 262, 263]], np.int32)}
    expected = network(inputs).numpy()
    np.testing.assert_allclose(built.network(inputs).numpy(), expected, atol=1e-5)


def test_the_vocabulary_may_lie_beside_the_weights_but_not_be_another(
    published: PublishedModel, tmp_path: Path
) -> None:
    weights = tmp_path / "server" / "tiny.pt"
    beside = weights.with_name("multilingual.tiktoken")
    assert zoo.get_companion(published, beside=weights) == beside
    beside.write_bytes(VOCABULARY + b"\n")
    with pytest.raises(BundleError, match="sha256"):
        zoo.get_companion(published, beside=weights)
    beside.unlink()
    with pytest.raises(BundleError, match=r"put it beside tiny.pt and run: dltasks models pull"):
        zoo.get_companion(published, beside=weights)


def test_a_checkpoint_of_something_else_is_refused_in_one_line(
    published: PublishedModel, tmp_path: Path
) -> None:
    other = write_checkpoint(tmp_path / "other.pt", {}, {"a": np.ones(2)})
    damaged = tmp_path / "damaged.pt"
    damaged.write_bytes((tmp_path / "server" / "tiny.pt").read_bytes()[:-90])
    plain = tmp_path / "plain.pt"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("readme", "nothing")
    cases = (
        (other, "not one of OpenAI's Whisper models"),
        (damaged, "unusable checkpoint"),
        (plain, "unusable checkpoint .not one data.pkl in it"),
        (tmp_path / "none.pt", "unusable checkpoint"),
    )
    for path, message in cases:
        with pytest.raises(BundleError, match=message) as caught:
            whisper_published.convert(published, path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_checkpoint_runs_no_code(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> Any:
            return print, ("ran",)

    path = tmp_path / "harmful.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", pickle.dumps({"dims": Harmful()}))
    with pytest.raises(BundleError, match=r"builtins.print is not allowed"):
        read_checkpoint(path)


def test_tensors_that_reach_beyond_their_storage_are_refused(torch: None, tmp_path: Path) -> None:
    path = write_checkpoint(tmp_path / "long.pt", {}, {"a": np.ones((2, 3))})
    short = tmp_path / "short.pt"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(short, "w") as copy:
        for name in archive.namelist():
            content = archive.read(name)
            copy.writestr(name, content[:-2] if name.endswith("data/0") else content)
    read_checkpoint(path)
    with pytest.raises(BundleError, match="lies outside its storage"):
        read_checkpoint(short)


def test_a_damaged_vocabulary_names_the_line() -> None:
    with pytest.raises(BundleError, match="list line 2: not a token and its rank"):
        make_tokenizer(b"IQ== 0\n??? 1\n", "list")
    with pytest.raises(BundleError, match="list: the ranks do not count up from 0"):
        make_tokenizer(b"IQ== 1\n", "list")
