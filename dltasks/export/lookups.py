"""Tables of embeddings that are also multiplied by, as of a tied output, stored once in a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

LARGE_TABLE = 1 << 20  # numbers; a smaller table is left as it is
LARGE_MATRIX = 1 << 12  # numbers; a smaller one is left as it is


def look_up_factors(model: Any, factors: set[str]) -> None:
    """Look rows of a table up in the factor of a product that is the table transposed."""
    from onnx import helper, numpy_helper

    graph = model.graph
    axes = _ranks(model)
    arrays = {
        constant.name: numpy_helper.to_array(constant)
        for constant in graph.initializer
        if len(constant.dims) == 2 and constant.dims[0] * constant.dims[1] >= LARGE_MATRIX
    }
    for lookup in [node for node in graph.node if node.op_type == "Gather"]:
        table = arrays.get(lookup.input[0])
        twin = table is not None and next(
            (name for name in factors & arrays.keys() if np.array_equal(arrays[name].T, table)),
            None,
        )
        if not twin:
            continue
        columns = f"{lookup.name}/columns"  # [width, batch, tokens], or without tokens
        order = [*range(1, axes[lookup.input[1]] + 1), 0]
        nodes = [
            helper.make_node("Gather", [twin, lookup.input[1]], [columns], axis=1),
            helper.make_node("Transpose", [columns], list(lookup.output), perm=order),
        ]
        place = list(graph.node).index(lookup)
        graph.node.remove(lookup)
        for node in reversed(nodes):
            graph.node.insert(place, node)
    _drop_unused(graph)


def share_tables(model: Any) -> None:
    """Look rows of a float table up in the quantised matrix that is the table transposed."""
    graph = model.graph
    shapes = {constant.name: tuple(constant.dims) for constant in graph.initializer}
    products = [node for node in graph.node if node.op_type == "MatMulInteger"]
    lookups = [node for node in graph.node if node.op_type == "Gather"]
    for lookup in lookups:
        shape = shapes.get(lookup.input[0], ())
        if len(shape) != 2 or shape[0] * shape[1] < LARGE_TABLE:
            continue
        twin = next((node for node in products if shapes.get(node.input[1]) == shape[::-1]), None)
        if twin is not None:
            _look_up(graph, lookup, matrix=twin.input[1], axes=_ranks(model)[lookup.input[1]])
    _drop_unused(graph)


def _look_up(graph: Any, lookup: Any, *, matrix: str, axes: int) -> None:
    """Replace a lookup: columns of the matrix [width, rows] times their scales.

    Args:
        graph: that it is in.
        lookup: its node.
        matrix: the name of the matrix.
        axes: of the indices.
    """
    from onnx import TensorProto, helper

    _, indices = lookup.input
    order = [*range(1, axes + 1), 0]
    scale = f"{matrix.removesuffix('_quantized')}_scale"
    name = lookup.name
    nodes = [
        helper.make_node("Gather", [matrix, indices], [f"{name}/int8"], axis=1),
        # [width, batch, tokens] to [batch, tokens, width], or without tokens
        helper.make_node("Transpose", [f"{name}/int8"], [f"{name}/rows"], perm=order),
        helper.make_node("Cast", [f"{name}/rows"], [f"{name}/float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", [scale, indices], [f"{name}/scales"]),
        helper.make_node("Unsqueeze", [f"{name}/scales", f"{name}/last"], [f"{name}/scale"]),
        helper.make_node("Mul", [f"{name}/float", f"{name}/scale"], list(lookup.output)),
    ]
    graph.initializer.append(helper.make_tensor(f"{name}/last", TensorProto.INT64, [1], [-1]))
    place = list(graph.node).index(lookup)
    graph.node.remove(lookup)
    for node in reversed(nodes):
        graph.node.insert(place, node)


def _ranks(model: Any) -> dict[str, int]:
    """Count the axes of what goes from node to node."""
    from onnx.shape_inference import infer_shapes

    graph = infer_shapes(model).graph
    known = (*graph.input, *graph.value_info)
    return {item.name: len(item.type.tensor_type.shape.dim) for item in known}


def _drop_unused(graph: Any) -> None:
    used = {name for node in graph.node for name in node.input}
    for constant in [item for item in graph.initializer if item.name not in used]:
        graph.initializer.remove(constant)
