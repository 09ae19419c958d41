"""Bundles: the saved-model format. A folder with a manifest, the graphs and what they need.

A bundle is data. Every file is checked against the manifest's SHA-256 before it is used, paths
cannot leave the folder, and nothing in it is ever executed or unpickled.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_origin, get_type_hints

from pipelines import catalogue
from pipelines.bundle.reading import read_regular, safe_path
from pipelines.errors import BundleError, ConfigurationError
from pipelines.settings import Settings

if TYPE_CHECKING:
    import numpy as np

FORMAT_VERSION = 1
MANIFEST = "bundle.json"
MOST_COMPRESSION = 100  # of arrays; language models have 4 to 7
Declared = TypeVar("Declared", bound=Settings)

BUILT_IN = Path(__file__).resolve().parents[2] / "saved_models"


@dataclass(frozen=True)
class FileRecord:
    """What the manifest says of one file."""

    sha256: str
    size_bytes: int


@dataclass(frozen=True, repr=False)
class Bundle:
    """A trained model on disk.

    Attributes:
        path: the folder.
        name: its short name.
        task: the task's name in the catalogue.
        config: rebuilds the network; the task's own dataclass reads it.
        preprocessing: how an input becomes an array; the task's pipeline reads it.
        files: relative POSIX path -> checksum and size.
        versions: the libraries that made it.
        licence: of the weights.
        source: where the weights come from.
        training_data: what they were trained on.
        metrics: each with "name", "value", "data" and "split".
        held_out: how training took its validation split from data that names none, to repeat it.
        agreement: difference between an ONNX graph and Keras when sealed: the largest one, or of
            what CTC gives in bytes the average one.
    """

    path: Path
    name: str
    task: str
    config: dict[str, Any]
    preprocessing: dict[str, Any]
    files: dict[str, FileRecord]
    versions: dict[str, str] = field(default_factory=dict)
    licence: str = "not stated"
    source: str = "not stated"
    training_data: str = "not stated"
    metrics: list[dict[str, Any]] = field(default_factory=list)
    held_out: dict[str, Any] = field(default_factory=dict)
    agreement: dict[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        size = f"{self.size_bytes / 1e6:.1f} MB"
        return f"<Bundle {self.name!r} for {self.task}, {size}, in {str(self.path)!r}>"

    def read(self, file: str) -> bytes:
        """Read one file of the bundle, verified against its checksum.

        Raises:
            BundleError: the file is not in the manifest, missing, unreadable or damaged.
        """
        if file not in self.files:
            raise BundleError(f"{self.path}: the bundle has no {file!r}; export the model again")
        content = _read_bytes(self.path / file)
        if hashlib.sha256(content).hexdigest() != self.files[file].sha256:
            raise BundleError(
                f"{self.path / file}: the checksum differs from {MANIFEST}; the file is damaged or "
                "changed, get the model again"
            )
        return content

    def read_text(self, file: str) -> str:
        """Read a text file of the bundle.

        Raises:
            BundleError: see `read`; or it is not UTF-8.
        """
        try:
            return self.read(file).decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._damaged(file, f"not UTF-8: {error.reason}") from None

    def read_json(self, file: str) -> Any:
        """Read a JSON file of the bundle.

        Raises:
            BundleError: see `read`; or it is not JSON.
        """
        try:
            return json.loads(self.read(file))
        except (ValueError, RecursionError) as error:
            raise self._damaged(file, f"not JSON: {error}") from None

    def read_arrays(self, file: str) -> dict[str, np.ndarray]:
        """Read an .npz file of the bundle: the arrays by their names.

        Raises:
            BundleError: see `read`; or it is damaged, has Python objects in it, or is compressed
                so well that it may be made to fill the memory.
        """
        import numpy as np

        content = self.read(file)
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                size = sum(entry.file_size for entry in archive.infolist())
            if size > MOST_COMPRESSION * len(content):
                raise ValueError(f"{size} bytes when they are unpacked")
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except Exception as error:  # zipfile and numpy raise all kinds on damaged files
            raise self._damaged(file, f"not an archive of arrays: {error}") from None

    def read_preprocessing(self, kind: type[Declared]) -> Declared:
        """Give how an input becomes an array, as the task's own settings.

        Raises:
            BundleError: the manifest does not say it, or not so that it can be used.
        """
        return self._read_settings("preprocessing", self.preprocessing, kind)

    def read_config(self, kind: type[Declared]) -> Declared:
        """Give what a pipeline has to know of the network; the rest of the config is left alone.

        Raises:
            BundleError: the manifest does not say it, or not so that it can be used.
        """
        known = {name: self.config[name] for name in kind.names() if name in self.config}
        return self._read_settings("config", known, kind)

    def _read_settings(self, part: str, values: dict[str, Any], kind: type[Declared]) -> Declared:
        try:
            return kind.from_dict(values, part)
        except ConfigurationError as error:
            raise BundleError(
                f"{self.path}: unusable {part} ({error}); get the model again"
            ) from None

    def _damaged(self, file: str, reason: str) -> BundleError:
        line = reason.partition("\n")[0]
        return BundleError(f"{self.path / file}: damaged, {line}; get the model again")

    def verify(self) -> None:
        """Check every file against its checksum.

        Raises:
            BundleError: names the first file that is missing or damaged.
        """
        for file in self.files:
            self.read(file)

    @property
    def size_bytes(self) -> int:
        """The size of all files named in the manifest."""
        return sum(record.size_bytes for record in self.files.values())


def open_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Open a bundle folder; its files are verified as they are read.

    Raises:
        BundleError: there is no bundle, or it is damaged, foreign or of a newer format.
    """
    folder = Path(path)
    manifest_path = folder / MANIFEST
    if not manifest_path.is_file():
        raise BundleError(f"{folder}: not a bundle, there is no {MANIFEST} in it")
    try:
        manifest = json.loads(_read_bytes(manifest_path))
    except (ValueError, RecursionError) as error:
        raise BundleError(
            f"{manifest_path}: not JSON ({error}); the bundle is damaged, get the model again"
        ) from None
    return _parse(folder, manifest)


def find(name: str | os.PathLike[str]) -> Bundle:
    """Find a bundle: a path first, then a name under $DLTASKS_HOME, then a built-in one.

    Raises:
        BundleError: there is none, or it cannot be used.
    """
    for folder in (Path(name), *(root / name for root in search_roots())):
        if (folder / MANIFEST).is_file():
            return open_bundle(folder)
    if Path(name).is_dir():
        return open_bundle(name)
    raise BundleError(
        f"model {os.fspath(name)!r} is neither a bundle folder nor an installed model; "
        "`dltasks models list --all` shows what there is and what can be pulled"
    )


def installed() -> Iterator[Path]:
    """Yield the folders of the installed bundles: pulled ones first, then built-in ones."""
    for root in search_roots():
        if root.is_dir():
            yield from sorted(path.parent for path in root.glob(f"[!.]*/{MANIFEST}"))


def search_roots() -> tuple[Path, Path]:
    """Give the folders in which a bundle is found by name, first one first."""
    return pulled_models(), BUILT_IN


def home() -> Path:
    """Give the folder of downloads and caches: $DLTASKS_HOME, or ~/.cache/dltasks.

    Raises:
        ConfigurationError: it lies in a home folder that the system does not know.
    """
    chosen = os.environ.get("DLTASKS_HOME") or "~/.cache/dltasks"
    try:
        return Path(chosen).expanduser()
    except RuntimeError:
        raise ConfigurationError(f"{chosen}: no such home folder; set DLTASKS_HOME") from None


def pulled_models() -> Path:
    """Give the folder of the bundles that `dltasks models pull` made."""
    return home() / "models"


def _read_bytes(path: Path) -> bytes:
    try:
        return read_regular(path)
    except OSError as error:
        raise BundleError(
            f"{path}: cannot be read ({error.strerror}); get the model again"
        ) from None


def _parse(folder: Path, manifest: Any) -> Bundle:
    where = folder / MANIFEST
    version = manifest.get("format_version") if isinstance(manifest, dict) else None
    if not isinstance(version, int) or version < 1:
        raise BundleError(f"{where}: not a dltasks bundle, there is no format_version in it")
    if version > FORMAT_VERSION:
        raise BundleError(
            f"{where}: format version {version} is newer than {FORMAT_VERSION}, which this "
            "version of dltasks reads; upgrade dltasks"
        )
    known = {item.name for item in fields(Bundle)} - {"path"}
    values = {key: value for key, value in manifest.items() if key in known}
    try:
        values["files"] = {
            safe_path(folder, file): FileRecord(str(record["sha256"]), int(record["size_bytes"]))
            for file, record in manifest["files"].items()
        }
        _check_types(where, values)
        bundle = Bundle(path=folder, **values)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BundleError(
            f"{where}: {error} is missing or malformed; the bundle is damaged, get the model again"
        ) from None
    if bundle.task not in catalogue.TASKS:
        raise BundleError(
            f"{where}: task {bundle.task!r} is not one of {', '.join(catalogue.TASKS)}; "
            "upgrade dltasks"
        )
    return bundle


def _check_types(where: Path, values: dict[str, Any]) -> None:
    types = get_type_hints(Bundle)
    for name, value in values.items():
        expected = get_origin(types[name]) or types[name]
        if not isinstance(value, expected):
            raise BundleError(
                f"{where}: {name!r} is not of type {expected.__name__}; the bundle is damaged, get "
                "the model again"
            )
