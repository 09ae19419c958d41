"""Keras to bundle, sealed only when the exported graph agrees with Keras on real examples."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import io
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from dltasks import __version__
from dltasks.extras import require, require_tensorflow
from dltasks.model_card import write_card
from dltasks.quantisation import Places, digest, find_constants, take_constants
from pipelines import session
from pipelines.bundle import FORMAT_VERSION, MANIFEST, Bundle, open_bundle
from pipelines.errors import BundleError, ConfigurationError

if TYPE_CHECKING:
    import keras

WEIGHTS_FILE = "weights.npz"
SHARED_FILE = "weights.json"  # where the weights are that lie in the graphs, by their names
CARD_FILE = "README.md"
LARGE_CONSTANT = 1024  # elements; below, halving saves nothing
AGREEMENT = 1e-4  # largest difference allowed between ONNX Runtime and Keras; see `_units`
RECORDED_VERSIONS = ("keras", "tensorflow", "onnx", "tf2onnx", "onnxruntime", "numpy")


@dataclass(frozen=True)
class Graph:
    """A part of a network that becomes one ONNX file.

    Attributes:
        file: its name in the bundle.
        model: in float32.
        inputs: name -> array [example, ...] of real examples.
        relative: whether to measure a difference by the largest value of its output, where that is
            above 1: for outputs that are inner states, which may be in the hundreds.
        average: whether to measure what `make_smaller` gives by its average difference from Keras,
            not its largest: for outputs of CTC, whose peaks rounding may move by a frame.
        make_smaller: applied to the graph once it agrees with Keras, as those of
            `dltasks.quantisation`; what it gives is stored.
    """

    file: str
    model: keras.Model
    inputs: dict[str, np.ndarray]
    relative: bool = False
    average: bool = False
    make_smaller: Callable[[bytes], bytes] | None = None


@dataclass(frozen=True)
class Description:
    """What a bundle says of itself; see `pipelines.bundle.Bundle`."""

    task: str
    config: dict[str, Any]
    preprocessing: dict[str, Any]
    licence: str
    source: str
    training_data: str
    notes: str = ""


class BundleWriter:
    """Writes a bundle into a sibling folder, which takes the destination's name when complete.

    Use it as a context manager: leaving it normally seals the bundle, an error discards it.

    Args:
        destination: the bundle's folder.
        description: what it says of itself.
        overwrite: whether a bundle that is there already may be replaced.

    Raises:
        ConfigurationError: something is there that may not be replaced.
    """

    def __init__(self, destination: Path, description: Description, *, overwrite: bool) -> None:
        check_destination(destination, overwrite=overwrite)
        self.destination = destination
        self.description = description
        self.folder = destination.with_name(f".{destination.name}.{os.getpid()}.part")
        self.metrics: list[dict[str, Any]] = []
        self._files: dict[str, dict[str, Any]] = {}
        self._agreement: dict[str, float] = {}
        self._places: Places = {}  # of the constants of graphs that were made smaller

    def __enter__(self) -> Self:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._seal()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, file: str, content: bytes) -> None:
        """Add a file."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        self._files[file] = {"sha256": digest, "size_bytes": len(content)}

    def add_graph(
        self,
        graph: Graph,
        *,
        half_precision: bool = False,
    ) -> float:
        """Export a graph and compare it with Keras.

        Args:
            graph: what to export.
            half_precision: store as float16 what loses nothing by it; see `round_weights`.

        Returns:
            The difference between the outputs of what is stored and of Keras.

        Raises:
            BundleError: they do not agree.
        """
        expected = run_keras(graph)
        exact = to_onnx(graph.model)
        content = halve_constants(exact) if half_precision else exact
        difference = largest_difference(content, graph, expected)
        if not difference <= AGREEMENT:
            raise BundleError(
                f"{graph.file}: ONNX Runtime and Keras differ by {difference:.2e}, more than "
                f"{AGREEMENT:.0e}; the bundle is not written"
            )
        if graph.make_smaller:
            smaller = graph.make_smaller(exact)
            self._places |= find_constants(exact, smaller, graph.file)
            content = halve_constants(smaller) if half_precision else smaller
            difference = rounding_difference(content, graph, expected)
        self.add(graph.file, content)
        self._agreement[graph.file] = difference
        return difference

    def add_weights(
        self, network: keras.Model, *, half_precision: bool = False, share: bool = False
    ) -> None:
        """Add the weights that training continues from.

        Args:
            network: as it was exported.
            half_precision: as float16, where size matters more.
            share: leave out those that the graphs hold which were made smaller: training then
                continues from them as they are rounded there.
        """
        places: dict[str, list[Any]] = {}
        if share:
            found = {name: digest(array) for name, array in name_weights(network).items()}
            places = {name: self._places[key] for name, key in found.items() if key in self._places}
            self.add(SHARED_FILE, json.dumps(places, indent=1).encode())
        content = pack_weights(network, half_precision=half_precision, leave_out=places)
        self.add(WEIGHTS_FILE, content)

    def open(self) -> Bundle:
        """Write the manifest and the card as they are now, and open the unsealed bundle."""
        manifest = {
            "format_version": FORMAT_VERSION,
            "name": self.destination.name,
            **asdict(self.description),
            "metrics": self.metrics,
            "agreement": self._agreement,
            "versions": _versions(),
        }
        self.add(CARD_FILE, write_card(manifest, list(self._files)).encode())
        manifest["files"] = dict(sorted(self._files.items()))
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        (self.folder / MANIFEST).write_text(text, encoding="utf-8")
        return open_bundle(self.folder)

    def _seal(self) -> None:
        self.open().verify()
        replaced = self.folder.with_suffix(".old")
        if self.destination.exists():
            self.destination.rename(replaced)
        try:
            self.folder.rename(self.destination)
        except OSError:
            if replaced.exists():
                replaced.rename(self.destination)
            raise
        shutil.rmtree(replaced, ignore_errors=True)


def check_destination(destination: Path, *, overwrite: bool) -> None:
    """Refuse a place where a bundle cannot or may not be written.

    Raises:
        ConfigurationError: something is there that may not be replaced.
    """
    if destination.name in ("", ".."):
        raise ConfigurationError(f"{destination}: not a name for a bundle; choose another --out")
    if not destination.exists():
        nearest = next(parent for parent in destination.absolute().parents if parent.exists())
        if not nearest.is_dir():
            raise ConfigurationError(f"{nearest}: not a folder; choose another --out")
        _check_writable(nearest)
        return
    is_empty = destination.is_dir() and not any(destination.iterdir())
    is_bundle = (destination / MANIFEST).is_file()
    if not is_bundle and not is_empty:
        raise ConfigurationError(f"{destination}: exists and is not a bundle; choose another --out")
    if is_bundle and not overwrite:
        raise ConfigurationError(
            f"{destination}: a bundle is there; choose another --out, or give --overwrite"
        )


def run_keras(graph: Graph) -> list[np.ndarray]:
    """Run the examples of a graph through Keras, all at once; one array an output."""
    inputs: Any = graph.inputs
    if not isinstance(graph.model.input, dict):
        inputs = list(inputs.values())
        inputs = inputs[0] if len(inputs) == 1 else inputs
    outputs = graph.model(inputs, training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [output.numpy() for output in outputs]


def _check_writable(folder: Path) -> None:
    try:
        with tempfile.TemporaryDirectory(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"{folder}: nothing can be written there: {error.strerror}; choose another --out"
        ) from None


def to_onnx(model: keras.Model) -> bytes:
    """Export a float32 Keras model to a serialised ONNX graph with a free batch dimension.

    The model has to have been called once, as Keras demands.
    """
    tensorflow = require_tensorflow("exporting")
    require("tf2onnx", "exporting")
    with tempfile.TemporaryDirectory() as folder, tensorflow.device("/cpu:0"), _quiet_export():
        path = Path(folder) / "model.onnx"
        model.export(path, format="onnx", verbose=False)
        return path.read_bytes()


def largest_difference(content: bytes, graph: Graph, expected: Sequence[np.ndarray]) -> float:
    """Run the examples through ONNX Runtime one by one, and compare with what Keras gave."""
    found = _differences(content, graph, expected)
    return float(np.max([np.max(output, initial=0.0) for output in found]))  # NaN where one is NaN


def rounding_difference(content: bytes, graph: Graph, expected: Sequence[np.ndarray]) -> float:
    """Compare likewise what was made smaller, by what the graph says."""
    if not graph.average:
        return largest_difference(content, graph, expected)
    return float(np.max([np.mean(output) for output in _differences(content, graph, expected)]))


def _differences(content: bytes, graph: Graph, expected: Sequence[np.ndarray]) -> list[np.ndarray]:
    running = session.Graph(content, origin=graph.file, device="cpu", threads=0)
    count = len(next(iter(graph.inputs.values())))
    rows = [
        running.run(**{name: array[index : index + 1] for name, array in graph.inputs.items()})
        for index in range(count)
    ]
    with np.errstate(invalid="ignore"):  # what is infinite gives NaN, which is no agreement
        return [
            np.abs(np.concatenate(found) - wanted) / _units(wanted, graph)
            for found, wanted in zip(zip(*rows, strict=True), expected, strict=True)
        ]


def _units(wanted: np.ndarray, graph: Graph) -> np.ndarray:
    """Give what differences are measured by: 1, or each value where it is above.

    Log-probabilities of what is all but impossible are in the tens, where float32 holds fewer
    decimal places.
    """
    size = np.abs(wanted)
    return np.maximum(np.max(size, initial=0.0) if graph.relative else size, 1.0)


def round_weights(network: keras.Model) -> None:
    """Round a network's weights to float16, so that storing them as such changes nothing more."""
    network.set_weights([_halve(array).astype(np.float32) for array in network.get_weights()])


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
        if not is_large or not np.array_equal(_halve(array).astype(np.float32), array):
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
    return model.SerializeToString()


def name_weights(network: keras.Model) -> dict[str, np.ndarray]:
    """Give a network's weights, numbered and named."""
    return {
        f"{index:05d} {weight.path.replace('/', '.')}": weight.numpy()
        for index, weight in enumerate(network.weights)
    }


def pack_weights(
    network: keras.Model, *, half_precision: bool, leave_out: Collection[str] = ()
) -> bytes:
    """Write a network's weights as an .npz file, but for those named."""
    arrays = name_weights(network)
    arrays = {name: array for name, array in arrays.items() if name not in leave_out}
    if half_precision:
        arrays = {name: _halve(array) for name, array in arrays.items()}
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _halve(array: np.ndarray) -> np.ndarray:
    """Give float16, or the array itself where a value is beyond float16's 65504."""
    fits = np.all(np.abs(array) <= np.finfo(np.float16).max)
    return array.astype(np.float16) if fits else array


def load_weights(bundle: Bundle, network: keras.Model) -> None:
    """Give a network the weights of a bundle.

    Raises:
        BundleError: they are damaged, or of another network.
    """
    with np.load(io.BytesIO(bundle.read(WEIGHTS_FILE)), allow_pickle=False) as file:
        named = {name: file[name].astype(np.float32) for name in file.files}
    if SHARED_FILE in bundle.files:
        named |= take_constants(json.loads(bundle.read(SHARED_FILE)), bundle.read)
    arrays = [named[name] for name in sorted(named)]
    shapes = [tuple(weight.shape) for weight in network.weights]
    if [array.shape for array in arrays] != shapes:
        raise BundleError(
            f"{bundle.path / WEIGHTS_FILE}: the weights are of another network than the config's; "
            "get the model again"
        )
    network.set_weights(arrays)


def _versions() -> dict[str, str]:
    found = {"dltasks": __version__}
    for package in RECORDED_VERSIONS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found


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
