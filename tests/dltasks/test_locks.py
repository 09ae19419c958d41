"""One process at a time uses a place, and the others hear which one it is."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dltasks.locks import hold, wait_for
from pipelines.errors import ConfigurationError

HOLD = """
import sys, time
from pathlib import Path
from dltasks.locks import hold
with hold(Path(sys.argv[1]), "wait"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds `tmp_path / "run"`."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process, process.stdout:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_place_that_is_in_use_names_who_uses_it(
    holder: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    place = tmp_path / "run"
    with pytest.raises(ConfigurationError) as caught, hold(place, "choose another one"):
        pass
    assert str(caught.value).startswith(f"{place}: in use by process {holder.pid} on ")
    assert str(caught.value).endswith("; choose another one")


def test_the_lock_of_a_dead_process_is_taken_over(
    holder: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    holder.kill()
    holder.wait()
    with hold(tmp_path / "run", "wait"):
        pass


def test_a_command_that_is_not_utf_8_is_written_as_an_escape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["dltasks", "evaluate", "caf\udce9"])
    with (
        hold(tmp_path / "run", "wait"),
        pytest.raises(ConfigurationError, match=r"\(dltasks evaluate caf\\udce9, since"),
        hold(tmp_path / "run", "wait"),
    ):
        pass


def test_other_places_are_free(holder: subprocess.Popen[bytes], tmp_path: Path) -> None:
    with hold(tmp_path / "another", "wait"), hold(tmp_path / "third", "wait"):
        pass


def test_a_place_is_waited_for(tmp_path: Path) -> None:
    order: list[str] = []
    entered = threading.Event()

    def first() -> None:
        with wait_for(tmp_path / "place"):
            entered.set()
            order.append("first")

    thread = threading.Thread(target=first)
    with wait_for(tmp_path / "place"):
        thread.start()
        assert not entered.wait(0.2)
        order.append("held")
    thread.join(10)
    assert order == ["held", "first"]


def test_a_home_that_cannot_be_written_does_not_stop_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DLTASKS_HOME", str(tmp_path / "file"))
    with hold(tmp_path / "run", "wait"):
        pass
