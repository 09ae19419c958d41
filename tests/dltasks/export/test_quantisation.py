from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from dltasks.export.graphs import GraphExport, largest_difference, rounding_difference
from dltasks.export.places import find_places, read_constants, take_arrays
from dltasks.export.quantisation import (
    quantise,
    quantise_convolutions,
    shrink,
)
from pipelines.session import Graph

ROWS, WIDTH = 4096, 256  # just large enough for a table to be shared


def make_graph(tokens: tuple[str, ...] = ("batch", "new")) -> tuple[bytes, np.ndarray]:
    """A table of embeddings: look tokens up, and compare what was found with all rows."""
    table = np.random.default_rng(0).standard_normal((ROWS, WIDTH)).astype(np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "tokens"], ["found"], name="look_up"),
        helper.make_node("MatMul", ["found", "turned"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "embeddings",
        [helper.make_tensor_value_info("tokens", TensorProto.INT32, tokens)],
        [
            helper.make_tensor_value_info("found", TensorProto.FLOAT, [*tokens, WIDTH]),
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, [*tokens, ROWS]),
        ],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(table.T, "turned")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString(), table


def run(content: bytes) -> list[np.ndarray]:
    graph = Graph(content, origin="test", device="cpu", threads=1)
    return graph.run(tokens=np.array([[1, 7, 4095], [0, 2, 7]], np.int32))


@pytest.mark.parametrize("make_smaller", [quantise, shrink])
def test_a_smaller_graph_gives_nearly_the_same(make_smaller: Callable[[bytes], bytes]) -> None:
    content, _ = make_graph()
    for exact, near in zip(run(content), run(make_smaller(content)), strict=True):
        assert np.abs(exact - near).max() < 0.03 * np.abs(exact).max()
        assert exact.shape == near.shape


@pytest.mark.parametrize("make_smaller", [quantise, shrink])
def test_a_table_that_is_also_multiplied_by_is_stored_once(
    make_smaller: Callable[[bytes], bytes],
) -> None:
    content, table = make_graph()
    assert len(make_smaller(content)) < table.size * 1.1  # a byte a number


@pytest.mark.parametrize("make_smaller", [quantise, shrink])
def test_a_table_is_shared_where_one_token_comes_at_a_time(
    make_smaller: Callable[[bytes], bytes],
) -> None:
    content, table = make_graph(("batch",))
    smaller = make_smaller(content)
    tokens = np.array([1, 7, 4095], np.int32)
    exact, near = (
        Graph(one, origin="test", device="cpu", threads=1).run(tokens=tokens)
        for one in (content, smaller)
    )
    assert len(smaller) < table.size * 1.1
    assert near[0].shape == (3, WIDTH)
    assert np.abs(exact[0] - near[0]).max() < 0.03 * np.abs(exact[0]).max()


def test_numbers_that_float16_holds_come_back_as_they_were() -> None:
    content, _ = make_graph()
    model = onnx.load_from_string(content)
    table = numpy_helper.to_array(model.graph.initializer[0]).astype(np.float16).astype(np.float32)
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(table, "table"))
    exact = model.SerializeToString()
    smaller = shrink(exact)
    np.testing.assert_array_equal(run(exact)[0], run(smaller)[0])
    assert len(smaller) < 0.4 * len(exact)


@pytest.mark.parametrize(
    ("relative", "difference", "expected"),
    [
        (False, [2.0, 0.0], 2.0 / 502.0),
        (False, [0.0, 2.0], 2.0 / 2.5),
        (False, [0.0, 0.25], 0.25),
        (True, [2.0, 0.0], 2.0 / 502.0),
        (True, [0.0, 2.0], 2.0 / 500.0),
    ],
)
def test_a_difference_is_measured_by_its_value_or_by_the_largest_of_an_inner_state(
    relative: bool, difference: list[float], expected: float
) -> None:
    node = helper.make_node("Identity", ["x"], ["y"])
    shape = helper.make_tensor_value_info
    graph = helper.make_graph(
        [node],
        "same",
        [shape("x", TensorProto.FLOAT, ["batch", 2])],
        [shape("y", TensorProto.FLOAT, ["batch", 2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=9)
    values = np.array([[500.0, 0.5]], np.float32)
    part = GraphExport("same.onnx", None, {"x": values}, relative)  # type: ignore[arg-type]
    content, keras_gave = model.SerializeToString(), [np.add(values, difference)]
    assert largest_difference(content, part, keras_gave) == pytest.approx(expected)
    assert rounding_difference(content, part, keras_gave) == pytest.approx(expected)
    average = replace(part, average=True)
    assert largest_difference(content, average, keras_gave) == pytest.approx(expected)
    assert rounding_difference(content, average, keras_gave) == pytest.approx(expected / 2)


@pytest.mark.parametrize("make_smaller", [quantise, shrink])
def test_weights_can_be_taken_out_of_a_smaller_graph(
    make_smaller: Callable[[bytes], bytes],
) -> None:
    content, table = make_graph()
    smaller = make_smaller(content)
    exact = read_constants(content)
    known = {name: array for name, array in exact.items() if name in read_constants(smaller)}
    wanted = {"weights": table, "others": table + 1, "turned": np.ascontiguousarray(table.T)}
    places = find_places(wanted, known, "model.onnx")
    assert set(places) == {"weights", "turned"}
    found = take_arrays(places, {"model.onnx": smaller}.__getitem__)
    for name, array in found.items():
        assert array.shape == wanted[name].shape
        assert np.abs(array - wanted[name]).max() <= np.abs(table).max() / 127


def test_an_lstm_of_bytes_gives_nearly_the_same_and_is_a_quarter_as_large() -> None:
    random = np.random.default_rng(0)
    units, features = 64, 48

    def weights(name: str, rows: int, columns: int) -> onnx.TensorProto:
        values = random.uniform(-0.2, 0.2, (1, rows, columns)).astype(np.float32)
        return numpy_helper.from_array(values, name)

    graph = helper.make_graph(
        [helper.make_node("LSTM", ["x", "W", "R"], ["y"], hidden_size=units)],
        "lstm",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["frames", 1, features])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["frames", 1, 1, units])],
        [weights("W", 4 * units, features), weights("R", 4 * units, units)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=9)
    content = model.SerializeToString()
    smaller = quantise(content, "LSTM")
    x = random.standard_normal((50, 1, features)).astype(np.float32)
    (exact,), (near,) = (
        Graph(graph, origin="test", device="cpu", threads=1).run(x=x)
        for graph in (content, smaller)
    )
    assert np.abs(exact - near).max() < 0.03 * np.abs(exact).max()
    assert len(smaller) < 0.3 * len(content)


def test_convolutions_of_bytes_give_nearly_the_same_and_are_a_quarter_as_large() -> None:
    random = np.random.default_rng(0)
    channels = 64

    def weights(name: str, inputs: int) -> onnx.TensorProto:
        values = random.normal(0, 0.05, (channels, inputs, 3, 3)).astype(np.float32)
        return numpy_helper.from_array(values, name)

    def convolve(x: str, y: str, kernel: str) -> onnx.NodeProto:
        return helper.make_node("Conv", [x, kernel], [y], name=y, pads=[1, 1, 1, 1])

    nodes = [
        convolve("x", "first", "K"),
        helper.make_node("Relu", ["first"], ["seen"]),
        convolve("seen", "y", "L"),
    ]
    graph = helper.make_graph(
        nodes,
        "convolutions",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 1, 16, "width"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", channels, 16, "width"])],
        [weights("K", 1), weights("L", channels)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=9)
    content = model.SerializeToString()
    examples = random.standard_normal((4, 1, 16, 40)).astype(np.float32)
    smaller = quantise_convolutions(content, {"x": examples})
    x = random.standard_normal((1, 1, 16, 100)).astype(np.float32)
    (exact,), (near,) = (
        Graph(graph, origin="test", device="cpu", threads=1).run(x=x)
        for graph in (content, smaller)
    )
    assert 0 < np.abs(exact - near).max() < 0.1 * np.abs(exact).max()
    assert np.abs(exact - near).mean() < 0.05 * np.abs(exact).mean()
    assert len(smaller) < 0.35 * len(content)
