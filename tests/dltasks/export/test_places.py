"""Weights lie in the graphs of a bundle once, and come back bit for bit."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from dltasks.export.bundle_writer import BundleWriter, Description
from dltasks.export.graphs import GraphExport
from dltasks.export.places import LEAST, Place, find_places, from_json, take_arrays, to_json
from dltasks.export.quantisation import shrink
from dltasks.export.weights import (
    PLACES_FILE,
    WEIGHTS_FILE,
    load_weights,
    read_weights,
    round_weights,
)
from dltasks.networks.recurrent import bidirectional_lstm
from pipelines.bundle.folder import Bundle, open_bundle
from pipelines.errors import BundleError

DESCRIPTION = Description("handwriting", {}, {}, "a licence", "a source", "some data")
RANDOM = np.random.default_rng(0)


def of_sequences() -> tuple[keras.Model, dict[str, np.ndarray]]:
    """An LSTM both ways, a convolution over time, and a layer that only trains."""
    x = keras.Input((None, 8), name="x")
    frames = keras.Input((), dtype="int32", name="frames")
    y = layers.Conv1D(8, 3, padding="same", name="over_time")(x)
    y = bidirectional_lstm(y, frames, units=6)
    network = keras.Model({"x": x, "frames": frames}, layers.Dense(6, name="out")(y))
    values = RANDOM.normal(size=(2, 5, 8)).astype(np.float32)
    return network, {"x": values, "frames": np.array([5, 3], np.int32)}


def of_pictures() -> tuple[keras.Model, dict[str, np.ndarray]]:
    """Convolutions, with batch normalisation, which is folded, and without."""
    x = keras.Input((None, None, 3), name="x")
    y = layers.Conv2D(8, 3, name="plain")(x)
    y = layers.Activation("tanh")(y)
    y = layers.DepthwiseConv2D(3, name="depthwise")(y)
    y = layers.Activation("tanh")(y)
    y = layers.Conv2D(8, 3, use_bias=False, name="folded")(y)
    y = layers.BatchNormalization()(y)
    y = layers.GlobalAveragePooling2D()(layers.ReLU()(y))
    network = keras.Model(x, layers.Dense(9, name="out")(y))
    return network, {"x": RANDOM.normal(size=(2, 12, 12, 3)).astype(np.float32)}


def write(
    folder: Path, network: keras.Model, inputs: dict[str, np.ndarray], **settings: Any
) -> Bundle:
    network(inputs if len(inputs) > 1 else inputs["x"])
    graph_settings = {key: settings.pop(key) for key in ("make_smaller",) if key in settings}
    with BundleWriter(folder / "model", DESCRIPTION, overwrite=False) as writer:
        graph = GraphExport("model.onnx", network, inputs, **graph_settings)
        writer.add_graph(graph, half_precision=settings.get("half_precision", False))
        writer.add_weights(network, **settings)
    return open_bundle(folder / "model")


def stored(bundle: Bundle) -> set[str]:
    """The names of weights that lie in weights.npz, without their numbers."""
    with np.load(io.BytesIO(bundle.read(WEIGHTS_FILE))) as file:
        return {name.partition(" ")[2] for name in file.files}


def shake(network: keras.Model) -> None:
    network.set_weights([RANDOM.uniform(0.1, 0.9, v.shape) for v in network.get_weights()])


@pytest.mark.parametrize("half_precision", [False, True])
def test_weights_of_sequences_lie_in_the_graph_alone(tmp_path: Path, half_precision: bool) -> None:
    network, inputs = of_sequences()
    shake(network)
    if half_precision:
        round_weights(network)
    before = network.get_weights()
    bundle = write(tmp_path, network, inputs, half_precision=half_precision)
    small = {w.path.replace("/", ".") for w in network.weights if w.numpy().size < LEAST}
    assert stored(bundle) == small
    shake(network)
    load_weights(bundle, network)
    for found, wanted in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_what_the_export_folded_is_stored(tmp_path: Path) -> None:
    network, inputs = of_pictures()
    shake(network)
    before = network.get_weights()
    bundle = write(tmp_path, network, inputs)
    assert "folded.kernel" in stored(bundle)
    assert not stored(bundle) & {"plain.kernel", "depthwise.kernel", "out.kernel"}
    shake(network)
    load_weights(bundle, network)
    for found, wanted in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_weights_of_half_precision_are_read_from_a_graph_of_full_precision(tmp_path: Path) -> None:
    network, inputs = of_pictures()
    shake(network)
    network(inputs["x"])
    with BundleWriter(tmp_path / "model", DESCRIPTION, overwrite=False) as writer:
        writer.add_graph(GraphExport("model.onnx", network, inputs))
        writer.add_weights(network, half_precision=True)
    bundle = open_bundle(tmp_path / "model")
    assert "plain.kernel" not in stored(bundle)
    before = network.get_weights()
    load_weights(bundle, network)
    for found, exact in zip(network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, exact.astype(np.float16).astype(np.float32))


def test_rounded_weights_are_read_from_a_smaller_graph_only_where_that_is_asked_for(
    tmp_path: Path,
) -> None:
    inputs = {"x": RANDOM.normal(size=(2, 64)).astype(np.float32)}
    x = keras.Input((64,), name="x")
    network = keras.Model(x, layers.Dense(64, name="out")(x))
    before = network.get_weights()
    exact = write(tmp_path / "exact", network, inputs, make_smaller=shrink)
    assert "out.kernel" in stored(exact)
    bundle = write(tmp_path / "rounded", network, inputs, make_smaller=shrink, rounded=True)
    assert "out.kernel" not in stored(bundle)
    load_weights(bundle, network)
    difference = np.abs(network.get_weights()[0] - before[0]).max()
    assert 0 < difference <= np.abs(before[0]).max() / 127
    load_weights(exact, network)
    np.testing.assert_array_equal(network.get_weights()[0], before[0])


def test_only_what_is_the_same_bit_for_bit_is_found() -> None:
    table = RANDOM.normal(size=(16, 16)).astype(np.float32)
    other = table.copy()
    other[3, 4] = np.nextafter(other[3, 4], np.float32(9))
    zero, minus_zero = np.zeros((8, 16), np.float32), np.full((8, 16), -0.0, np.float32)
    constants = {"table": table.T.copy(), "zero": zero}
    wanted = {"same": table, "other": other, "minus zero": minus_zero}
    places = find_places(wanted, constants, "model.onnx")
    assert places == {"same": Place("model.onnx", "table", axes=(1, 0))}
    assert from_json(json.loads(json.dumps(to_json(places)))) == places


def test_places_of_the_older_form_are_read() -> None:
    old = {"0 a": ["model.onnx", "table", False], "1 b": ["model.onnx", "table", True]}
    network = keras.Sequential([keras.Input((4,)), layers.Dense(3, use_bias=False)])
    content = make_constant("table", RANDOM.normal(size=(4, 3)).astype(np.float32))
    found = take_arrays(from_json(old), {"model.onnx": content}.__getitem__)
    np.testing.assert_array_equal(found["0 a"], found["1 b"].T)
    assert found["0 a"].shape == network.weights[0].shape


def make_constant(name: str, array: np.ndarray) -> bytes:
    from onnx import helper, numpy_helper

    graph = helper.make_graph([], "g", [], [], [numpy_helper.from_array(array, name)])
    return helper.make_model(graph).SerializeToString()


@pytest.mark.parametrize(
    "places",
    [
        "no JSON",
        '{"0 a": {"graph": "model.onnx", "constant": "none"}}',
        '{"0 a": {"graph": "model.onnx", "constant": "table", "shape": [5, 5]}}',
        '{"0 a": {"graph": "model.onnx", "constant": "table", "colour": "red"}}',
        '{"0 a": {"graph": "other.onnx", "constant": "table"}}',
    ],
)
def test_places_that_lead_nowhere_are_an_error(places: str, tmp_path: Path) -> None:
    with BundleWriter(tmp_path / "model", DESCRIPTION, overwrite=False) as writer:
        writer.add("model.onnx", make_constant("table", np.zeros((4, 3), np.float32)))
        writer.add(PLACES_FILE, places.encode())
        content = io.BytesIO()
        np.savez(content)
        writer.add(WEIGHTS_FILE, content.getvalue())
    with pytest.raises(BundleError, match="get the model again"):
        read_weights(open_bundle(tmp_path / "model"))
