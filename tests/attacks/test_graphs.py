"""A stranger's graph: it reads no file, calls nothing unusual, and answers in the right shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from click.testing import Result
from onnx import TensorProto, helper, numpy_helper

from pipelines import load
from pipelines.bundle import graph_check
from pipelines.bundle.graph_check import check_graph
from pipelines.errors import BundleError
from pipelines.session import Graph
from tests.bundles import write_bundle_files

RunCommand = Callable[..., Result]
CLASSES = 3
OPSET = helper.make_opsetid("", 17)
IMAGE = helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", 8, 8, 3])


def external(name: str, location: str) -> TensorProto:
    """Make a tensor whose bytes are in another file."""
    tensor = TensorProto(name=name, data_type=TensorProto.UINT8, dims=[CLASSES])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def inside(name: str, values: Any) -> TensorProto:
    """Make a tensor whose bytes are in the graph."""
    return numpy_helper.from_array(np.asarray(values, np.float32), name)


def make_model(
    nodes: list[onnx.NodeProto], constants: list[TensorProto] | None = None, **more: Any
) -> bytes:
    """Make a graph from "image" to "scores"."""
    scores = helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "attack", [IMAGE], [scores], constants or [])
    opsets = [OPSET, helper.make_opsetid("com.microsoft", 1), helper.make_opsetid("evil", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **more).SerializeToString()


def cast(name: str) -> onnx.NodeProto:
    """Give a tensor as the scores."""
    return helper.make_node("Cast", [name], ["scores"], to=TensorProto.FLOAT)


def constant(**attributes: Any) -> onnx.NodeProto:
    return helper.make_node("Constant", [], ["secret"], **attributes)


def sparse(location: str) -> onnx.SparseTensorProto:
    tensor = onnx.SparseTensorProto(dims=[CLASSES])
    tensor.values.CopyFrom(external("secret", location))
    tensor.indices.CopyFrom(numpy_helper.from_array(np.arange(CLASSES), "indices"))
    return tensor


def in_subgraph(location: str) -> bytes:
    branch = helper.make_graph(
        [cast("secret")],
        "branch",
        [],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, None)],
        [external("secret", location)],
    )
    condition = numpy_helper.from_array(np.array(True), "condition")
    node = helper.make_node("If", ["condition"], ["scores"], then_branch=branch, else_branch=branch)
    return make_model([node], [condition])


def in_function(location: str) -> bytes:
    function = helper.make_function(
        "evil",
        "Leak",
        [],
        ["scores"],
        [constant(value=external("secret", location)), cast("secret")],
        [OPSET],
    )
    node = helper.make_node("Leak", [], ["scores"], domain="evil")
    return make_model([node], functions=[function])


LEAKS: dict[str, Callable[[str], bytes]] = {
    "initializer": lambda path: make_model([cast("secret")], [external("secret", path)]),
    "attribute": lambda path: make_model(
        [constant(value=external("secret", path)), cast("secret")]
    ),
    "sparse attribute": lambda path: make_model(
        [constant(sparse_value=sparse(path)), cast("secret")]
    ),
    "subgraph": in_subgraph,
    "function": in_function,
}


def write_classifier(folder: Path, graph: bytes) -> Path:
    """Write a bundle that shows what its graph gives as the scores of three classes."""
    return write_bundle_files(
        folder,
        "image-classification",
        {"labels.txt": b"one\ntwo\nthree\n", "model.onnx": graph},
        preprocessing={"height": 8, "width": 8},
    )


@pytest.mark.parametrize("place", LEAKS)
@pytest.mark.parametrize("path", ["secret.txt", "../secret.txt", "{absolute}"])
def test_a_graph_cannot_read_a_file(
    place: str,
    path: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    run: RunCommand,
    photograph: Path,
) -> None:
    below = tmp_path / "below"
    below.mkdir()
    for folder in (tmp_path, below):
        (folder / "secret.txt").write_bytes(b"abc")
    location = path.format(absolute=tmp_path / "secret.txt")
    bundle = write_classifier(tmp_path / "bundle", LEAKS[place](location))
    monkeypatch.chdir(below)
    result = run("classify", photograph, "--model", bundle)
    assert result.exit_code == BundleError.exit_code
    assert result.stdout == ""
    assert result.stderr.startswith(f"Error: {bundle / 'model.onnx'}: refused, the graph has ")
    assert result.stderr.count("\n") == 1


def test_a_sparse_initializer_cannot_read_a_file() -> None:
    model = onnx.load_from_string(make_model([cast("secret")]))
    model.graph.sparse_initializer.append(sparse("secret.txt"))
    with pytest.raises(BundleError, match="data in a file of its own"):
        check_graph(model.SerializeToString(), "model.onnx")


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (helper.make_node("Leak", ["image"], ["scores"], domain="evil"), "operator 'evil' 'Leak'"),
        (
            helper.make_node("EPContext", ["image"], ["scores"], domain="com.microsoft"),
            "operator 'com.microsoft' 'EPContext'",
        ),
    ],
)
def test_operators_that_no_bundle_of_ours_has_are_refused(
    node: onnx.NodeProto, message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        check_graph(make_model([node]), "model.onnx")


def test_a_graph_of_very_many_nodes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_check, "MOST_NODES", 10)
    nodes = [cast("image") for _ in range(11)]
    check_graph(make_model(nodes[:10]), "model.onnx")
    with pytest.raises(BundleError, match="11 nodes, more than 10"):
        check_graph(make_model(nodes), "model.onnx")


def test_another_format_of_onnx_runtime_is_refused() -> None:
    content = b"\x0a\x06\x00\x00ORTM" + make_model([cast("image")])  # also a sound protobuf
    with pytest.raises(BundleError, match="ONNX Runtime's own format"):
        check_graph(content, "model.onnx")


def test_a_field_cannot_hide_behind_bits_that_protobuf_drops() -> None:
    tensor = external("secret", "secret.txt")
    hidden = bytearray(tensor.SerializeToString())
    key = 13 << 3 | 2
    assert hidden[-len(tensor.external_data[0].SerializeToString()) - 2 - 2] == key
    place = hidden.index(bytes([key]))
    overflown = bytes([key | 0x80, 0x80, 0x80, 0x80, 0x10])  # key + 2 ** 32
    hidden[place : place + 1] = overflown
    hidden = hidden[:-2]  # data_location
    model = onnx.load_from_string(make_model([cast("image")]))
    content = model.SerializeToString()
    graph = model.graph.SerializeToString() + b"\x2a" + bytes([len(hidden)]) + bytes(hidden)
    size = len(graph)
    whole = content[: content.index(b"\x3a")] + b"\x3a"
    whole += bytes([size & 0x7F | 0x80, size >> 7]) + graph
    with pytest.raises(BundleError):
        check_graph(whole, "model.onnx")


@pytest.mark.parametrize("content", [b"", b"\x08\x08", b"\x3a\x00", b"\x3a\x7f", b"\xff" * 20])
def test_what_is_cut_off_is_no_graph(content: bytes) -> None:
    with pytest.raises(BundleError, match="not an ONNX graph"):
        check_graph(content, "model.onnx")


WRONG_OUTPUTS = {
    "rank": np.zeros(CLASSES),
    "batch": np.zeros((2, CLASSES)),
    "classes": np.zeros((1, 2)),
    "not a number": np.full((1, CLASSES), np.nan),
}


@pytest.mark.parametrize("fault", [*WRONG_OUTPUTS, "type", "count"])
def test_outputs_that_are_not_scores_are_never_shown(
    fault: str, tmp_path: Path, run: RunCommand, photograph: Path
) -> None:
    model = onnx.load_from_string(make_model([cast("value")]))
    model.graph.initializer.append(inside("value", WRONG_OUTPUTS.get(fault, np.zeros((1, 3)))))
    if fault == "type":
        model.graph.node[0].attribute[0].i = TensorProto.STRING
        model.graph.output[0].type.tensor_type.elem_type = TensorProto.STRING
    if fault == "count":
        model.graph.output.append(IMAGE)
        model.graph.output[1].name = "value"
        model.graph.output[1].type.tensor_type.elem_type = TensorProto.FLOAT
    bundle = write_classifier(tmp_path / "bundle", model.SerializeToString())
    result = run("classify", photograph, "--model", bundle)
    assert result.exit_code == BundleError.exit_code
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["imagenet-efficientnet-lite0", "text-shakespeare"])
def test_a_sound_graph_passes(name: str) -> None:
    bundle = load(name, device="cpu").bundle
    content = bundle.read("model.onnx")
    check_graph(content, "model.onnx")
    assert Graph(content, origin="model.onnx", device="cpu", threads=1)
