from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import onnx
import pytest
from click.testing import Result

from dltasks import zoo
from dltasks.networks.backbones import BACKBONES
from dltasks.tasks.pull import find_or_pull, pull
from dltasks.tasks.speech_recognition.whisper_published import ALIGNMENT_HEADS
from dltasks.zoo import PublishedModel
from pipelines import load
from pipelines.bundle.folder import open_bundle
from pipelines.bundle.verification import verify
from pipelines.errors import BundleError
from tests.server import Server

from .published_file import write_published
from .tiny import REPOSITORY, SIZE, make_request, normalise, tiny_convolutions

CLASSES = 1000
FLOATS = {onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE}
CLASSIFY = """
import json, sys
for name in ("tensorflow", "keras", "dltasks"):
    sys.modules[name] = None
from pipelines import load
result = load(sys.argv[1])(sys.argv[2])
print(json.dumps([[label.name, label.score] for label in result.labels]))
"""


def tiny_application(weights: None = None, classes: int = CLASSES) -> keras.Model:
    """Stands in for keras.applications: a classifier whose published pixels are -1 to 1."""
    inputs = keras.Input((None, None, 3))
    x = keras.layers.GlobalAveragePooling2D()(tiny_convolutions()(inputs))
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(x))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    server = Server(folder)
    yield server
    server.stop()


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch, tiny: None) -> keras.Model:
    """The network that is published."""
    monkeypatch.setattr(keras.applications, "Tiny", tiny_application, raising=False)
    keras.utils.set_random_seed(5)
    network = tiny_application()
    # Far from uniform, so that the order of the classes does not hang on rounding.
    network.set_weights([array * 3 + 0.01 for array in network.get_weights()])
    return network


@pytest.fixture
def published(
    network: keras.Model, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> PublishedModel:
    file = write_published(network, tmp_path / "server" / "tiny.h5")
    model = PublishedModel(
        name="tiny",
        task="image-classification",
        url=f"{server.address}/tiny.h5",
        digest=hashlib.md5(file.read_bytes()).hexdigest(),
        algorithm="md5",
        size_mb=1,
        licence="a free licence",
        training_data="some photographs",
        paper="A paper",
    )
    monkeypatch.setattr(zoo, "PUBLISHED", {"tiny": model})
    return model


Run = Callable[..., Result]


def test_pulled_bundle_gives_what_the_published_network_gives(
    run: Run, published: PublishedModel, network: keras.Model, home: Path, photograph: Path
) -> None:
    done = run("models", "pull", "tiny")
    assert done.exit_code == 0, done.output
    folder = home / "models" / "tiny"
    assert str(folder) in done.stderr
    assert published.url in done.stderr
    pipeline = load("tiny")
    pixels = pipeline.decode(photograph, 1)
    assert pixels.shape == (SIZE, SIZE, 3)
    expected = network(normalise(pixels[None]), training=False).numpy()
    np.testing.assert_allclose(pipeline.scores([photograph]), expected, atol=1e-5)


def test_pulled_bundle_is_sealed_and_says_where_it_comes_from(published: PublishedModel) -> None:
    bundle = pull("tiny")
    verify(bundle)
    assert published.url in bundle.source
    assert "A paper" in bundle.source
    assert bundle.licence == "a free licence"
    assert bundle.training_data == "some photographs"
    assert len(bundle.read_text("labels.txt").splitlines()) == CLASSES


def test_pulled_bundle_classifies_where_tensorflow_cannot_be_imported(
    published: PublishedModel, photograph: Path
) -> None:
    bundle = pull("tiny")
    command = [sys.executable, "-c", CLASSIFY, bundle.path, photograph]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    labels = load(bundle.path)(photograph).labels
    assert json.loads(done.stdout) == [
        [label.name, pytest.approx(label.score, abs=1e-6)] for label in labels
    ]


def test_weights_are_downloaded_once(published: PublishedModel, server: Server, home: Path) -> None:
    pull("tiny")
    pull("tiny")
    assert server.asked == ["/tiny.h5"]
    pull("tiny", overwrite=True)
    assert server.asked == ["/tiny.h5"]
    assert [path.name for path in (home / "downloads").iterdir()] == ["tiny.h5"]


def test_a_damaged_copy_in_the_cache_is_downloaded_again(
    published: PublishedModel, server: Server, home: Path
) -> None:
    kept = zoo.get_weights("tiny", None)
    kept.write_bytes(kept.read_bytes()[:100])
    assert zoo.get_weights("tiny", None) == kept == home / "downloads" / "tiny.h5"
    assert zoo.is_published_file(published, kept)
    assert server.asked == ["/tiny.h5"] * 2


def test_a_file_with_another_checksum_is_refused_and_not_kept(
    run: Run, published: PublishedModel, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "server" / "tiny.h5").write_bytes(b"something else")
    done = run("models", "pull", "tiny")
    assert done.exit_code == 5
    found = hashlib.md5(b"something else").hexdigest()
    assert f"{published.url}: md5 {found} differs from the expected {published.digest}" in (
        done.stderr
    )
    assert list((home / "downloads").iterdir()) == []
    assert not (home / "models").exists()


def test_without_a_network_the_error_says_what_was_tried_and_how_to_bring_the_file(
    run: Run, published: PublishedModel, server: Server
) -> None:
    server.stop()
    done = run("models", "pull", "tiny")
    assert done.exit_code == 5
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"{published.url}: cannot be fetched" in done.stderr
    assert "dltasks models pull tiny --weights tiny.h5" in done.stderr


def test_a_file_that_is_gone_from_its_server_names_the_answer(
    run: Run, published: PublishedModel, tmp_path: Path
) -> None:
    (tmp_path / "server" / "tiny.h5").unlink()
    done = run("models", "pull", "tiny")
    assert done.exit_code == 5
    assert "Not Found" in done.stderr or "File not found" in done.stderr


def test_offline_opens_no_socket_and_says_how_to_bring_the_file(
    run: Run, published: PublishedModel, server: Server, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("no_sockets")
    done = run("models", "pull", "tiny", "--offline")
    assert done.exit_code == 5
    assert "switched off (--offline)" in done.stderr
    assert "--weights tiny.h5" in done.stderr
    assert server.asked == []


def test_a_file_from_disk_takes_the_place_of_the_download(
    run: Run, published: PublishedModel, server: Server, tmp_path: Path
) -> None:
    done = run("models", "pull", "tiny", "--offline", "--weights", tmp_path / "server" / "tiny.h5")
    assert done.exit_code == 0, done.output
    assert server.asked == []
    assert published.url in open_bundle(find_or_pull("tiny").path).source


def test_another_file_from_disk_is_not_passed_off_as_the_published_one(
    published: PublishedModel, network: keras.Model, tmp_path: Path
) -> None:
    network.set_weights([array * 2 for array in network.get_weights()])
    file = write_published(network, tmp_path / "mine.h5")
    bundle = pull("tiny", weights=file)
    assert bundle.source == "mine.h5, not the published file"
    assert bundle.licence == "not stated"


@pytest.mark.parametrize("content", [b"", b"this is not HDF5" * 100])
def test_a_damaged_file_from_disk_is_refused_with_its_name(
    content: bytes, run: Run, published: PublishedModel, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "damaged.h5"
    file.write_bytes(content)
    done = run("models", "pull", "tiny", "--weights", file)
    assert done.exit_code == 5
    assert f"{file}: not the weights of tiny" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (home / "models" / "tiny").exists()


def test_weights_of_another_network_are_refused(published: PublishedModel, tmp_path: Path) -> None:
    file = write_published(tiny_application(classes=7), tmp_path / "seven.h5")
    with pytest.raises(BundleError, match=r"seven\.h5: not the weights of tiny with its ImageNet"):
        pull("tiny", weights=file)


def test_a_file_without_weights_is_refused(published: PublishedModel, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "empty.h5", "w") as file:
        file.attrs["note"] = "nothing here"
    with pytest.raises(BundleError, match=r"empty\.h5: not the weights of tiny"):
        pull("tiny", weights=tmp_path / "empty.h5")


def test_a_weights_file_that_is_not_there_is_named(published: PublishedModel) -> None:
    with pytest.raises(BundleError, match=r"weights file 'nowhere\.h5' does not exist"):
        pull("tiny", weights=Path("nowhere.h5"))


def test_an_unpublished_name_lists_what_there_is(published: PublishedModel) -> None:
    with pytest.raises(BundleError, match=r"'huge' is not published; .* knows tiny"):
        pull("huge")


def test_progress_of_the_download_ends_at_its_size(
    published: PublishedModel, tmp_path: Path
) -> None:
    seen: list[tuple[int, int]] = []
    zoo.get_weights("tiny", None, lambda done, total: seen.append((done, total)))
    size = (tmp_path / "server" / "tiny.h5").stat().st_size
    assert seen[-1] == (size, size)


@pytest.mark.parametrize("mixed_precision", ["off", "on"])
def test_a_base_that_is_not_there_yet_is_pulled_for_training(
    mixed_precision: str, published: PublishedModel, server: Server, colours: str, tmp_path: Path
) -> None:
    from dltasks.tasks.train import train

    changes: dict[str, Any] = {"base": "tiny", "pretrained": True, "head_epochs": 1, "epochs": 0}
    bundle, _ = train(make_request(tmp_path, colours, mixed_precision=mixed_precision, **changes))
    assert bundle.source == "fine-tuned from tiny"
    assert server.asked == ["/tiny.h5"]
    base = find_or_pull("tiny")
    verify(base)
    graph = onnx.load_from_string(base.read("model.onnx")).graph
    assert {tensor.data_type for tensor in graph.initializer} & FLOATS == {onnx.TensorProto.FLOAT}
    casts = [node for node in graph.node if node.op_type == "Cast"]
    assert {node.attribute[0].i for node in casts} & FLOATS == {onnx.TensorProto.FLOAT}


def test_every_published_model_has_a_network_checksum_and_address() -> None:
    for name, model in zoo.PUBLISHED.items():
        assert model.name == name
        assert len(model.digest) == hashlib.new(model.algorithm).digest_size * 2
        assert model.url.startswith("https://")
        if model.task == "image-classification":
            assert BACKBONES[name].application
            assert hasattr(keras.applications, BACKBONES[name].application)
            assert model.file_name.endswith(".h5")
        else:
            assert name in ALIGNMENT_HEADS
            assert f"whisper-{model.file_name}" == f"{name}.pt"
            assert model.digest in model.url
            assert (model.companion is None) == name.endswith(".en")


@pytest.mark.slow
def test_a_real_network_is_pulled_and_agrees_with_keras(
    run: Run, server: Server, tmp_path: Path, photograph: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras.utils.set_random_seed(1)
    original = keras.applications.ResNet50(weights=None)
    file = write_published(original, tmp_path / "server" / "resnet50.h5")
    digest = hashlib.md5(file.read_bytes()).hexdigest()
    model = PublishedModel(
        "resnet50",
        "image-classification",
        f"{server.address}/resnet50.h5",
        digest,
        "md5",
        *(98, "a licence", "data", "a paper"),
    )
    monkeypatch.setattr(zoo, "PUBLISHED", {"resnet50": model})
    done = run("models", "pull", "resnet50")
    assert done.exit_code == 0, done.output
    pipeline = load("resnet50")
    pixels = pipeline.decode(photograph, 1)[None].astype(np.float32)
    expected = original(keras.applications.resnet.preprocess_input(pixels), training=False)
    np.testing.assert_allclose(pipeline.scores([photograph]), expected.numpy(), atol=1e-4)
