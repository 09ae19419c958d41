"""Downloads, with a checksum, and the switch that forbids the network.

No other module of ours opens a socket. What TensorFlow fetches, it fetches after `require_network`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dltasks import __version__
from pipelines.errors import BundleError, DltasksError

OFFLINE_VARIABLE = "DLTASKS_OFFLINE"
TIMEOUT_SECONDS = 30
BLOCK_BYTES = 1 << 20


class DownloadError(DltasksError):
    """A file could not be fetched."""


def is_offline() -> bool:
    """Tell whether $DLTASKS_OFFLINE forbids the network."""
    return os.environ.get(OFFLINE_VARIABLE, "").lower() not in ("", "0", "false", "no")


def go_offline() -> None:
    """Forbid the network for this process and those it starts."""
    os.environ[OFFLINE_VARIABLE] = "1"


def require_network(address: str) -> None:
    """Refuse to reach an address where the network is forbidden.

    Raises:
        DownloadError: it is.
    """
    if is_offline():
        raise DownloadError(f"{address}: not fetched, the network is switched off (--offline)")


def fetch(url: str, *, limit_bytes: int) -> bytes:
    """Fetch a small file into memory.

    Raises:
        DownloadError: offline, not reachable, or larger than the limit.
    """
    with _open(url) as response:
        content = _read(response, url, limit_bytes + 1)
    if len(content) > limit_bytes:
        raise DownloadError(f"{url}: larger than {limit_bytes >> 20} MiB; download it yourself")
    return content


def fetch_file(
    url: str,
    destination: Path,
    *,
    digest: str,
    algorithm: str,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Fetch a file to disk once; it appears under its name only when its checksum is right.

    Args:
        url: where it is.
        destination: where it goes; what is there already and has the right checksum is kept.
        digest: hexadecimal checksum.
        algorithm: its kind, a name that hashlib knows.
        on_progress: called with bytes so far and bytes in all (0 where the server does not say).

    Raises:
        DownloadError: offline or not reachable.
        BundleError: the checksum is wrong.
    """
    if destination.is_file() and file_digest(destination, algorithm) == digest:
        return destination
    destination.parent.mkdir(parents=True, exist_ok=True)
    partial = destination.with_name(f"{destination.name}.{os.getpid()}.part")
    try:
        with _open(url) as response, partial.open("wb") as file:
            total = int(response.headers.get("Content-Length") or 0)
            while block := _read(response, url, BLOCK_BYTES):
                file.write(block)
                on_progress(file.tell(), total)
        check_digest(partial, digest, algorithm, origin=url)
        partial.replace(destination)
    finally:
        partial.unlink(missing_ok=True)
    return destination


def check_digest(path: Path, digest: str, algorithm: str, origin: str | None = None) -> None:
    """Compare a file with its checksum.

    Raises:
        BundleError: they differ.
    """
    found = file_digest(path, algorithm)
    if found != digest:
        raise BundleError(
            f"{origin or path}: {algorithm} {found} differs from the expected {digest}; "
            "the file is damaged or wrong; download it again"
        )


def file_digest(path: Path, algorithm: str) -> str:
    """Give the hexadecimal checksum of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _open(url: str) -> Any:
    if not url.startswith(("http://", "https://")):
        raise DownloadError(f"{url}: only http and https addresses can be fetched")
    require_network(url)
    import urllib.request  # 30 ms, which `dltasks --help` does not pay
    from http.client import HTTPException

    request = urllib.request.Request(url, headers={"User-Agent": f"dltasks/{__version__}"})
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)
    except (OSError, ValueError, HTTPException) as error:
        raise _failed(url, error) from None


def _read(response: Any, url: str, size: int) -> bytes:
    from http.client import HTTPException

    try:
        block = response.read(size)
    except (OSError, HTTPException) as error:
        raise _failed(url, error) from None
    if len(block) < size and response.length:  # http.client does not mind an early end
        raise DownloadError(
            f"{url}: cannot be fetched: the last {response.length} bytes are missing"
        )
    return bytes(block)


def _failed(url: str, error: Exception) -> DownloadError:
    from urllib.error import HTTPError

    if isinstance(error, HTTPError):
        error.close()  # it is also the answer, and holds a socket
        return DownloadError(f"{url}: cannot be fetched: {error}")  # "HTTP Error 404: Not Found"
    reason = getattr(error, "reason", None) or error
    return DownloadError(f"{url}: cannot be fetched: {reason}")
