"""Let tf2onnx convert a large network in little memory."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LARGE = 20_000_000  # weights; a smaller network takes seconds either way
HUGE = 100_000_000  # weights; what is spared below is not worth a graph with more small steps
IN_PLACE = "TF2ONNX_CATCH_ERRORS"  # of tf2onnx, to be false


@contextmanager
def sparing_memory(weights: int) -> Iterator[None]:
    """Keep tf2onnx from copying the weights of a large network again and again.

    It copies the whole graph before each of dozens of optimisations, to go on with the copy where
    one fails, and writes all constants anew after each. For 75 million weights that takes 20 GB;
    without it, 7 GB, a third of the time, and the graph is the same.

    A network of HUGE weights is converted with its weights apart from the graph, and they are put
    back at the end. That takes 22 to 26 bytes a weight, and without it 58 to 84 (TrOCR's step and
    encoder). TensorFlow cannot simplify such a graph; ONNX Runtime does so when it loads it.

    Args:
        weights: of the network; nothing changes below LARGE.
    """
    if weights < LARGE:
        yield
        return
    from tf2onnx import convert
    from tf2onnx.graph import Node

    update, switch = Node.update_proto, os.environ.get(IN_PLACE)
    from_function = convert.from_function

    def update_but_constants(node: Any, *arguments: Any, **keywords: Any) -> None:
        if node.type != "Const":  # their values do not change
            update(node, *arguments, **keywords)

    os.environ[IN_PLACE] = "FALSE"  # which it reads while it converts
    Node.update_proto = update_but_constants
    if weights >= HUGE:
        convert.from_function = _keeping_weights_apart(from_function)
    try:
        yield
    finally:
        Node.update_proto, convert.from_function = update, from_function
        if switch is None:
            del os.environ[IN_PLACE]
        else:
            os.environ[IN_PLACE] = switch
        gc.collect()  # its graphs refer to themselves


def _keeping_weights_apart(from_function: Callable[..., Any]) -> Callable[..., None]:
    """Give what Keras takes for tf2onnx's `from_function`."""

    def convert(function: Any, signature: Any, *, opset: Any, output_path: Any) -> None:
        model, storage = from_function(function, signature, opset=opset, large_model=True)
        for constant in model.graph.initializer:
            if constant.external_data:
                places = {entry.key: entry.value for entry in constant.external_data}
                constant.raw_data = storage.name_to_tensor_data.pop(places["location"])
                constant.ClearField("external_data")
                constant.ClearField("data_location")
        Path(output_path).write_bytes(model.SerializeToString())

    return convert
