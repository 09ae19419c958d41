"""The walls: who may import whom, read from the source and tried in a fresh process."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"tensorflow", "keras", "tensorflow_datasets", "tf2onnx", "onnx", "sklearn", "matplotlib"}
NUMERIC = {"numpy", "PIL", "onnxruntime", "scipy", "soundfile", "soxr"}
NUMERIC |= {"sentencepiece", "tokenizers"}  # of text
RUN_TIME_MAY_IMPORT = {*sys.stdlib_module_names, *NUMERIC, "pipelines"}
NETWORK = {"http", "socket", "ssl", "urllib", "requests", "ftplib"}
# From the ground up; who is not named here is on the ground floor, beside config and extras.
FLOORS = (
    {"config", "extras", "download", "model_card", ""},
    {"data"},
    {"training", "evaluation", "export", "quantisation", "zoo"},
    {"tasks"},
    {"cli"},
)


def modules(package: str) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the file of each module."""
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path


def imports(path: Path) -> set[str]:
    """All that a file imports, at its top, inside functions, for types, or by a literal name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {name.value for name in node.args[:1] if isinstance(name, ast.Constant)}
    return found


def floor(name: str) -> int:
    """Give the floor of a module of dltasks: 0 is the ground."""
    part = name.partition(".")[2].partition(".")[0]
    return next(number for number, names in enumerate(FLOORS) if part in names)


PIPELINES = dict(modules("pipelines"))
DLTASKS = dict(modules("dltasks"))


def inside(name: str) -> set[str]:
    """What a module imports of the project, as modules."""
    known = PIPELINES | DLTASKS
    found = set()
    for imported in imports(known[name]):
        while imported and imported not in known:
            imported = imported.rpartition(".")[0]
        found.add(imported)
    return found - {""}


def test_the_walls_are_read_at_all() -> None:
    assert "pipelines.images" in inside("dltasks.tasks.image_classification.task")
    assert "onnxruntime" in imports(PIPELINES["pipelines.session"])  # inside a function


@pytest.mark.parametrize("name", PIPELINES)
def test_pipelines_import_neither_the_toolkit_nor_its_libraries(name: str) -> None:
    packages = {imported.partition(".")[0] for imported in imports(PIPELINES[name])}
    assert packages <= RUN_TIME_MAY_IMPORT


@pytest.mark.parametrize("name", PIPELINES)
def test_pipelines_have_no_network(name: str) -> None:
    assert not NETWORK & {imported.partition(".")[0] for imported in imports(PIPELINES[name])}


@pytest.mark.parametrize("name", DLTASKS)
def test_imports_of_the_toolkit_point_down(name: str) -> None:
    for imported in inside(name) & DLTASKS.keys() - {"dltasks"}:
        own_part, other_part = name.split(".")[1:2], imported.split(".")[1:2]
        assert own_part == other_part or floor(imported) <= floor(name), f"{name} -> {imported}"


@pytest.mark.parametrize("name", DLTASKS)
def test_only_one_module_of_the_toolkit_has_a_network(name: str) -> None:
    packages = {imported.partition(".")[0] for imported in imports(DLTASKS[name])}
    assert name == "dltasks.download" or not NETWORK & packages


def test_tasks_do_not_import_each_other() -> None:
    folders = {path.name for path in (ROOT / "dltasks/tasks").iterdir() if path.is_dir()}
    for name in DLTASKS:
        own = name.split(".")[2:3] if name.startswith("dltasks.tasks.") else []
        if own and own[0] in folders:
            others = {
                imported.split(".")[2]
                for imported in inside(name)
                if imported.startswith("dltasks.tasks.")
            }
            assert not (others & folders) - set(own), name


def test_pipelines_of_tasks_do_not_import_each_other() -> None:
    from pipelines.catalogue import TASKS, module_name

    of_tasks = {f"pipelines.{module_name(task)}" for task in TASKS}
    for name in PIPELINES.keys() - {"pipelines"}:  # it loads them by name
        assert not (inside(name) & of_tasks) - {name}, name


def loaded_by(code: str, folder: Path) -> set[str]:
    """Run Python code in a fresh process and give the packages that are loaded at its end."""
    report = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    finished = subprocess.run(
        [sys.executable, "-c", f"import atexit; atexit.register(lambda: exec({report!r}))\n{code}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return set(finished.stdout.splitlines()[-1].split())


def command(*words: str) -> str:
    return f"import sys; sys.argv[1:] = {list(words)!r}; from dltasks.cli import main; main()"


def test_importing_pipelines_loads_nothing_heavy(tmp_path: Path) -> None:
    loaded = loaded_by("import pipelines", tmp_path)
    assert "pipelines" in loaded
    assert not loaded & {*HEAVY, *NUMERIC, "dltasks", "click"}


@pytest.mark.parametrize("words", [["--help"], ["classify", "--help"], ["models", "list"]])
def test_help_and_lists_load_neither_networks_nor_numbers(words: list[str], tmp_path: Path) -> None:
    loaded = loaded_by(command(*words), tmp_path)
    assert "dltasks" in loaded
    assert not loaded & {*HEAVY, *NUMERIC, "urllib3", "ssl", "http"}


def test_help_of_training_does_not_load_tensorflow(tmp_path: Path) -> None:
    loaded = loaded_by(command("train", "image-classification", "--help"), tmp_path)
    assert not loaded & HEAVY


def test_classifying_loads_neither_tensorflow_nor_the_network(
    tmp_path: Path, tiny_bundle: Path, photograph: Path
) -> None:
    loaded = loaded_by(command("classify", str(photograph), "--model", str(tiny_bundle)), tmp_path)
    assert "onnxruntime" in loaded
    assert not loaded & {*HEAVY, "ssl"}
