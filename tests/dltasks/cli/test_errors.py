"""How commands end: one line and the right code, and never a traceback for a user's mistake."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from dltasks.cli.group import CommandGroup
from pipelines import errors

Run = Callable[..., Result]
ROOT = Path(__file__).resolve().parents[3]
DLTASKS = (sys.executable, "-c", "from dltasks.cli import main; main()")


def execute(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    return subprocess.run(
        [*DLTASKS, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def end_with(error: BaseException) -> Result:
    """Run a command that raises."""

    @click.group(cls=CommandGroup)
    def group() -> None:
        """Stands in for dltasks."""

    @group.command()
    def fail() -> None:
        raise error

    return CliRunner().invoke(group, ["fail"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.DltasksError("broken"), 1),
        (errors.ConfigurationError("broken"), 2),
        (errors.InputError("broken"), 3),
        (errors.MissingExtraError("broken"), 4),
        (errors.BundleError("broken"), 5),
    ],
    ids=lambda value: type(value).__name__,
)
def test_our_errors_are_one_line_and_their_code(error: errors.DltasksError, code: int) -> None:
    result = end_with(error)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", "Error: broken\n")


def test_errors_of_the_system_are_one_line_with_the_file() -> None:
    result = end_with(FileNotFoundError(2, "No such file or directory", "a/b.json"))
    assert result.exit_code == 1
    assert result.stderr == "Error: a/b.json: No such file or directory\n"
    assert end_with(OSError("disk gone")).stderr == "Error: disk gone\n"


def test_an_interrupt_is_code_130() -> None:
    result = end_with(KeyboardInterrupt())
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")


def test_our_own_mistakes_keep_their_traceback() -> None:
    assert isinstance(end_with(ZeroDivisionError()).exception, ZeroDivisionError)


def test_a_results_file_in_a_folder_that_is_not_there_is_one_line(
    run: Run, photograph: Path, tiny_bundle: Path, tmp_path: Path
) -> None:
    result = run("classify", photograph, "--model", tiny_bundle, "-o", tmp_path / "no" / "x.json")
    assert result.exit_code == 2
    assert f"-o '{tmp_path}/no/x.json': its folder does not exist; create it first" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line(run: Run, photograph: Path, tiny_bundle: Path) -> None:
    result = run("classify", photograph, "--model", tiny_bundle, "-o", "/dev/full")
    assert (result.exit_code, result.stderr) == (1, "Error: /dev/full: No space left on device\n")


@pytest.mark.parametrize(
    "arguments",
    [["--nonsense"], ["nonsense"], ["classify"], ["models", "nonsense"], ["train", "nonsense"]],
)
def test_mistakes_of_usage_are_code_2(run: Run, arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_every_command_has_help(run: Run) -> None:
    from dltasks.cli import cli

    context = click.Context(cli)
    names = cli.list_commands(context)
    assert {"classify", "train", "evaluate", "models", "data", "doctor"} <= set(names)
    for name in names:
        for flag in ("--help", "-h"):
            result = run(name, flag)
            assert (result.exit_code, result.stderr) == (0, "")
            assert f"Usage: dltasks {name}" in result.stdout


def test_the_version_is_that_of_the_package(run: Run) -> None:
    from dltasks import __version__

    assert __version__ in run("--version").stdout


def test_a_process_ends_with_the_code_and_no_traceback(tmp_path: Path) -> None:
    finished = execute("classify", tmp_path / "missing.jpg")
    assert (finished.returncode, finished.stdout) == (3, "")
    assert finished.stderr == f"Error: {tmp_path}/missing.jpg: cannot be read: No such file or " + (
        "directory\n"
    )


def test_a_reader_that_goes_away_ends_the_command_in_silence(
    photograph: Path, tiny_bundle: Path
) -> None:
    """As in `dltasks classify photos/ --format jsonl | head -1`."""
    words = ("classify", *[str(photograph)] * 200, "--model", str(tiny_bundle), "--format", "jsonl")
    process = subprocess.Popen(
        [*DLTASKS, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    json.loads(process.stdout.readline())
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 0
    process.stderr.close()


def test_waiting_for_standard_input_can_be_interrupted(tiny_bundle: Path) -> None:
    process = subprocess.Popen(
        [*DLTASKS, "classify", "-", "-v", "--model", str(tiny_bundle)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Tests that run in the background of a shell are started deaf to it, and so are children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        assert process.stderr.readline().startswith(b"model tiny")  # what comes next is the wait
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        assert process.stderr.read() == b"Interrupted.\n"
    finally:
        process.kill()
        process.stdin.close()
        process.stderr.close()


@pytest.mark.parametrize(
    ("words", "choices"),
    [
        (["dltasks", ""], {"classify", "train", "models", "doctor"}),
        (["dltasks", "models", "v"], {"verify"}),
        (["dltasks", "classify", "--form"], {"--format"}),
        (["dltasks", "classify", "--format", "js"], {"json", "jsonl"}),
        (["dltasks", "train", "image"], {"image-classification"}),
    ],
)
def test_the_shell_completes_commands_options_and_values(
    words: list[str], choices: set[str]
) -> None:
    finished = execute(
        _DLTASKS_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(words),
        COMP_CWORD=str(len(words) - 1),
    )
    found = {line.partition(",")[2] for line in finished.stdout.splitlines()}
    assert choices <= found
    assert len(words[-1]) == 0 or found == choices


@pytest.mark.skipif(shutil.which("bash") is None, reason="this system has no bash")
def test_the_completion_script_is_bash(tmp_path: Path) -> None:
    script = execute(_DLTASKS_COMPLETE="bash_source").stdout
    assert "_dltasks_completion" in script
    checked = subprocess.run(["bash", "-n"], input=script, text=True, check=False)
    assert checked.returncode == 0


@pytest.mark.parametrize("words", [["generate", "--length", "5", "The"], ["models", "list"]])
def test_a_closed_standard_output_is_one_line(words: list[str]) -> None:
    done = subprocess.run(
        ["bash", "-c", 'exec "$@" >&-', "bash", *DLTASKS, *words],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "Error: standard output is closed; open it, or give -o FILE\n"


def test_results_come_though_standard_error_is_closed(photograph: Path, tiny_bundle: Path) -> None:
    words = [*DLTASKS, "classify", str(photograph), "--model", str(tiny_bundle)]
    done = subprocess.run(
        ["bash", "-c", 'exec "$@" 2>&-', "bash", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert str(photograph) in done.stdout
