"""The end of a classifier's graph: map of features, pooling, a dense layer, probabilities.

The graphs that the toolkit exports end so: ... -> GlobalAveragePool -> MatMul -> Add -> Softmax.
Where the head has hidden layers, as VGG16's, the last of them gives the features, and no map does.
"""

from __future__ import annotations

from typing import NamedTuple

from pipelines.bundle.folder import Bundle
from pipelines.bundle.graph_check import check_graph
from pipelines.bundle.graph_wiring import Wiring
from pipelines.errors import BundleError

POOLING = ("GlobalAveragePool", "ReduceMean")
RESHAPING = ("Squeeze", "Reshape", "Flatten", "Identity", "Cast")
LAST = ("Softmax", "Sigmoid", "Identity", "Cast")
MOST_STEPS = 8  # from one tensor to the next of these; a damaged graph may go round in a circle


class Head(NamedTuple):
    """Names of tensors in a graph.

    Attributes:
        logits: [batch, classes].
        features: [batch, features], what the last dense layer takes.
        weights: of that layer, [features, classes].
        map: whose mean over all places `features` is, [batch, maps, rows, columns] or [batch, rows,
            columns, maps]; None where the network has no such map.
    """

    logits: str
    features: str
    weights: str
    map: str | None


def find_head(bundle: Bundle, file: str) -> Head:
    """Find the tensors of a classifier's head.

    Args:
        bundle: of the classifier.
        file: its graph.

    Raises:
        BundleError: the graph is damaged, or does not end in a dense layer.
    """
    origin = str(bundle.path / file)
    content = bundle.read(file)
    check_graph(content, origin)
    try:
        wiring = Wiring(content)
    except (IndexError, ValueError):
        raise BundleError(f"{origin}: not an ONNX graph; get the model again") from None
    logits = _skip(wiring, wiring.outputs[0], LAST) if wiring.outputs else ""
    last = wiring.maker(logits)
    if last and last.operator == "Add":
        last = next(filter(None, map(wiring.maker, last.inputs)), None)
    if not last or last.operator != "MatMul" or len(last.inputs) != 2:
        raise BundleError(
            f"{origin}: the graph does not end in a dense layer, so it has no features to give; "
            "export the model again, or use another"
        )
    features, weights = last.inputs
    pooled = wiring.maker(_skip(wiring, features, RESHAPING))
    is_pooled = pooled and pooled.inputs and pooled.operator in POOLING
    return Head(logits, features, weights, pooled.inputs[0] if pooled and is_pooled else None)


def _skip(wiring: Wiring, tensor: str, operators: tuple[str, ...]) -> str:
    """Go back from a tensor through nodes of these operators."""
    for _ in range(MOST_STEPS):
        node = wiring.maker(tensor)
        if node is None or not node.inputs or node.operator not in operators:
            break
        tensor = node.inputs[0]
    return tensor
