"""dltasks doctor: tells what is there and what is wrong, and fails only for damaged models."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result

from dltasks.cli import doctor
from dltasks.extras import TRAIN, install_command, packages_of
from pipelines.catalogue import TASKS

Run = Callable[..., Result]
MakeBundle = Callable[..., Path]
NAME = "imagenet-efficientnet-lite0"


@pytest.fixture(autouse=True)
def no_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the light installation; starting TensorFlow would take seconds, too."""
    monkeypatch.setattr(doctor, "find_spec", lambda name: None)


@pytest.fixture
def built_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, make_bundle: MakeBundle) -> Path:
    """One task, and a tiny model in the place of its built-in one."""
    only = {name: task for name, task in TASKS.items() if task.default_bundle == NAME}
    monkeypatch.setattr("pipelines.catalogue.TASKS", only)
    monkeypatch.setattr("pipelines.bundle.folder.BUILT_IN", tmp_path / "built-in")
    return make_bundle(tmp_path / "built-in" / NAME)


def test_a_sound_installation_is_reported_with_its_versions(run: Run, home: Path) -> None:
    result = run("doctor")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("dltasks ")
    for package in ("click", "numpy", "pillow", "onnxruntime"):
        assert f"{package}: {version(package)}" in lines
    assert f"built-in {NAME}: ok" in lines
    assert any(line.startswith(f"cache: {home} (") for line in lines)
    assert not home.exists()  # looking leaves no traces


def test_missing_extras_are_told_with_the_remedy(
    run: Run, built_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> str:
        if name in packages_of(TRAIN):
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr("importlib.metadata.version", missing)
    result = run("doctor")
    assert result.exit_code == 0
    remedy = install_command()
    for package in packages_of(TRAIN):
        assert f"{package}: not installed ({remedy})" in result.stdout
    assert f"GPU for training: TensorFlow is not installed ({remedy})" in result.stdout


@pytest.mark.parametrize(
    ("providers", "line"),
    [
        (["CPUExecutionProvider"], "GPU for pipelines: device 'gpu' is not available"),
        (["CUDAExecutionProvider", "CPUExecutionProvider"], "available through CUDA"),
    ],
)
def test_the_gpu_of_onnx_runtime_is_reported(
    monkeypatch: pytest.MonkeyPatch, providers: list[str], line: str
) -> None:
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: providers)
    assert line in f"GPU for pipelines: {doctor._runtime_gpu()}"


@pytest.mark.parametrize(
    ("gpus", "cuda", "driver", "line"),
    [
        (["gpu0"], True, True, "Fast Card"),
        ([], False, True, f"none: TensorFlow for {sys.platform} is built without CUDA"),
        ([], True, False, "none: no NVIDIA driver (nvidia-smi not found)"),
        ([], True, True, 'none: TensorFlow cannot find CUDA; pip install "tensorflow[and-cuda]"'),
    ],
)
def test_why_tensorflow_has_no_gpu_is_told(
    monkeypatch: pytest.MonkeyPatch, gpus: list[str], cuda: bool, driver: bool, line: str
) -> None:
    details = SimpleNamespace(get_device_details=lambda gpu: {"device_name": "Fast Card"})
    tensorflow = SimpleNamespace(
        config=SimpleNamespace(list_physical_devices=lambda kind: gpus, experimental=details),
        test=SimpleNamespace(is_built_with_cuda=lambda: cuda),
    )
    monkeypatch.setattr(doctor, "find_spec", lambda name: "there")
    monkeypatch.setattr(doctor, "require_tensorflow", lambda purpose: tensorflow)
    monkeypatch.setattr("shutil.which", lambda name: "/bin/nvidia-smi" if driver else None)
    assert doctor._training_gpu() == line


def test_a_damaged_built_in_model_is_code_5(run: Run, built_in: Path) -> None:
    (built_in / "model.onnx").write_bytes(b"damaged")
    result = run("doctor")
    assert result.exit_code == 5
    assert f"built-in {NAME}: {built_in}/model.onnx: the checksum differs" in result.stdout


def test_a_built_in_model_that_is_not_there_is_code_5(run: Run, built_in: Path) -> None:
    built_in.rename(built_in.with_name("other"))
    result = run("doctor")
    assert result.exit_code == 5
    assert f"built-in {NAME}: {built_in}: not a bundle" in result.stdout
    assert "built-in other: ok" in result.stdout
