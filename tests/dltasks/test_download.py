"""Downloads: right or not there at all, and none behind the user's back."""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from dltasks import download
from dltasks.download import DownloadError, fetch, fetch_file, go_offline, is_offline
from pipelines.errors import BundleError

CONTENT = bytes(range(256)) * 40
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Serves good and bad answers; the server counts them."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        if self.path == "/missing":
            self.send_error(404)
        elif self.path == "/moved":
            self.answer(b"", 302, Location="/good")
        elif self.path == "/local":
            self.answer(b"", 302, Location="file:///etc/hostname")
        elif self.path.startswith("/parts"):
            self.answer_in_parts()
        elif self.path.startswith("/busy"):
            is_first = self.server.asked.count(self.path) == 1  # type: ignore[attr-defined]
            self.send_error(503) if is_first else self.answer(CONTENT)
        elif self.path == "/slow":
            self.answer(b"", **{"Content-Length": "100"})
            for _ in range(100):
                self.wfile.write(b"x")
                time.sleep(0.02)
        elif self.path == "/cut":
            self.answer(CONTENT[:-100], **{"Content-Length": str(len(CONTENT))})
        elif self.path == "/cut-chunk":
            self.answer(b"ff\r\ntoo few", **{"Transfer-Encoding": "chunked"})
        elif self.path == "/no-http":
            self.wfile.write(b"good day\r\n\r\n")
        elif self.path == "/endless":
            self.answer(CONTENT)
        else:
            self.answer(CONTENT, **{"Content-Length": str(len(CONTENT))})

    def answer_in_parts(self) -> None:
        """Send a third of the file at most, from where it is asked to."""
        stated = self.headers.get("Range", "bytes=0-")
        start = int(stated.removeprefix("bytes=").removesuffix("-"))
        self.server.ranges.append(start)  # type: ignore[attr-defined]
        if start >= len(CONTENT):
            self.send_error(416)
            return
        rest = CONTENT[start:]
        headers = {"Content-Length": str(len(rest))}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        self.answer(rest[: len(CONTENT) // 3 + 1], 206 if start else 200, **headers)

    def answer(self, body: bytes, code: int = 200, **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.ranges = [], []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def no_pauses(server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.ranges.clear()  # type: ignore[attr-defined]
    monkeypatch.setattr(download, "PAUSES_SECONDS", (0, 0, 0))


@pytest.fixture
def address(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def get(url: str, destination: Path, digest: str = DIGEST) -> Path:
    return fetch_file(url, destination, digest=digest, algorithm="sha256")


def test_a_good_file_arrives_with_its_progress(address: str, tmp_path: Path) -> None:
    steps = []
    path = fetch_file(
        f"{address}/good",
        tmp_path / "new" / "file.bin",
        digest=DIGEST,
        algorithm="sha256",
        on_progress=lambda done, total: steps.append((done, total)),
    )
    assert path.read_bytes() == CONTENT
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert list(path.parent.iterdir()) == [path]


def test_large_files_arrive_in_blocks(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "BLOCK_BYTES", 1000)
    assert get(f"{address}/good", tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_file_without_a_stated_length_arrives(address: str, tmp_path: Path) -> None:
    assert get(f"{address}/endless", tmp_path / "file.bin").read_bytes() == CONTENT
    assert fetch(f"{address}/endless", limit_bytes=len(CONTENT)) == CONTENT


def test_a_redirect_is_followed_on_the_network_only(address: str) -> None:
    assert fetch(f"{address}/moved", limit_bytes=1 << 20) == CONTENT
    with pytest.raises(DownloadError, match=r"/local: cannot be fetched"):
        fetch(f"{address}/local", limit_bytes=1 << 20)


def test_a_file_that_is_there_is_not_fetched_again(
    server: ThreadingHTTPServer, address: str, tmp_path: Path
) -> None:
    (tmp_path / "file.bin").write_bytes(CONTENT)
    get(f"{address}/again", tmp_path / "file.bin")
    assert "/again" not in server.asked  # type: ignore[attr-defined]
    (tmp_path / "file.bin").write_bytes(b"damaged")
    assert get(f"{address}/again", tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_file_with_a_wrong_checksum_does_not_appear(address: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"/good: sha256 .* differs from the expected 0000"):
        get(f"{address}/good", tmp_path / "new" / "file.bin", digest="0" * 64)
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/missing", "HTTP Error 404: Not Found"),
        ("/cut", "the last 100 bytes are missing"),
        ("/cut-chunk", "IncompleteRead"),
        ("/no-http", "good day"),
        ("/with space", "control characters"),
    ],
)
def test_a_failed_download_is_one_line_and_no_file(
    address: str, tmp_path: Path, path: str, message: str
) -> None:
    with pytest.raises(DownloadError, match=f"{path}: cannot be fetched: .*{message}"):
        get(address + path, tmp_path / "file.bin")
    assert not (tmp_path / "file.bin").exists()
    with pytest.raises(DownloadError, match=f"{path}: cannot be fetched: .*{message}"):
        fetch(address + path, limit_bytes=1 << 20)


def test_a_download_that_breaks_off_continues(
    server: ThreadingHTTPServer, address: str, tmp_path: Path
) -> None:
    path = get(f"{address}/parts", tmp_path / "new" / "file.bin")
    assert path.read_bytes() == CONTENT
    assert server.ranges == [0, 3414, 6828]  # type: ignore[attr-defined]
    assert list(path.parent.iterdir()) == [path]


def test_another_process_continues_what_one_began(
    server: ThreadingHTTPServer,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "PAUSES_SECONDS", ())
    for _ in range(2):
        with pytest.raises(DownloadError, match="bytes are missing"):
            get(f"{address}/parts", tmp_path / "file.bin")
    assert get(f"{address}/parts", tmp_path / "file.bin").read_bytes() == CONTENT
    assert server.ranges == [0, 3414, 6828]  # type: ignore[attr-defined]


def test_a_part_of_another_file_is_fetched_anew(address: str, tmp_path: Path) -> None:
    part = tmp_path / ".file.bin.download"
    part.write_bytes(bytes(2 * len(CONTENT)))
    assert get(f"{address}/parts", tmp_path / "file.bin").read_bytes() == CONTENT
    part.write_bytes(b"of another file")
    with pytest.raises(BundleError, match="differs"):
        get(f"{address}/parts-two", tmp_path / "other.bin", digest="0" * 64)
    assert not (tmp_path / ".other.bin.download").exists()


def test_a_busy_server_is_asked_again(
    server: ThreadingHTTPServer, address: str, tmp_path: Path
) -> None:
    assert get(f"{address}/busy", tmp_path / "file.bin").read_bytes() == CONTENT
    assert server.asked.count("/busy") == 2  # type: ignore[attr-defined]


def test_a_missing_file_is_asked_for_once(
    server: ThreadingHTTPServer, address: str, tmp_path: Path
) -> None:
    before = server.asked.count("/missing")  # type: ignore[attr-defined]
    with pytest.raises(DownloadError):
        get(f"{address}/missing", tmp_path / "file.bin")
    assert server.asked.count("/missing") == before + 1  # type: ignore[attr-defined]


def test_a_trickle_is_given_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "LONGEST_SECONDS", 0.1)
    with pytest.raises(DownloadError, match="/slow: too slow, given up"):
        fetch(f"{address}/slow", limit_bytes=1 << 20)


def test_a_refused_request_leaves_no_socket_open(address: str) -> None:
    with pytest.raises(DownloadError) as caught:
        fetch(f"{address}/missing", limit_bytes=1)
    answer = caught.value.__context__
    assert isinstance(answer, HTTPError)
    assert answer.closed


def test_a_failed_download_keeps_the_file_that_is_there(address: str, tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(b"older")
    with pytest.raises(DownloadError):
        get(f"{address}/missing", tmp_path / "file.bin")
    assert (tmp_path / "file.bin").read_bytes() == b"older"


def test_a_closed_port_is_one_line() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        with pytest.raises(DownloadError, match=r"cannot be fetched: .*refused") as caught:
            fetch(url, limit_bytes=1)
    assert "\n" not in str(caught.value)


def test_more_than_the_limit_is_refused(address: str) -> None:
    assert fetch(f"{address}/good", limit_bytes=len(CONTENT)) == CONTENT
    with pytest.raises(DownloadError, match="larger than 0 MiB"):
        fetch(f"{address}/good", limit_bytes=len(CONTENT) - 1)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://host/file", "photo.jpg", ""])
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(DownloadError, match="only http and https"):
        fetch(url, limit_bytes=1 << 20)


@pytest.mark.usefixtures("no_sockets")
def test_offline_opens_no_socket(tmp_path: Path) -> None:
    assert not is_offline()
    go_offline()
    for url in ("http://127.0.0.1/a", "https://example.org/a"):
        with pytest.raises(DownloadError, match="the network is switched off"):
            fetch(url, limit_bytes=1)
        with pytest.raises(DownloadError, match="the network is switched off"):
            get(url, tmp_path / "file.bin")


@pytest.mark.usefixtures("no_sockets")
def test_offline_gives_the_file_that_is_there(tmp_path: Path) -> None:
    go_offline()
    (tmp_path / "file.bin").write_bytes(CONTENT)
    assert get("https://example.org/a", tmp_path / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("value", "offline"),
    [("", False), ("0", False), ("no", False), ("False", False), ("1", True), ("yes", True)],
)
def test_the_environment_switches_the_network_off(
    monkeypatch: pytest.MonkeyPatch, value: str, offline: bool
) -> None:
    monkeypatch.setenv("DLTASKS_OFFLINE", value)
    assert is_offline() is offline


def test_a_server_is_reachable_whatever_it_answers(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert download.is_reachable(f"{address}/no-such-file")
    assert not download.is_reachable("http://127.0.0.1:9/")  # the port of nothing
    monkeypatch.setenv(download.OFFLINE_VARIABLE, "1")
    assert not download.is_reachable(address)
