"""The first Ctrl-C ends a command within two seconds, without a traceback; what is done is kept."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

MOST_SECONDS = 2.0
NOISE_SECONDS = 3.0  # of a busy machine
SLOW = 120.0  # seconds that the slow server takes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")


class SlowHandler(BaseHTTPRequestHandler):
    """Sends a byte now and then."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        until = time.monotonic() + SLOW
        try:
            while time.monotonic() < until and not self.server.is_over:  # type: ignore[attr-defined]
                self.wfile.write(b"x")
                time.sleep(0.1)
        except OSError:
            pass

    def log_message(self, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def slow_address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowHandler)
    server.is_over = False  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/a.jpg"
    server.is_over = True  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


def interrupt(command: list[str], after: Callable[[], object]) -> tuple[int, str, float]:
    """Start a command and interrupt it; give its exit code, what it said, and the seconds taken."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        after()
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        _, said = process.communicate(timeout=60)
    return process.returncode, said.decode(), time.monotonic() - started


def dltasks(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "dltasks", *map(str, arguments)]


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("seconds", [0.05, 0.1, 0.15, 0.2])
def test_no_traceback_while_it_starts(seconds: float) -> None:
    command = dltasks("doctor")
    code, said, taken = interrupt(command, lambda: time.sleep(seconds))
    assert code in (130, -signal.SIGINT)
    if seconds > 0.05:  # before that, Python itself starts
        assert "Traceback" not in said
    assert taken < MOST_SECONDS + NOISE_SECONDS


def test_a_slow_download_is_left(slow_address: str) -> None:
    command = dltasks("classify", slow_address, "--offline")[:-1]
    code, said, taken = interrupt(command, lambda: time.sleep(1.5))
    assert (code, said) == (130, "Interrupted.\n")
    assert taken < MOST_SECONDS + NOISE_SECONDS


STUCK = """
import sys
from dltasks.cli import interrupt
interrupt.watch()
print("stuck", flush=True)
{work}
"""


@pytest.mark.parametrize(
    "work",
    [
        "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()",
        "import numpy; numpy.linalg.svd(numpy.random.rand(4000, 4000))",
    ],
    ids=["waiting", "computing"],
)
def test_what_cannot_be_interrupted_is_ended(work: str) -> None:
    """One long call below Python, on the main thread."""
    code = STUCK.format(work=work)
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"stuck\n"
        time.sleep(0.3)
        if process.poll() is not None:  # this machine was faster
            return
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        process.wait(60)
    assert time.monotonic() - started < MOST_SECONDS + NOISE_SECONDS


def test_what_is_done_is_kept(slow_address: str, photograph: Path, tmp_path: Path) -> None:
    """Two photographs are answered, the third one takes for ever."""
    output = tmp_path / "answers.jsonl"
    command = dltasks("classify", photograph, photograph, slow_address, "-o", output)
    part = f".{output.name}.*.part"
    code, said, taken = interrupt(
        command, lambda: (wait_until(lambda: bool(list(tmp_path.glob(part)))), time.sleep(1.5))
    )
    assert (code, said) == (130, "Interrupted.\n")
    assert taken < MOST_SECONDS + NOISE_SECONDS
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert [row["input"] for row in rows] == [str(photograph)] * 2
    assert not list(tmp_path.glob(part))
