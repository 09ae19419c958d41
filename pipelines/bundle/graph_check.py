"""What a bundle's graph may be, checked before ONNX Runtime sees it.

ONNX Runtime reads files that a graph names, outside the bundle and its checksums, and expands
functions and subgraphs for as long as it takes. Our own graphs are flat, so nothing else is loaded.
The messages are those of onnx.proto3, and the encoding is that of
https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import IntEnum

from pipelines.errors import BundleError

MOST_NODES = 20_000  # Whisper's largest decoder has some thousands
STANDARD_DOMAINS = (b"", b"ai.onnx")
FURTHER_OPERATORS = frozenset({(b"com.microsoft", b"DynamicQuantizeLSTM")})

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5  # wire types; groups are of no use to ONNX
FIXED_SIZES = {FIXED_64: 8, FIXED_32: 4}
LONGEST_VARINT = 10  # bytes
LARGEST_KEY = 2**32 - 1  # protobuf drops the bits above
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
    for number, value in _fields(model):
        if number == _Model.GRAPH:
            _check_flat(_message(value), counts)
        elif number == _Model.FUNCTIONS:
            raise _RefusedError("functions of its own")
        elif number == _Model.TRAINING:
            raise _RefusedError("a training graph")
    if not counts:
        raise ValueError("no graph")


def _check_flat(graph: memoryview, counts: Counter[int]) -> None:
    for number, value in _fields(graph):
        counts[number] += 1
        if number == _Graph.NODE:
            _check_node(_message(value))
        elif number == _Graph.INITIALIZER:
            _check_tensor(_message(value))
        elif number == _Graph.SPARSE_INITIALIZER:
            _check_sparse(_message(value))
    if counts[_Graph.NODE] > MOST_NODES:
        raise _RefusedError(f"{counts[_Graph.NODE]} nodes, more than {MOST_NODES}")


def _check_node(node: memoryview) -> None:
    domain = operator = b""
    for number, value in _fields(node):
        if number == _Node.OPERATOR:
            operator = bytes(_message(value))
        elif number == _Node.DOMAIN:
            domain = bytes(_message(value))
        elif number == _Node.ATTRIBUTE:
            _check_attribute(_message(value))
    if domain not in STANDARD_DOMAINS and (domain, operator) not in FURTHER_OPERATORS:
        name = f"{domain!r} {operator!r}".replace("b'", "'")
        raise _RefusedError(f"the operator {name}")


def _check_attribute(attribute: memoryview) -> None:
    for number, value in _fields(attribute):
        if number in (_Attribute.GRAPH, _Attribute.GRAPHS):
            raise _RefusedError("a graph inside it")
        if number in (_Attribute.TENSOR, _Attribute.TENSORS):
            _check_tensor(_message(value))
        elif number in (_Attribute.SPARSE_TENSOR, _Attribute.SPARSE_TENSORS):
            _check_sparse(_message(value))


def _check_sparse(sparse: memoryview) -> None:
    for number, value in _fields(sparse):
        if number in TENSORS_OF_SPARSE:
            _check_tensor(_message(value))


def _check_tensor(tensor: memoryview) -> None:
    for number, value in _fields(tensor):
        if number == _Tensor.EXTERNAL_DATA or (number == _Tensor.DATA_LOCATION and value):
            raise _RefusedError("data in a file of its own")


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Give the fields of a message as they come: numbers, and bytes of messages and texts.

    Raises:
        IndexError: the message is cut off.
        ValueError: it is not encoded as it should be.
    """
    place, end = 0, len(message)
    while place < end:
        key, place = _read_varint(message, place)
        kind = key & 7
        if key > LARGEST_KEY:
            raise ValueError("no such field")
        if kind == VARINT:
            value, place = _read_varint(message, place)
            yield key >> 3, value
            continue
        if kind == BYTES:
            size, place = _read_varint(message, place)
        else:
            size = FIXED_SIZES.get(kind, -1)
        if size < 0 or place + size > end:
            raise ValueError("no such field")
        yield key >> 3, message[place : place + size]
        place += size


def _read_varint(message: memoryview, place: int) -> tuple[int, int]:
    """Give a number of variable length, and where it ends."""
    byte = message[place]
    if byte < 0x80:
        return byte, place + 1
    value = 0
    for index in range(LONGEST_VARINT):
        byte = message[place + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, place + index + 1
    raise ValueError("a number of more than ten bytes")


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a number in the place of a message")
    return value
