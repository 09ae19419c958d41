"""Let tf2onnx convert a large network in little memory."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LARGE = 20_000_000  # weights; a smaller network takes seconds either way
IN_PLACE = "TF2ONNX_CATCH_ERRORS"  # of tf2onnx, to be false


@contextmanager
def sparing_memory(weights: int) -> Iterator[None]:
    """Keep tf2onnx from copying the weights of a large network again and again.

    It copies the whole graph before each of dozens of optimisations, to go on with the copy where
    one fails, and writes all constants anew after each. For 75 million weights that takes 20 GB;
    without it, 7 GB, a third of the time, and the graph is the same.

    Args:
        weights: of the network; nothing changes below LARGE.
    """
    if weights < LARGE:
        yield
        return
    from tf2onnx.graph import Node

    update, switch = Node.update_proto, os.environ.get(IN_PLACE)

    def update_but_constants(node: Any, *arguments: Any, **keywords: Any) -> None:
        if node.type != "Const":  # their values do not change
            update(node, *arguments, **keywords)

    os.environ[IN_PLACE] = "FALSE"  # which it reads while it converts
    Node.update_proto = update_but_constants
    try:
        yield
    finally:
        Node.update_proto = update
        if switch is None:
            del os.environ[IN_PLACE]
        else:
            os.environ[IN_PLACE] = switch
        gc.collect()  # its graphs refer to themselves
