"""A stranger's text on a terminal: no escape sequence, no turned writing, nothing hidden."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from dltasks.terminal import UNPRINTABLE, TerminalText, guard, printable, send
from tests.bundles import write_bundle_files

pty = pytest.importorskip("pty", reason="the system has no pseudo-terminals")

TITLE = "\033]0;owned\007"
HIDDEN = "\033[8mrm -rf\033[0m\u202e\u009b2J\r"


def on_a_terminal(*arguments: str | Path) -> str:
    """Run the command line with standard output and standard error on one terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "dltasks", *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs):
        os.close(theirs)
        shown = b""
        while part := _read(ours):
            shown += part
    os.close(ours)
    return shown.decode("utf-8").replace("\r\n", "\n")  # as the terminal turns line ends


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so that the other end is closed
        return b""


@pytest.fixture
def hostile(tmp_path: Path, tiny_graph: bytes) -> Path:
    """A model whose name, card and labels have control characters in them."""
    return write_bundle_files(
        tmp_path / f"model{TITLE.replace('/', '')}",
        "image-classification",
        {
            "README.md": f"# {HIDDEN} model\n".encode(),
            "labels.txt": f"red{HIDDEN}\ngreen\nblue\n".replace("\r", "").encode(),
            "model.onnx": tiny_graph,
        },
        preprocessing={"height": 8, "width": 8},
    )


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_labels_and_names_of_files_reach_the_terminal_printed(
    hostile: Path, form: str, make_image: Callable[..., Path]
) -> None:
    image = make_image(f"photo{TITLE}.png")
    missing = image.with_name(f"missing{TITLE}.png")
    shown = on_a_terminal("classify", image, missing, "--model", hostile, "--format", form)
    assert not UNPRINTABLE.search(shown), repr(shown)
    assert "\\u001b]0;owned\\u0007" in shown
    assert "red\\u001b[8mrm -rf" in shown


def test_a_model_card_reaches_the_terminal_printed(hostile: Path) -> None:
    shown = on_a_terminal("models", "show", hostile)
    assert shown == "# " + printable(HIDDEN) + " model\n"


def test_what_is_no_terminal_gets_the_text_as_it_is(
    run: Callable[..., Result], hostile: Path
) -> None:
    assert "\u202e\u009b2J\r model" in run("models", "show", hostile).stdout


def test_our_own_control_sequences_are_sent() -> None:
    content = io.BytesIO()
    terminal = TerminalText(content, "utf-8", write_through=True)
    send(terminal, "\r\033[K")
    terminal.write("50%\033[K")
    assert content.getvalue() == b"\r\033[K50%\\u001b[K"


@pytest.mark.parametrize("text", ["größe\tñ\n", "line\r\n", "👩‍🔬 e\u0301", "a\u00a0b\u202f!"])
def test_what_people_write_stays(text: str) -> None:
    assert printable(text) == text


def test_a_file_is_not_guarded() -> None:
    file = io.TextIOWrapper(io.BytesIO())
    assert guard(file) is file
