"""Keras to ONNX, and the comparison that every exported graph has to pass."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dltasks.export.large_networks import sparing_memory
from dltasks.extras import require, require_tensorflow
from pipelines import session

if TYPE_CHECKING:
    import keras


AGREEMENT = 1e-4  # largest difference allowed between ONNX Runtime and Keras; see `_units`


@dataclass(frozen=True)
class GraphExport:
    """A part of a network that becomes one ONNX file.

    Attributes:
        file: its name in the bundle.
        model: in float32.
        inputs: name -> array [example, ...] of real examples.
        relative: whether to measure a difference by the largest value of its output, where that is
            above 1: for outputs that are inner states, which may be in the hundreds.
        average: whether to measure what `make_smaller` gives by its average difference from Keras,
            not its largest: for outputs of CTC, whose peaks rounding may move by a frame.
        lengths: frames of each example's outputs that count; what lies beyond is padding, which
            nothing reads and recurrent layers may blow up differently.
        make_smaller: applied to the graph once it agrees with Keras, as those of
            `dltasks.export.quantisation`; what it gives is stored.
        only_rounded: whether to apply it only in a bundle whose weights are rounded for good; in
            another one the exact weights are stored besides, and the bundle is no smaller.
    """

    file: str
    model: keras.Model
    inputs: dict[str, np.ndarray]
    relative: bool = False
    average: bool = False
    lengths: np.ndarray | None = None
    make_smaller: Callable[[bytes], bytes] | None = None
    only_rounded: bool = False


class KerasGraph:
    """A Keras model that runs as `pipelines.session.Graph` does."""

    def __init__(self, model: keras.Model) -> None:
        import tensorflow as tf

        self._names = [tensor.name for tensor in model.inputs]
        signature = [tf.TensorSpec(tensor.shape, tensor.dtype) for tensor in model.inputs]
        self._run = tf.function(lambda *inputs: model(_alone_or_list(inputs)), signature)

    def run(self, **inputs: np.ndarray) -> list[np.ndarray]:
        """Run the model on named inputs and return its outputs in order, as float32."""
        outputs = self._run(*(inputs[name] for name in self._names))
        outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
        return [output.numpy().astype(np.float32) for output in outputs]


def _alone_or_list(inputs: Sequence[Any]) -> Any:
    """Give inputs as a Keras model of so many takes them."""
    return inputs[0] if len(inputs) == 1 else list(inputs)


def run_keras(graph: GraphExport) -> list[np.ndarray]:
    """Run the examples of a graph through Keras, all at once; one array an output."""
    inputs: Any = graph.inputs
    if not isinstance(graph.model.input, dict):
        inputs = list(inputs.values())
        inputs = inputs[0] if len(inputs) == 1 else inputs
    outputs = graph.model(inputs, training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [output.numpy() for output in outputs]


def to_onnx(model: keras.Model) -> bytes:
    """Export a float32 Keras model to a serialised ONNX graph with a free batch dimension.

    The model has to have been called once, as Keras demands.
    """
    tensorflow = require_tensorflow("exporting")
    require("tf2onnx", "exporting")
    with (
        tempfile.TemporaryDirectory() as folder,
        tensorflow.device("/cpu:0"),
        _quiet_export(),
        sparing_memory(model.count_params()),
    ):
        path = Path(folder) / "model.onnx"
        model.export(path, format="onnx", verbose=False)
        return path.read_bytes()


def largest_difference(content: bytes, graph: GraphExport, expected: Sequence[np.ndarray]) -> float:
    """Run the examples through ONNX Runtime one by one, and compare with what Keras gave."""
    found = _differences(content, graph, expected)
    return float(np.max([np.max(output, initial=0.0) for output in found]))  # NaN where one is NaN


def rounding_difference(
    content: bytes, graph: GraphExport, expected: Sequence[np.ndarray]
) -> float:
    """Compare likewise what was made smaller, by what the graph says."""
    if not graph.average:
        return largest_difference(content, graph, expected)
    return float(np.max([np.mean(output) for output in _differences(content, graph, expected)]))


def _differences(
    content: bytes, graph: GraphExport, expected: Sequence[np.ndarray]
) -> list[np.ndarray]:
    running = session.Graph(content, origin=graph.file, device="cpu", threads=0)
    count = len(next(iter(graph.inputs.values())))
    rows = [
        running.run(**{name: array[index : index + 1] for name, array in graph.inputs.items()})
        for index in range(count)
    ]
    with np.errstate(invalid="ignore"):  # what is infinite gives NaN, which is no agreement
        found = [
            np.abs(np.concatenate(outputs) - wanted) / _units(wanted, graph)
            for outputs, wanted in zip(zip(*rows, strict=True), expected, strict=True)
        ]
    return [_without_padding(output, graph.lengths) for output in found]


def _without_padding(output: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """Keep the frames that count: [example, frame, ...] -> [kept frame, ...]."""
    if lengths is None:
        return output
    kept: np.ndarray = output[np.arange(output.shape[1]) < lengths[:, None]]
    return kept


def _units(wanted: np.ndarray, graph: GraphExport) -> np.ndarray:
    """Give what differences are measured by: 1, or each value where it is above.

    Log-probabilities of what is all but impossible are in the tens, where float32 holds fewer
    decimal places.
    """
    size = np.abs(wanted)
    return np.asarray(np.maximum(np.max(size, initial=0.0) if graph.relative else size, 1.0))


@contextlib.contextmanager
def _quiet_export() -> Iterator[None]:
    """Keep tf2onnx and TensorFlow from writing their notes among ours."""
    loggers = [logging.getLogger(name) for name in ("tf2onnx", "tensorflow", "absl")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
