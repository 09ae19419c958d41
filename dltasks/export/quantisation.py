"""Graphs with weights of 8 bits: a quarter of the size, and faster on processors."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dltasks.export.lookups import LARGE_MATRIX, look_up_factors, share_tables
from dltasks.extras import require

LARGEST_INT8 = 127
Operator = Literal["MatMul", "LSTM"]
# Sums of unsigned bytes do not overflow where a processor multiplies bytes without VNNI.
BYTES: dict[Operator, str] = {"MatMul": "QInt8", "LSTM": "QUInt8"}


def shrink(content: bytes) -> bytes:
    """Store the matrices of a graph as int8 with a scale for each column, and compute in float32.

    Constants that are the same as float16 are stored so, and a table of embeddings that is also
    multiplied by is stored once. ONNX Runtime makes float32 of all of them when it loads the graph.
    Where inputs have outliers, as in Whisper's encoder, this is nearer to
    the original than `quantise`, which rounds what comes in by its largest value.

    Args:
        content: a float32 graph.

    Returns:
        The smaller graph.

    Raises:
        MissingExtraError: the toolkit's extra is not installed.
    """
    require("onnx", "quantising")
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(content)
    factors = {node.input[1] for node in model.graph.node if node.op_type == "MatMul"}
    look_up_factors(model, factors)
    constants: list[Any] = []
    nodes: list[Any] = []
    for constant in model.graph.initializer:
        array = numpy_helper.to_array(constant)
        stored = [constant]
        if array.dtype == np.float32 and array.size >= LARGE_MATRIX:
            is_factor = array.ndim == 2 and constant.name in factors
            stored, made = (_as_int8 if is_factor else _as_float16)(constant, array)
            nodes += made
        constants += stored
    nodes += model.graph.node
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(constants)
    model.graph.node.extend(nodes)
    return bytes(model.SerializeToString())


def _as_int8(constant: Any, array: np.ndarray) -> tuple[list[Any], list[Any]]:
    """Give what to store of a matrix, and the nodes that make it again."""
    from onnx import TensorProto, helper, numpy_helper

    name = constant.name
    scale = np.maximum(np.abs(array).max(axis=0), np.finfo(np.float32).tiny) / LARGEST_INT8
    whole = np.round(array / scale).astype(np.int8)
    names = f"{name}/int8", f"{name}/scale", f"{name}/whole"
    stored = [
        numpy_helper.from_array(whole, names[0]),
        numpy_helper.from_array(scale.astype(np.float32), names[1]),
    ]
    nodes = [
        helper.make_node("Cast", [names[0]], [names[2]], to=TensorProto.FLOAT),
        helper.make_node("Mul", [names[2], names[1]], [name]),
    ]
    return stored, nodes


def _as_float16(constant: Any, array: np.ndarray) -> tuple[list[Any], list[Any]]:
    """Give what to store of a constant, and the node that makes it again."""
    from onnx import TensorProto, helper, numpy_helper

    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    if not np.array_equal(half.astype(np.float32), array):
        return [constant], []
    name = constant.name
    node = helper.make_node("Cast", [f"{name}/float16"], [name], to=TensorProto.FLOAT)
    return [numpy_helper.from_array(half, f"{name}/float16")], [node]


def quantise(content: bytes, operator: Operator = "MatMul") -> bytes:
    """Store the weights of matrix products, or of LSTMs, as bytes, with a scale for each column.

    What comes in is quantised as it comes (Jacob et al. 2018, "Quantization and training of neural
    networks for efficient integer-arithmetic-only inference"). A table of embeddings that is also
    multiplied by is stored once.

    Args:
        content: a float32 graph.
        operator: whose weights to store so.

    Returns:
        The quantised graph.

    Raises:
        MissingExtraError: the toolkit's extra is not installed.
    """
    require("onnx", "quantising")
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with _quiet_advice(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quantised.onnx"
        quantize_dynamic(
            onnx.load_from_string(content),
            path,
            op_types_to_quantize=[operator],
            per_channel=True,
            weight_type=QuantType[BYTES[operator]],
        )
        model = onnx.load(path)
    share_tables(model)
    return bytes(model.SerializeToString())


def quantise_convolutions(content: bytes, inputs: dict[str, np.ndarray]) -> bytes:
    """Store the weights of convolutions as bytes, a scale for each channel, and compute in bytes.

    What comes in is quantised by the least and the largest value that each convolution met in real
    examples (Jacob et al. 2018, as in `quantise`); twice as fast as float32. The first convolution,
    which meets the examples themselves, stays float32.

    Args:
        content: a graph whose convolutions are float32.
        inputs: name -> array [example, ...] of real examples.

    Returns:
        The quantised graph.

    Raises:
        MissingExtraError: the toolkit's extra is not installed.
    """
    require("onnx", "quantising")
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    model = onnx.load_from_string(content)
    first = next(node.name for node in model.graph.node if node.op_type == "Conv")
    with _quiet_advice(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "quantised.onnx"
        quantize_static(
            model,
            path,
            _Examples(inputs),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=[first],
            per_channel=True,
            reduce_range=True,  # 7 bits a weight; see BYTES
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        return path.read_bytes()


class _Examples:
    """Gives examples one by one, as ONNX Runtime's CalibrationDataReader does."""

    def __init__(self, inputs: dict[str, np.ndarray]) -> None:
        self._rows = zip(*inputs.values(), strict=True)
        self._names = tuple(inputs)

    def get_next(self) -> dict[str, np.ndarray] | None:
        row = next(self._rows, None)
        if row is None:
            return None
        return {name: array[None] for name, array in zip(self._names, row, strict=True)}


@contextlib.contextmanager
def _quiet_advice() -> Iterator[None]:
    """Keep ONNX Runtime from advising, on the root logger, to process the graph first."""
    advice = logging.getLogger()
    level = advice.level
    advice.setLevel(logging.ERROR)
    try:
        yield
    finally:
        advice.setLevel(level)


def digest(array: np.ndarray) -> bytes:
    """Give a digest of an array's shape and numbers."""
    return hashlib.sha256(f"{array.shape}".encode() + array.tobytes()).digest()


LARGE_CONSTANT = 1024  # elements; below, halving saves nothing


def halve_constants(content: bytes) -> bytes:
    """Store the large constants of a graph as float16, those that are the same afterwards.

    One that is another one transposed, as the two uses of a table of embeddings, is stored once.
    ONNX Runtime makes float32 of them again when it loads the graph, so it runs as fast and gives
    the same.
    """
    require("onnx", "exporting")
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load_from_string(content)
    constants, nodes = [], []
    name_of: dict[bytes, str] = {}
    for constant in model.graph.initializer:
        array, name = numpy_helper.to_array(constant), constant.name
        is_large = array.dtype == np.float32 and array.size >= LARGE_CONSTANT
        if not is_large or not np.array_equal(halve(array).astype(np.float32), array):
            constants.append(constant)
            continue
        twin = name_of.get(digest(array.T))
        if twin and array.ndim == 2:
            nodes.append(helper.make_node("Transpose", [twin], [name], perm=[1, 0]))
            continue
        name_of[digest(array)] = name
        stored = f"{name}/float16"
        constants.append(numpy_helper.from_array(array.astype(np.float16), stored))
        nodes.append(helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT))
    nodes += model.graph.node
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(constants)
    model.graph.node.extend(nodes)
    return bytes(model.SerializeToString())


def halve(array: np.ndarray) -> np.ndarray:
    """Give float16, or the array itself where a value is beyond float16's 65504."""
    fits = np.all(np.abs(array) <= np.finfo(np.float16).max)
    return array.astype(np.float16) if fits else array
