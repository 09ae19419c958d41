"""How the nodes of a graph are connected, and tensors inside it as further outputs.

Nothing is needed for it but the serialised graph, which stays as it is: Protocol Buffers read two
messages, one behind the other, as one, so an output is some bytes more at the end of the graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipelines.bundle.protobuf import as_message, read_fields, write_field

MODEL_GRAPH = 7  # the fields of onnx.proto3
GRAPH_NODE, GRAPH_OUTPUT = 1, 12
NODE_INPUT, NODE_OUTPUT, NODE_OPERATOR = 1, 2, 4
VALUE_NAME = 1


class Node(NamedTuple):
    """A node: its operator, such as "MatMul", and the names of the tensors in and out."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class Wiring:
    """The nodes of a graph that `graph_check` let pass.

    Attributes:
        outputs: names of the graph's outputs, in order.
    """

    def __init__(self, content: bytes) -> None:
        graphs = list(_messages(memoryview(content), MODEL_GRAPH))
        nodes = [_read_node(node) for graph in graphs for node in _messages(graph, GRAPH_NODE)]
        values = [value for graph in graphs for value in _messages(graph, GRAPH_OUTPUT)]
        self.outputs = tuple(_text(value, VALUE_NAME) for value in values)
        self._makers = {name: node for node in nodes for name in node.outputs}

    def maker(self, tensor: str) -> Node | None:
        """Give the node that computes a tensor; None if it is a constant or an input."""
        return self._makers.get(tensor)


def with_outputs(content: bytes, tensors: Sequence[str]) -> bytes:
    """Give a serialised graph that also has these tensors as outputs, behind its own."""
    values = [write_field(VALUE_NAME, tensor.encode()) for tensor in tensors]
    outputs = b"".join(write_field(GRAPH_OUTPUT, value) for value in values)
    return content + write_field(MODEL_GRAPH, outputs) if tensors else content


def _read_node(node: memoryview) -> Node:
    texts: dict[int, list[str]] = {NODE_INPUT: [], NODE_OUTPUT: [], NODE_OPERATOR: [""]}
    for number, value in read_fields(node):
        if number in texts:
            texts[number].append(_decode(value))
    return Node(texts[NODE_OPERATOR][-1], tuple(texts[NODE_INPUT]), tuple(texts[NODE_OUTPUT]))


def _messages(message: memoryview, wanted: int) -> Iterator[memoryview]:
    return (as_message(value) for number, value in read_fields(message) if number == wanted)


def _text(message: memoryview, wanted: int) -> str:
    found = [_decode(value) for number, value in read_fields(message) if number == wanted]
    return found[-1] if found else ""


def _decode(value: int | memoryview) -> str:
    return bytes(as_message(value)).decode("utf-8", "replace")
