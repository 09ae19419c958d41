"""Data in an object store (gs://, s3://, ...): as much of a path as reading a data set needs.

TensorFlow's file systems do the work; which there are depends on the plug-ins installed.
"""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from dltasks.download import require_network
from dltasks.extras import require_tensorflow
from pipelines.errors import ConfigurationError

SCHEME = "://"


def is_remote(location: str) -> bool:
    """Tell whether a location is an address and not a path of this machine."""
    return SCHEME in location


def data_path(location: str) -> Path | RemotePath:
    """Give the path of a location, local or remote.

    Raises:
        ConfigurationError: it is empty; the current folder is called ".".
    """
    if not location:
        raise ConfigurationError("data '' is empty; give a folder, a manifest or tfds:NAME")
    return RemotePath(location.rstrip("/")) if is_remote(location) else Path(location)


def readable(source: str) -> Any:
    """Give what `pipelines` can read a source from: its path, or a file that is opened when read.

    Raises:
        DownloadError: the source is remote and the network is forbidden.
        MissingExtraError: the source is remote and TensorFlow is not installed.
    """
    if not is_remote(source):
        return source
    require_network(source)
    return require_tensorflow(f"reading {source}").io.gfile.GFile(source, "rb")


@dataclass(frozen=True, order=True)
class RemotePath:
    """Stands in for pathlib's Path where the data set is remote.

    Attributes:
        address: "gs://bucket/folder", without a slash at the end.
        is_known_file: listed as a file, so that nobody needs to ask again.
    """

    address: str
    is_known_file: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return self.address

    def __truediv__(self, other: str) -> RemotePath:
        return RemotePath(other if is_remote(other) else posixpath.join(self.address, other))

    @property
    def name(self) -> str:
        """The part after the last slash."""
        return posixpath.basename(self.address)

    @property
    def suffix(self) -> str:
        """The ending of the name, with the dot."""
        return posixpath.splitext(self.name)[1]

    @property
    def stem(self) -> str:
        """The name without its ending."""
        return posixpath.splitext(self.name)[0]

    def with_suffix(self, suffix: str) -> RemotePath:
        """Give the address with another ending."""
        return RemotePath(posixpath.splitext(self.address)[0] + suffix)

    @property
    def parent(self) -> RemotePath:
        """The folder it is in."""
        return RemotePath(posixpath.dirname(self.address))

    def relative_to(self, folder: RemotePath) -> Path:
        """Give the part below a folder that it is in."""
        return Path(self.address.removeprefix(f"{folder.address}/"))

    def is_dir(self) -> bool:
        """Tell whether it is a folder that is there."""
        if self.is_known_file:
            return False
        with self._told() as gfile:
            return bool(gfile.isdir(self.address))

    def is_file(self) -> bool:
        """Tell whether it is a file that is there."""
        with self._told() as gfile:
            return gfile.exists(self.address) and not gfile.isdir(self.address)

    def iterdir(self) -> Iterator[RemotePath]:
        """List what is in it."""
        with self._told() as gfile:
            return iter([self / name.rstrip("/") for name in gfile.listdir(self.address)])

    def rglob(self, pattern: str) -> Iterator[RemotePath]:
        """List the files below it; the only pattern is "*"."""
        with self._told() as gfile:
            for folder, _, names in gfile.walk(self.address):
                for name in names:
                    yield RemotePath(posixpath.join(folder, name), is_known_file=True)

    def open(
        self, *, encoding: str, errors: str | None = None, newline: str | None = None
    ) -> IO[str]:
        """Read it as text."""
        return io.TextIOWrapper(io.BytesIO(self.read_bytes()), encoding, errors, newline)

    def read_text(self, *, encoding: str) -> str:
        """Read it as text, all at once."""
        return self.read_bytes().decode(encoding)

    def read_bytes(self) -> bytes:
        """Read all of it.

        Raises:
            FileNotFoundError: it is not there.
            ConfigurationError: nothing serves such addresses, or it refuses.
        """
        with self._told() as gfile, gfile.GFile(self.address, "rb") as file:
            return bytes(file.read())

    @contextmanager
    def _told(self) -> Iterator[Any]:
        """Give TensorFlow's file operations; say in one line what goes wrong."""
        require_network(self.address)
        tf = require_tensorflow(f"reading {self.address}")
        try:
            yield tf.io.gfile
        except tf.errors.NotFoundError:
            raise FileNotFoundError(2, "no such file", self.address) from None
        except tf.errors.UnimplementedError:
            scheme = self.address.partition(SCHEME)[0]
            raise ConfigurationError(
                f"{self.address}: TensorFlow cannot read {scheme}:// here; install the plug-in "
                "that can (tensorflow-io has several), or copy the data to this machine"
            ) from None
        except tf.errors.OpError as error:
            reason = str(error.message).partition("\n")[0]
            raise ConfigurationError(
                f"{self.address}: cannot be read: {reason}; check the address, the network and "
                "your permissions"
            ) from None


DataPath = Path | RemotePath
