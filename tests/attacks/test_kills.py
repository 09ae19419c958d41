"""Kill commands at random moments: what was whole stays whole, and what was begun goes on.

Slow: a hundred kills, most of them of processes that import TensorFlow first.
"""

from __future__ import annotations

import functools
import http.server
import json
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.bundle.folder import BUILT_IN, open_bundle
from tests.writing import write_verse

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
TINY = ("--size", "tiny", "--window", "8", "--sample", "0", "--epochs", "3", "--batch-size", "8")

SEAL = """
import os, shutil, sys
from pathlib import Path
from dltasks.durable import part_of, remove_leftovers, replace_folder
source, path = map(Path, sys.argv[1:])
while True:
    remove_leftovers(path)
    shutil.copytree(source, part_of(path))
    replace_folder(part_of(path), path)
"""
FETCH = """
import sys
from pathlib import Path
from dltasks.download import fetch_file
fetch_file(sys.argv[1], Path(sys.argv[2]), digest=sys.argv[3], algorithm="sha256")
"""


def python(*arguments: object) -> list[str]:
    return [sys.executable, *map(str, arguments)]


def kill_after(command: list[str], seconds: float, folder: Path) -> None:
    """Run a command, and kill it after some time, if it has not ended by then."""
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)


def finish(command: list[str], folder: Path) -> float:
    """Run a command to its end; give the seconds that it takes."""
    started = time.monotonic()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - started


def kill_often(
    command: list[str], folder: Path, count: int, check: Callable[[], None], seconds: float
) -> None:
    draw = random.Random(1)
    for _ in range(count):
        kill_after(command, draw.uniform(0.0, seconds), folder)
        check()


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name.endswith((".part", ".old"))]


def test_answers_and_reports_are_whole(tmp_path: Path) -> None:
    photographs = [str(path) for path in sorted((ROOT / "examples").glob("*.jpg"))]
    output = tmp_path / "answers.json"
    command = python("-m", "dltasks", "classify", *photographs, "-o", output)
    seconds = finish(command, tmp_path)
    whole = output.read_bytes()

    def check() -> None:
        assert output.read_bytes() == whole

    kill_often(command, tmp_path, 40, check, seconds)
    finish(command, tmp_path)
    assert len(json.loads(output.read_bytes())) == len(photographs)


def test_a_bundle_that_is_replaced_is_always_there(tmp_path: Path) -> None:
    bundle = tmp_path / "model"
    shutil.copytree(BUILT_IN / "text-shakespeare", bundle)
    command = python("-c", SEAL, BUILT_IN / "text-shakespeare", bundle)
    kill_often(command, ROOT, 40, lambda: open_bundle(bundle).verify(), 1.0)
    kill_after(command, 1.0, ROOT)
    assert len(leftovers(tmp_path)) <= 1


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_is_whole_or_not_there(address: str, tmp_path: Path) -> None:
    import hashlib

    content = random.Random(1).randbytes(30_000_000)
    (tmp_path / "weights").write_bytes(content)
    path = tmp_path / "downloads" / "weights"
    digest = hashlib.sha256(content).hexdigest()
    command = python("-c", FETCH, f"{address}/weights", path, digest)

    def check() -> None:
        assert not path.exists() or path.read_bytes() == content
        path.unlink(missing_ok=True)

    kill_often(command, ROOT, 10, check, 0.5)
    finish(command, ROOT)
    assert path.read_bytes() == content


def test_a_training_goes_on_and_its_model_stays(tmp_path: Path) -> None:
    verse = write_verse(tmp_path / "verse.txt")
    bundle = tmp_path / "model"
    places = ("--out", bundle, "--run-folder", tmp_path / "run")
    train = python("-m", "dltasks", "train", "text-generation", verse, *places, *TINY)
    seconds = finish(train, tmp_path)
    again = [*train, "--overwrite"]
    kill_often(again, tmp_path, 5, lambda: open_bundle(bundle).verify(), seconds)
    goes_on = [*train, "--resume", "auto", "--overwrite"]
    kill_often(goes_on, tmp_path, 5, lambda: open_bundle(bundle).verify(), seconds)
    finish(goes_on, tmp_path)
    open_bundle(bundle).verify()
    finish(python("-m", "dltasks", "evaluate", bundle, verse), tmp_path)
    assert leftovers(bundle.parent) == []
