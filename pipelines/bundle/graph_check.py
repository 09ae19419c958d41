"""What a bundle's graph may be, checked before ONNX Runtime sees it.

ONNX Runtime reads files that a graph names, outside the bundle and its checksums, and expands
functions and subgraphs for as long as it takes. Our own graphs are flat, so nothing else is loaded.
The messages are those of onnx.proto3.
"""

from __future__ import annotations

from collections import Counter
from enum import IntEnum

from pipelines.bundle.protobuf import as_message, read_fields
from pipelines.errors import BundleError

MOST_NODES = 20_000  # Whisper's largest decoder has some thousands
STANDARD_DOMAINS = (b"", b"ai.onnx")
FURTHER_OPERATORS = frozenset({(b"com.microsoft", b"DynamicQuantizeLSTM")})

ANOTHER_FORMAT = b"ORTM"  # from its fifth byte, of what ONNX Runtime does not read as protobuf


class _Model(IntEnum):
    GRAPH = 7
    TRAINING = 20
    FUNCTIONS = 25


class _Graph(IntEnum):
    NODE = 1
    INITIALIZER = 5
    SPARSE_INITIALIZER = 15


class _Node(IntEnum):
    OPERATOR = 4
    ATTRIBUTE = 5
    DOMAIN = 7


class _Attribute(IntEnum):
    TENSOR = 5
    GRAPH = 6
    TENSORS = 10
    GRAPHS = 11
    SPARSE_TENSOR = 22
    SPARSE_TENSORS = 23


class _Tensor(IntEnum):
    EXTERNAL_DATA = 13
    DATA_LOCATION = 14


TENSORS_OF_SPARSE = (1, 2)  # its values and its indices


def check_graph(content: bytes, origin: str) -> None:
    """Refuse a serialised graph that is not flat, or that needs more than what is in it.

    Raises:
        BundleError: it has external data, subgraphs, functions, unusual operators or too many
            nodes, or it is no graph at all.
    """
    try:
        _check_model(memoryview(content))
    except _RefusedError as refused:
        raise BundleError(f"{origin}: refused, the graph has {refused}") from None
    except (IndexError, ValueError):
        raise BundleError(f"{origin}: not an ONNX graph; get the model again") from None


class _RefusedError(Exception):
    """Says what the graph has that it may not have."""


def _check_model(model: memoryview) -> None:
    if model[4:8] == ANOTHER_FORMAT:
        raise _RefusedError("ONNX Runtime's own format")
    counts: Counter[int] = Counter()
    for number, value in read_fields(model):
        if number == _Model.GRAPH:
            _check_flat(as_message(value), counts)
        elif number == _Model.FUNCTIONS:
            raise _RefusedError("functions of its own")
        elif number == _Model.TRAINING:
            raise _RefusedError("a training graph")
    if not counts:
        raise ValueError("no graph")


def _check_flat(graph: memoryview, counts: Counter[int]) -> None:
    for number, value in read_fields(graph):
        counts[number] += 1
        if number == _Graph.NODE:
            _check_node(as_message(value))
        elif number == _Graph.INITIALIZER:
            _check_tensor(as_message(value))
        elif number == _Graph.SPARSE_INITIALIZER:
            _check_sparse(as_message(value))
    if counts[_Graph.NODE] > MOST_NODES:
        raise _RefusedError(f"{counts[_Graph.NODE]} nodes, more than {MOST_NODES}")


def _check_node(node: memoryview) -> None:
    domain = operator = b""
    for number, value in read_fields(node):
        if number == _Node.OPERATOR:
            operator = bytes(as_message(value))
        elif number == _Node.DOMAIN:
            domain = bytes(as_message(value))
        elif number == _Node.ATTRIBUTE:
            _check_attribute(as_message(value))
    if domain not in STANDARD_DOMAINS and (domain, operator) not in FURTHER_OPERATORS:
        name = f"{domain!r} {operator!r}".replace("b'", "'")
        raise _RefusedError(f"the operator {name}")


def _check_attribute(attribute: memoryview) -> None:
    for number, value in read_fields(attribute):
        if number in (_Attribute.GRAPH, _Attribute.GRAPHS):
            raise _RefusedError("a graph inside it")
        if number in (_Attribute.TENSOR, _Attribute.TENSORS):
            _check_tensor(as_message(value))
        elif number in (_Attribute.SPARSE_TENSOR, _Attribute.SPARSE_TENSORS):
            _check_sparse(as_message(value))


def _check_sparse(sparse: memoryview) -> None:
    for number, value in read_fields(sparse):
        if number in TENSORS_OF_SPARSE:
            _check_tensor(as_message(value))


def _check_tensor(tensor: memoryview) -> None:
    for number, value in read_fields(tensor):
        if number == _Tensor.EXTERNAL_DATA or (number == _Tensor.DATA_LOCATION and value):
            raise _RefusedError("data in a file of its own")
