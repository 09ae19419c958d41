from __future__ import annotations

import configparser
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from dltasks import extras
from dltasks.extras import (
    check_installed,
    install_command,
    packages_of,
    require,
    require_tensorflow,
)
from dltasks.tasks.train import train
from pipelines.errors import MissingExtraError

from .tiny import REPOSITORY, make_request


@pytest.mark.parametrize("package", ["no_such_package", "no_such_package.part"])
def test_a_missing_package_names_purpose_package_and_command(package: str) -> None:
    with pytest.raises(MissingExtraError) as caught:
        require(package, "drawing")
    assert str(caught.value) == (
        f"drawing needs no_such_package, which is not installed; run: {install_command()}"
    )
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        (None, 'pip install "dltasks[train]"'),
        ("not JSON", 'pip install "dltasks[train]"'),
        (
            '{"url": "file:///home/ada/dltasks", "dir_info": {}}',
            'pip install "/home/ada/dltasks[train]"',
        ),
        ('{"url": "https://example.org/dltasks.git"}', 'pip install "dltasks[train]"'),
    ],
)
def test_the_command_names_the_folder_that_was_installed_from(
    origin: str | None, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = SimpleNamespace(read_text=lambda name: origin)
    monkeypatch.setattr(extras.metadata, "distribution", lambda name: installed)
    assert install_command() == command


def test_an_installed_package_is_given() -> None:
    assert require("numpy.linalg", "testing") is importlib.import_module("numpy.linalg")


def test_a_package_that_fails_for_another_reason_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "half_installed.py").write_text("import no_such_dependency")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency"):
        require("half_installed", "testing")


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("package", ["tensorflow", "keras"])
def test_training_without_the_extra_ends_before_it_begins(
    package: str, colours: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=f"training needs {package}"):
        train(make_request(tmp_path, colours))
    assert not (tmp_path / "bundle").exists()


def test_tensorflow_is_imported_with_keras_on_top_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert require_tensorflow("testing").__name__ == "tensorflow"
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


def test_tensorflow_starts_without_a_word_and_standard_error_works_afterwards() -> None:
    program = (
        "import sys\n"
        "from dltasks.extras import require_tensorflow\n"
        "require_tensorflow('testing')\n"
        "print('still here', file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "still here\n")


def test_the_packages_are_those_of_setup_cfg() -> None:
    setup = configparser.ConfigParser()
    setup.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    for extra, section, key in (
        ("", "options", "install_requires"),
        ("train", "options.extras_require", "train"),
    ):
        lines = [line for line in setup[section][key].split("\n") if line and line[0] != "#"]
        assert packages_of(extra) == [line.partition(">")[0] for line in lines]


def test_a_missing_package_of_the_extra_is_named_before_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> str:
        if name == "scikit-learn":
            raise extras.metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(extras.metadata, "version", missing)
    with pytest.raises(MissingExtraError, match="training needs scikit-learn"):
        check_installed("training")
