from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from dltasks.export import bundle_writer as export
from dltasks.export.bundle_writer import BundleWriter, Description, check_destination
from dltasks.export.graphs import AGREEMENT, GraphExport, largest_difference, run_keras, to_onnx
from dltasks.export.weights import (
    WEIGHTS_FILE,
    halve_weights,
    load_weights,
    name_weights,
    pack_weights,
)
from pipelines.bundle.folder import MANIFEST, open_bundle
from pipelines.errors import BundleError, ConfigurationError
from tests.dltasks.tiny import REPOSITORY

DESCRIPTION = Description(
    task="image-classification",
    config={"classes": 2},
    preprocessing={},
    licence="a licence",
    source="a source",
    training_data="some data",
)
KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from dltasks.export.bundle_writer import BundleWriter, Description
description = Description("image-classification", {}, {}, "", "", "")
with BundleWriter(Path(sys.argv[1]), description, overwrite=True) as writer:
    writer.add("model.onnx", b"half")
    writer.open()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _make_network(units: int = 3) -> keras.Model:
    keras.utils.set_random_seed(3)
    inputs = keras.Input((4,), name="features")
    x = keras.layers.Dense(units, activation="tanh")(inputs)
    x = keras.layers.BatchNormalization()(x)
    return keras.Model(inputs, keras.layers.Dense(2)(x))


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return _make_network()


@pytest.fixture(scope="module")
def graph(network: keras.Model) -> GraphExport:
    features = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    return GraphExport("model.onnx", network, {"features": features})


@pytest.fixture(scope="module")
def content(graph: GraphExport) -> bytes:
    run_keras(graph)  # Keras exports only what was called before
    return to_onnx(graph.model)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for bundles, without anything else in it."""
    path = tmp_path / "bundles"
    path.mkdir()
    return path


def _write(destination: Path, text: bytes = b"new", *, overwrite: bool = False) -> None:
    with BundleWriter(destination, DESCRIPTION, overwrite=overwrite) as writer:
        writer.add("labels.txt", text)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_graph_agrees_with_keras(graph: GraphExport, content: bytes) -> None:
    assert largest_difference(content, graph, run_keras(graph)) <= AGREEMENT


def test_difference_is_the_largest_of_all_examples(graph: GraphExport, content: bytes) -> None:
    (expected,) = run_keras(graph)
    given = expected[3, 1]
    expected[3, 1] = 0
    assert largest_difference(content, graph, [expected]) == pytest.approx(abs(given), abs=1e-5)


def test_a_difference_beyond_the_length_of_an_example_does_not_count(
    graph: GraphExport, content: bytes
) -> None:
    (expected,) = run_keras(graph)
    frames = expected.shape[1]
    expected[3, -1] += 1.0
    lengths = np.full(len(expected), frames)
    assert largest_difference(content, replace(graph, lengths=lengths), [expected]) > 0.1
    lengths[3] -= 1
    assert largest_difference(content, replace(graph, lengths=lengths), [expected]) <= AGREEMENT


def test_difference_from_a_large_value_is_a_part_of_it(graph: GraphExport, content: bytes) -> None:
    (expected,) = run_keras(graph)
    given = expected[3, 1]
    expected[3, 1] = 100
    found = largest_difference(content, graph, [expected])
    assert found == pytest.approx(abs(100 - given) / 100, abs=1e-5)


def test_a_bundle_is_sealed_when_graph_and_keras_agree(folder: Path, graph: GraphExport) -> None:
    with BundleWriter(folder / "model", DESCRIPTION, overwrite=False) as writer:
        difference = writer.add_graph(graph)
        writer.add_weights(graph.model)
        writer.metrics = [{"name": "top_1", "value": 0.5, "data": "d", "split": "test"}]
        assert not (folder / "model").exists()
    bundle = open_bundle(folder / "model")
    bundle.verify()
    assert bundle.agreement == {"model.onnx": difference}
    assert bundle.metrics[0]["value"] == 0.5
    assert set(bundle.files) == {"model.onnx", WEIGHTS_FILE, "README.md"}
    assert _names(folder) == ["model"]


@pytest.mark.parametrize("offset", [2 * AGREEMENT, float("nan"), float("inf")])
def test_a_graph_that_disagrees_leaves_nothing_behind(
    offset: float, folder: Path, graph: GraphExport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "run_keras", lambda it: [run_keras(it)[0] + offset])
    with (
        pytest.raises(BundleError, match=r"model\.onnx: ONNX Runtime and Keras differ by"),
        BundleWriter(folder / "deep" / "model", DESCRIPTION, overwrite=False) as writer,
    ):
        writer.add_graph(graph)
    assert _names(folder / "deep") == []


def test_a_second_output_that_is_not_a_number_is_seen(
    graph: GraphExport, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (expected,) = run_keras(graph)

    class TwoOutputs:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.count = 0

        def run(self, **inputs: np.ndarray) -> list[np.ndarray]:
            self.count += 1
            row = expected[self.count - 1 : self.count]
            return [row, row * np.nan]

    monkeypatch.setattr("dltasks.export.graphs.session.Graph", TwoOutputs)
    assert np.isnan(largest_difference(content, graph, [expected, expected]))


def test_an_error_while_writing_leaves_nothing_behind(folder: Path) -> None:
    def write_and_stop() -> None:
        with BundleWriter(folder / "model", DESCRIPTION, overwrite=False) as writer:
            writer.add("labels.txt", b"x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_stop()
    assert _names(folder) == []


def _write_and_be_killed(destination: Path) -> None:
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, destination]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_killed_export_leaves_no_half_bundle(folder: Path) -> None:
    _write_and_be_killed(folder / "model")
    assert not (folder / "model").exists()
    _write(folder / "model")
    open_bundle(folder / "model").verify()


def test_a_killed_export_leaves_the_old_bundle_as_it_was(folder: Path) -> None:
    _write(folder / "model", b"old")
    _write_and_be_killed(folder / "model")
    bundle = open_bundle(folder / "model")
    bundle.verify()
    assert bundle.read("labels.txt") == b"old"


def test_overwriting_replaces_the_whole_bundle(folder: Path) -> None:
    _write(folder / "model", b"old")
    (folder / "model" / "stray.txt").write_text("not in the manifest")
    _write(folder / "model", b"new", overwrite=True)
    assert open_bundle(folder / "model").read("labels.txt") == b"new"
    assert _names(folder / "model") == ["README.md", MANIFEST, "labels.txt"]
    assert _names(folder) == ["model"]


def test_a_failed_overwrite_leaves_the_old_bundle(folder: Path) -> None:
    _write(folder / "model", b"old")
    with (
        pytest.raises(BundleError),
        BundleWriter(folder / "model", DESCRIPTION, overwrite=True),
    ):
        raise BundleError("no agreement")
    assert open_bundle(folder / "model").read("labels.txt") == b"old"
    assert _names(folder) == ["model"]


def test_the_old_bundle_comes_back_when_the_new_one_cannot_take_its_place(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(folder / "model", b"old")
    rename = Path.rename

    def fail_for_the_new(self: Path, target: Path) -> Path:
        if self.name.endswith(".part"):
            raise OSError("the disk is gone")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new)
    monkeypatch.setattr("dltasks.durable._exchange", lambda one, other: False)
    with pytest.raises(OSError, match="the disk is gone"):
        _write(folder / "model", b"new", overwrite=True)
    assert open_bundle(folder / "model").read("labels.txt") == b"old"
    assert _names(folder) == ["model"]


def test_an_empty_folder_may_become_a_bundle(folder: Path) -> None:
    (folder / "model").mkdir()
    _write(folder / "model")
    assert open_bundle(folder / "model").read("labels.txt") == b"new"


def test_a_bundle_is_not_replaced_unasked(folder: Path) -> None:
    _write(folder / "model", b"old")
    with pytest.raises(ConfigurationError, match=r"a bundle exists.*--overwrite"):
        _write(folder / "model")
    assert open_bundle(folder / "model").read("labels.txt") == b"old"


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_not_a_bundle_is_never_replaced(overwrite: bool, folder: Path) -> None:
    (folder / "thesis").mkdir()
    (folder / "thesis" / "chapter.txt").write_text("years of work")
    (folder / "file").write_text("more work")
    for name in ("thesis", "file"):
        with pytest.raises(ConfigurationError, match="exists and is not a bundle"):
            check_destination(folder / name, overwrite=overwrite)


@pytest.mark.parametrize("name", [".", "..", "/"])
def test_a_destination_without_a_name_is_refused_before_training(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(ConfigurationError, match="--out"):
        check_destination(Path(name), overwrite=True)


def test_a_destination_below_a_file_is_refused_before_training(folder: Path) -> None:
    (folder / "file").write_text("x")
    with pytest.raises(ConfigurationError, match=r"file: not a folder.*--out"):
        check_destination(folder / "file" / "deep" / "model", overwrite=False)


def _pack(network: keras.Model, *, half_precision: bool = False) -> bytes:
    """Give a network's weights as bundles of the old form hold them: all in one file."""
    weights = name_weights(network)
    return pack_weights(halve_weights(weights) if half_precision else weights)[WEIGHTS_FILE]


def _bundle_with(weights: bytes, folder: Path) -> Any:
    with BundleWriter(folder / "model", DESCRIPTION, overwrite=False) as writer:
        writer.add(WEIGHTS_FILE, weights)
    return open_bundle(folder / "model")


def _equal(found: Sequence[np.ndarray], wanted: Sequence[np.ndarray], tolerance: float) -> bool:
    return all(
        np.allclose(one, other, rtol=tolerance, atol=tolerance)
        for one, other in zip(found, wanted, strict=True)
    )


def test_weights_come_back_exactly(folder: Path, network: keras.Model) -> None:
    bundle = _bundle_with(_pack(network), folder)
    other = _make_network()
    other.set_weights([array + 1.0 for array in network.get_weights()])
    load_weights(bundle, other)
    assert _equal(other.get_weights(), network.get_weights(), 0.0)


def test_half_precision_weights_come_back_rounded(folder: Path, network: keras.Model) -> None:
    content = _pack(network, half_precision=True)
    assert len(content) < len(_pack(network))
    other = _make_network()
    other.set_weights([array + 1.0 for array in network.get_weights()])
    load_weights(_bundle_with(content, folder), other)
    assert all(array.dtype == np.float32 for array in other.get_weights())
    assert _equal(other.get_weights(), network.get_weights(), 2**-11)


def test_half_precision_keeps_what_it_cannot_hold(folder: Path) -> None:
    network = _make_network()
    weights = network.get_weights()
    weights[5] = np.array([1e6, 1.0, 2.0], np.float32)  # a variance beyond 65504
    network.set_weights(weights)
    content = _pack(network, half_precision=True)
    with np.load(io.BytesIO(content)) as file:
        assert {str(file[name].dtype) for name in file.files} == {"float16", "float32"}
    other = _make_network()
    load_weights(_bundle_with(content, folder), other)
    assert other.get_weights()[5][0] == 1e6


def test_weights_of_another_network_are_refused(folder: Path, network: keras.Model) -> None:
    bundle = _bundle_with(_pack(_make_network(units=5)), folder)
    before = network.get_weights()
    with pytest.raises(BundleError, match=r"weights\.npz: the weights do not match"):
        load_weights(bundle, network)
    assert _equal(network.get_weights(), before, 0.0)


def test_damaged_weights_are_refused(folder: Path, network: keras.Model) -> None:
    bundle = _bundle_with(_pack(network), folder)
    path = bundle.path / WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(BundleError, match="checksum"):
        load_weights(bundle, network)


def test_export_does_not_depend_on_the_batch_it_was_made_with(content: bytes) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for count in (1, 3, 17):
        (found,) = session.run(None, {"features": np.zeros((count, 4), np.float32)})
        assert found.shape == (count, 2)


def test_a_place_where_nothing_can_be_written_is_refused_before_the_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(dir: Path) -> None:  # noqa: A002  the name is tempfile's
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr("dltasks.export.bundle_writer.tempfile.TemporaryDirectory", refuse)
    with pytest.raises(ConfigurationError, match=r"cannot be written.*another --out"):
        check_destination(tmp_path / "new" / "bundle", overwrite=False)
