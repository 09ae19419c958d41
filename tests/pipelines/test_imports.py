"""The walls: who may import whom, read from the source and tried in a fresh process."""

from __future__ import annotations

import ast
import functools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.catalogue import TASKS, module_name

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"tensorflow", "keras", "tensorflow_datasets", "tf2onnx", "onnx", "sklearn", "matplotlib"}
NUMERIC = {"numpy", "PIL", "onnxruntime", "scipy", "soundfile", "soxr"}
NUMERIC |= {"sentencepiece", "tokenizers", "polib", "py3langid"}  # of text
NUMERIC |= {"pypdfium2", "pi_heif"}  # of pages and photographs
NUMERIC |= {"lxml", "markdown_it", "pysubs2"}  # of documents
RUN_TIME_MAY_IMPORT = {*sys.stdlib_module_names, *NUMERIC, "pipelines"}
NETWORK = {"http", "socket", "ssl", "urllib", "requests", "ftplib"}
# From the ground up; who is not named here is on the ground floor, beside config and extras.
FLOORS = (
    {"extras", "download", "durable", "locks", "terminal", "torch_checkpoint"}
    | {"safetensors_file", "keras_applications", "hub", ""},
    {"data"},
    {"networks", "training", "evaluation", "export", "zoo"},
    {"tasks"},
    {"api"},
    {"cli", "__main__"},
)


def modules(package: str) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the file of each module."""
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts).removesuffix(".__init__"), path


@functools.cache
def imports(path: Path, *, types: bool = True) -> set[str]:
    """All that a file imports: at its top, inside functions, by a literal name, or for types."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not types:
        tree.body = [node for node in tree.body if not is_for_types(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {name.value for name in node.args[:1] if isinstance(name, ast.Constant)}
    return found


def is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def floor(name: str) -> int:
    """Give the floor of a module of dltasks: 0 is the ground."""
    part = name.partition(".")[2].partition(".")[0]
    return next(number for number, names in enumerate(FLOORS) if part in names)


PIPELINES = dict(modules("pipelines"))
DLTASKS = dict(modules("dltasks"))


def inside(name: str, *, types: bool = True) -> set[str]:
    """What a module imports of the project, as modules."""
    known = PIPELINES | DLTASKS
    found = set()
    for imported in imports(known[name], types=types):
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


@pytest.mark.parametrize(
    "name", sorted(DLTASKS.keys() - {"dltasks"})
)  # whose face hands on dltasks.api
def test_imports_of_the_toolkit_point_down(name: str) -> None:
    for imported in inside(name) & DLTASKS.keys() - {"dltasks"}:
        own_part, other_part = name.split(".")[1:2], imported.split(".")[1:2]
        assert own_part == other_part or floor(imported) <= floor(name), f"{name} -> {imported}"


@pytest.mark.parametrize("name", DLTASKS)
def test_only_one_module_of_the_toolkit_has_a_network(name: str) -> None:
    packages = {imported.partition(".")[0] for imported in imports(DLTASKS[name])}
    assert name == "dltasks.download" or not NETWORK & packages


@pytest.mark.parametrize("task", [module_name(task) for task in TASKS])
def test_nothing_shared_and_no_other_task_imports_a_task(task: str) -> None:
    rooms = (f"pipelines.{task}", f"dltasks.tasks.{task}")
    for name in {*PIPELINES, *filter(is_of_a_task, DLTASKS)} - {"pipelines"}:  # loads them by name
        if not any(within(name, room) for room in rooms):
            strangers = {item for item in inside(name) for room in rooms if within(item, room)}
            assert not strangers, f"{name} -> {strangers}"


def within(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def is_of_a_task(name: str) -> bool:
    rooms = (
        "dltasks.networks",
        *(f"dltasks.tasks.{module_name(task)}" for task in (*TASKS, "ctc")),
    )
    return any(within(name, room) for room in rooms)


def test_there_are_no_circles() -> None:
    below = {name: inside(name, types=False) - {name} for name in PIPELINES | DLTASKS}
    while leaves := {name for name, imported in below.items() if not imported}:
        below = {name: imported - leaves for name, imported in below.items() if name not in leaves}
    assert not below, f"circles among {sorted(below)}"


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
