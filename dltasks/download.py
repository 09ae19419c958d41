"""Downloads, with a checksum, and the switch that forbids the network.

No other module of ours opens a socket. What TensorFlow fetches, it fetches after `require_network`.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dltasks import __version__
from dltasks.durable import flush_folder
from dltasks.locks import wait_for
from pipelines.errors import BundleError, DltasksError

OFFLINE_VARIABLE = "DLTASKS_OFFLINE"
TIMEOUT_SECONDS = 30  # without a byte
KNOCK_SECONDS = 5  # to see whether a server is there at all
LONGEST_SECONDS = 300  # of a file that is fetched into memory, such as a photograph
LONGEST_FILE_SECONDS = 6 * 3600  # of a file of weights, all attempts together
LARGEST_FILE_BYTES = 8 << 30  # of weights; Whisper's largest have 3 GB
BLOCK_BYTES = 1 << 20
OnProgress = Callable[[int, int], None]
PAUSES_SECONDS = (1, 3, 10)  # before it is tried again
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 206, 416  # of HTTP
TRY_AGAIN = (408, 425, 429, 500, 502, 503, 504)  # of HTTP: it may be better later


class DownloadError(DltasksError):
    """A file could not be fetched.

    Attributes:
        may_pass: whether it is worth another attempt.
        status: the server's answer, a number of HTTP; 0 where there was none.
    """

    may_pass = False
    status = 0


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


def is_reachable(url: str) -> bool:
    """Tell within seconds whether a server answers, whatever it says."""
    if is_offline():
        return False
    import urllib.request
    from http.client import HTTPException
    from urllib.error import HTTPError

    request = urllib.request.Request(url, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=KNOCK_SECONDS).close()
    except HTTPError:
        return True
    except (OSError, ValueError, HTTPException):
        return False
    return True


def fetch(url: str, *, limit_bytes: int) -> bytes:
    """Fetch a small file into memory.

    Raises:
        DownloadError: offline, not reachable, or larger than the limit.
    """
    content = bytearray()
    with _open(url) as response:
        for block in _blocks(response, url, time.monotonic() + LONGEST_SECONDS):
            content += block
            if len(content) > limit_bytes:
                raise DownloadError(
                    f"{url}: larger than {limit_bytes >> 20} MiB; download it yourself"
                )
    return bytes(content)


def fetch_file(
    url: str,
    destination: Path,
    *,
    digest: str,
    algorithm: str,
    on_progress: OnProgress = lambda done, total: None,
) -> Path:
    """Fetch a file to disk once; it appears under its name only when its checksum is right.

    What breaks off is tried again, and continues where it stopped, also in another process.

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
    destination.parent.mkdir(parents=True, exist_ok=True)
    with wait_for(destination):
        if destination.is_file() and file_digest(destination, algorithm) == digest:
            return destination
        partial = destination.with_name(f".{destination.name}.download")
        _fetch_with_patience(url, partial, on_progress)
        try:
            check_digest(partial, digest, algorithm, origin=url)
        except BundleError:
            partial.unlink()
            raise
        partial.replace(destination)
        flush_folder(destination.parent)
    return destination


def _fetch_with_patience(url: str, partial: Path, on_progress: OnProgress) -> None:
    """Fetch what is missing of a file, in several attempts."""
    deadline = time.monotonic() + LONGEST_FILE_SECONDS
    for pause in (*PAUSES_SECONDS, None):
        try:
            _fetch_rest(url, partial, deadline, on_progress)
            return
        except DownloadError as error:
            if partial.exists() and not partial.stat().st_size:
                partial.unlink()
            if pause is None or not error.may_pass or time.monotonic() > deadline:
                raise
            time.sleep(pause)


def _fetch_rest(url: str, partial: Path, deadline: float, on_progress: OnProgress) -> None:
    """Fetch what is missing of a file in one attempt."""
    there = partial.stat().st_size if partial.exists() else 0
    with _open(url, there) as response:
        there = there if response.status == PARTIAL_CONTENT else 0  # others send all of it
        total = there + int(response.headers.get("Content-Length") or -there)
        with partial.open("ab" if there else "wb") as file:
            for block in _blocks(response, url, deadline):
                file.write(block)
                there += len(block)
                if there > LARGEST_FILE_BYTES:
                    raise DownloadError(f"{url}: larger than {LARGEST_FILE_BYTES >> 30} GiB")
                on_progress(there, total)
            file.flush()
            os.fsync(file.fileno())


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


def _open(url: str, start: int = 0) -> Any:
    """Ask for a file, from a byte on."""
    if not url.startswith(("http://", "https://")):
        raise DownloadError(f"{url}: only http and https addresses can be fetched")
    require_network(url)
    import urllib.request  # 30 ms, which `dltasks --help` does not pay
    from http.client import HTTPException

    headers = {"User-Agent": f"dltasks/{__version__}"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(url, headers=headers)
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)
    except (OSError, ValueError, HTTPException) as error:
        if start and getattr(error, "code", None) == RANGE_NOT_SATISFIABLE:
            _failed(url, error)  # what is there is all of it, or of another file
            return _open(url)
        raise _failed(url, error) from None


def _blocks(response: Any, url: str, deadline: float) -> Iterator[bytes]:
    """Yield what arrives, as it does."""
    from http.client import HTTPException

    while True:
        try:
            block = response.read1(BLOCK_BYTES)
        except (OSError, HTTPException, ValueError) as error:
            raise _failed(url, error) from None
        if not block:
            break
        yield block
        if time.monotonic() > deadline:
            raise DownloadError(f"{url}: too slow, given up; download it yourself")
    if response.length:  # http.client does not mind an early end
        raise _passing(f"{url}: cannot be fetched: the last {response.length} bytes are missing")


def _failed(url: str, error: Exception) -> DownloadError:
    from urllib.error import HTTPError

    if isinstance(error, HTTPError):
        error.close()  # it is also the answer, and holds a socket
        message = f"{url}: cannot be fetched: {error}"  # "HTTP Error 404: Not Found"
        refused = _passing(message) if error.code in TRY_AGAIN else DownloadError(message)
        refused.status = error.code
        return refused
    reason = getattr(error, "reason", None) or error
    message = f"{url}: cannot be fetched: {reason}"
    return DownloadError(message) if isinstance(error, ValueError) else _passing(message)


def _passing(message: str) -> DownloadError:
    error = DownloadError(message)
    error.may_pass = True
    return error
