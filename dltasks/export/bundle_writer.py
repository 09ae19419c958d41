"""Keras to bundle, sealed only when the exported graph agrees with Keras on real examples."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from dltasks import __version__
from dltasks.durable import part_of, remove_leftovers, replace_folder
from dltasks.export.graphs import (
    AGREEMENT,
    GraphExport,
    largest_difference,
    rounding_difference,
    run_keras,
    to_onnx,
)
from dltasks.export.model_card import write_card
from dltasks.export.places import Place, find_places, read_constants
from dltasks.export.quantisation import digest, halve_constants
from dltasks.export.weights import halve_weights, name_weights, pack_weights
from pipelines.bundle.folder import FORMAT_VERSION, MANIFEST, Bundle, open_bundle
from pipelines.errors import BundleError, ConfigurationError

if TYPE_CHECKING:
    import keras

CARD_FILE = "README.md"
RECORDED_VERSIONS = ("keras", "tensorflow", "onnx", "tf2onnx", "onnxruntime", "numpy")


@dataclass(frozen=True)
class Description:
    """What a bundle says of itself; see `pipelines.bundle.folder.Bundle`."""

    task: str
    config: dict[str, Any]
    preprocessing: dict[str, Any]
    licence: str
    source: str
    training_data: str
    notes: str = ""
    held_out: dict[str, Any] = field(default_factory=dict)


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
        self.folder = part_of(destination)
        self.metrics: list[dict[str, Any]] = []
        self._files: dict[str, dict[str, Any]] = {}
        self._agreement: dict[str, float] = {}
        self._rounded: dict[bytes, Place] = {}  # by the digests of weights: where smaller graphs
        # hold them, rounded

    def __enter__(self) -> Self:
        remove_leftovers(self.destination)
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

    def add_notes(self, notes: str) -> None:
        """Add a paragraph to what the card says of the model; "" adds none."""
        paragraphs = filter(None, (self.description.notes, notes))
        self.description = replace(self.description, notes="\n\n".join(paragraphs))

    def add_graph(
        self,
        graph: GraphExport,
        *,
        half_precision: bool = False,
        rounded: bool = False,
    ) -> float:
        """Export a graph and compare it with Keras.

        Args:
            graph: what to export.
            half_precision: store as float16 what loses nothing by it; see `round_weights`.
            rounded: see `add_weights`.

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
        if graph.make_smaller and (rounded or not graph.only_rounded):
            smaller = graph.make_smaller(exact)
            self._rounded |= _find_rounded(graph, exact, smaller)
            content = halve_constants(smaller) if half_precision else smaller
            difference = rounding_difference(content, graph, expected)
        self.add(graph.file, content)
        self._agreement[graph.file] = difference
        return difference

    def add_weights(
        self, network: keras.Model, *, half_precision: bool = False, rounded: bool = False
    ) -> None:
        """Add the weights that training continues from, once the graphs are in the bundle.

        What a graph holds bit for bit is not stored again: PLACES_FILE says where it is.

        Args:
            network: as it was exported.
            half_precision: as float16, where size matters more.
            rounded: also leave out what graphs hold that were made smaller: training then
                continues from the weights as they are rounded there.
        """
        weights = name_weights(network)
        kept: dict[str, Place] = {}
        if rounded:
            keys = {name: digest(array) for name, array in weights.items()}
            kept = {name: self._rounded[key] for name, key in keys.items() if key in self._rounded}
        stored = halve_weights(weights) if half_precision else weights
        graphs = [file for file in self._files if file.endswith(".onnx")]
        contents = {file: (self.folder / file).read_bytes() for file in graphs}
        for file, content in pack_weights(stored, contents, kept).items():
            self.add(file, content)

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
        replace_folder(self.folder, self.destination)


def check_destination(destination: Path, *, overwrite: bool) -> None:
    """Refuse a place where a bundle cannot or may not be written.

    Raises:
        ConfigurationError: something is there that may not be replaced.
    """
    if destination.name in ("", ".."):
        raise ConfigurationError(
            f"{destination}: not a valid name for a bundle; choose another --out"
        )
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
            f"{destination}: a bundle exists; choose another --out, or use --overwrite"
        )


def _check_writable(folder: Path) -> None:
    try:
        with tempfile.TemporaryDirectory(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"{folder}: cannot be written: {error.strerror}; choose another --out"
        ) from None


def _find_rounded(graph: GraphExport, exact: bytes, smaller: bytes) -> dict[bytes, Place]:
    """Find where a graph holds weights once it was made smaller: digest of a weight -> place."""
    arrays = {weight.path: weight.numpy() for weight in graph.model.weights}
    known = read_constants(smaller)
    constants = {name: array for name, array in read_constants(exact).items() if name in known}
    places = find_places(arrays, constants, graph.file)
    return {digest(arrays[path]): place for path, place in places.items()}


def _versions() -> dict[str, str]:
    found = {"dltasks": __version__}
    for package in RECORDED_VERSIONS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found
