"""Where a network's weights lie in the graphs of its bundle, so that a bundle holds them once.

A graph holds the weights of its network as constants: as they are, transposed as ONNX wants them,
or with the gates of an LSTM in ONNX's order. Batch normalisation is folded into convolutions when
a graph is exported; those cannot be read back, and are not found.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from dltasks.export.quantisation import halve
from pipelines.bundle.graph_check import check_graph
from pipelines.errors import BundleError

ENDINGS = ("/int8", "/float16", "_quantized")  # what smaller constants are called
LEAST = 64  # numbers; fewer take no more room in weights.npz than their place in weights.json


@dataclass(frozen=True)
class Place:
    """How to read an array from the constant of a graph.

    Attributes:
        graph: the graph's file.
        constant: its name.
        axes: the order that transposes the constant to the array; empty where it stays.
        shape: of the array, where that lacks dimensions of 1 that the constant has; or empty.
        gates: whether the constant belongs to an LSTM, whose gates ONNX keeps in another order.
        half: whether to round to float16, where the graph holds more digits than the weights.
    """

    graph: str
    constant: str
    axes: tuple[int, ...] = ()
    shape: tuple[int, ...] = ()
    gates: bool = False
    half: bool = False

    def read(self, constant: np.ndarray) -> np.ndarray:
        """Give the array, float32."""
        values = _in_order_of_keras(constant) if self.gates else constant
        values = values.transpose(self.axes) if self.axes else values
        values = values.reshape(self.shape) if self.shape else values
        return halve(values).astype(np.float32) if self.half else values


def find_places(
    arrays: Mapping[str, np.ndarray], constants: Mapping[str, np.ndarray], graph: str
) -> dict[str, Place]:
    """Find arrays among the constants of a graph, bit for bit.

    Args:
        arrays: name -> float32.
        constants: name -> float32, as `read_constants` gives them.
        graph: the graph's file.

    Returns:
        The name of each array that was found -> its place.
    """
    known: dict[tuple[int, int], list[tuple[str, bool, bool, tuple[int, ...]]]] = defaultdict(list)
    for name, constant in constants.items():
        for gates in (False, True) if _may_be_of_lstm(constant) else (False,):
            values = _in_order_of_keras(constant) if gates else constant
            for half in (False, True):
                key = _key(halve(values).astype(np.float32) if half else values)
                known[key].append((name, gates, half, values.shape))
    places = {}
    for name, array in arrays.items():
        if array.size < LEAST:
            continue
        candidates = (
            Place(graph, constant, axes, shape, gates, half)
            for constant, gates, half, known_shape in known[_key(array)]
            for axes, shape in _turns(known_shape, array.shape)
        )
        wanted = array.tobytes()
        for place in candidates:
            if place.read(constants[place.constant]).tobytes() == wanted:
                places[name] = place
                break
    return places


def read_constants(content: bytes) -> dict[str, np.ndarray]:
    """Give the constants of a graph that was made smaller by the names they had: float32.

    Raises:
        BundleError: the graph may not be used.
    """
    import onnx
    from onnx import numpy_helper

    check_graph(content, "graph")  # or onnx would read files that it names

    stored = {
        constant.name: numpy_helper.to_array(constant)
        for constant in onnx.load_from_string(content).graph.initializer
    }
    found = {}
    for name, array in stored.items():
        base = next((name.removesuffix(end) for end in ENDINGS if name.endswith(end)), name)
        scale = stored.get(f"{base}/scale", stored.get(f"{base}_scale"))
        if array.dtype == np.int8 and scale is not None and base != name and array.ndim in (2, 3):
            found[base] = _from_bytes(array, scale)
        elif array.dtype.kind == "f":
            found[base] = array.astype(np.float32)
    return found


def _from_bytes(values: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Give a matrix, or the weights of an LSTM, as they were before they became bytes: float32.

    Those of an LSTM are [1, inputs, 4 * units] as bytes, and [1, 4 * units, inputs] elsewhere.
    """
    if values.ndim == 2:
        return np.asarray(values.astype(np.float32) * scale)
    return np.asarray((values.astype(np.float32) * scale[:, None]).transpose(0, 2, 1))


def take_arrays(places: Mapping[str, Place], read: Callable[[str], bytes]) -> dict[str, np.ndarray]:
    """Read arrays from the graphs where they lie: float32.

    Args:
        places: name -> place.
        read: gives the content of a file.

    Raises:
        BundleError: a graph has no such constant.
    """
    constants = {file: read_constants(read(file)) for file in {p.graph for p in places.values()}}
    try:
        return {
            name: place.read(constants[place.graph][place.constant])
            for name, place in places.items()
        }
    except (KeyError, ValueError) as error:
        raise BundleError(f"the graphs do not hold the weights: {error}") from None


def to_json(places: Mapping[str, Place]) -> dict[str, Any]:
    """Give places as plain values."""
    return {
        name: {key: value for key, value in asdict(place).items() if value not in ((), False)}
        for name, place in places.items()
    }


def from_json(values: Mapping[str, Any]) -> dict[str, Place]:
    """Read places; an older form, [graph, constant, is transposed], has matrices only.

    Raises:
        BundleError: they are of a form that is not known.
    """
    try:
        return {name: _parse(value) for name, value in values.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise BundleError(f"a place of weights cannot be read: {error}") from None


def _parse(value: Any) -> Place:
    if isinstance(value, list):
        graph, constant, transposed = value
        return Place(graph, constant, axes=(1, 0) if transposed else ())
    axes, shape = (tuple(value.get(key, ())) for key in ("axes", "shape"))
    return Place(**{**value, "axes": axes, "shape": shape})


def _turns(
    known: tuple[int, ...], wanted: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield axes and shape of each way to turn one shape into another; see `Place`."""
    plain = [size for size in wanted if size != 1]
    for axes in itertools.permutations(range(len(known))):
        turned = tuple(known[axis] for axis in axes)
        if [size for size in turned if size != 1] == plain:
            stays = axes == tuple(range(len(known)))
            yield () if stays else axes, () if turned == wanted else wanted


def _may_be_of_lstm(constant: np.ndarray) -> bool:
    """Weights of an LSTM are [1, 4 * units, inputs], its biases [1, 8 * units]."""
    rows = 8 if constant.ndim == 2 else 4
    return constant.ndim in (2, 3) and constant.shape[0] == 1 and constant.shape[1] % rows == 0


def _in_order_of_keras(constant: np.ndarray) -> np.ndarray:
    """Put the gates of an LSTM from ONNX's order into Keras': input, forget, cell, output."""
    if constant.ndim == 2:
        # Behind the biases of the inputs are those of the outputs, which Keras does not have.
        constant = constant[:, : constant.shape[1] // 2]
    enter, leave, forget, cell = np.split(constant, 4, axis=1)
    return np.concatenate([enter, forget, cell, leave], axis=1)


def _key(values: np.ndarray) -> tuple[int, int]:
    """Give what float32 values have in common in whatever order: their count, the sum of bits."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    return values.size, int(bits.sum(dtype=np.uint64))
