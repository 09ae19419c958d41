"""Bundles: found in the promised order, and never trusted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines import load
from pipelines.bundle.folder import BUILT_IN, find, home, installed, open_bundle
from pipelines.catalogue import TASKS
from pipelines.errors import BundleError, ConfigurationError

MakeBundle = Callable[..., Path]
RECORD = {"sha256": "0" * 64, "size_bytes": 1}


def test_an_intact_bundle_opens_reads_and_verifies(tiny_bundle: Path) -> None:
    bundle = open_bundle(tiny_bundle)
    bundle.verify()
    assert (bundle.name, bundle.task) == ("tiny", "image-classification")
    assert bundle.read_text("labels.txt").splitlines()[0] == "red\tid-red"
    files = [path for path in tiny_bundle.rglob("*") if path.is_file()]
    manifest_bytes = (tiny_bundle / "bundle.json").stat().st_size
    assert bundle.size_bytes == sum(path.stat().st_size for path in files) - manifest_bytes


@pytest.mark.parametrize("file", ["model.onnx", "labels.txt", "README.md", "example/input.png"])
def test_a_changed_file_is_never_used(tiny_bundle: Path, file: str) -> None:
    content = bytearray((tiny_bundle / file).read_bytes())
    content[-1] ^= 1
    (tiny_bundle / file).write_bytes(content)
    bundle = open_bundle(tiny_bundle)
    for use in (lambda: bundle.read(file), bundle.verify):
        with pytest.raises(BundleError, match=f"{file}: the checksum differs"):
            use()


def test_a_missing_file_is_named(tiny_bundle: Path) -> None:
    (tiny_bundle / "model.onnx").unlink()
    with pytest.raises(BundleError, match=r"model\.onnx: cannot be read \(No such file"):
        open_bundle(tiny_bundle).verify()


def test_a_file_outside_the_manifest_is_not_read(tiny_bundle: Path) -> None:
    (tiny_bundle / "extra.txt").write_text("not sealed")
    with pytest.raises(BundleError, match=r"the bundle has no 'extra\.txt'"):
        open_bundle(tiny_bundle).read("extra.txt")


def test_a_newer_format_asks_for_an_upgrade(make_bundle: MakeBundle) -> None:
    with pytest.raises(BundleError, match=r"format version 2 is newer than 1.*upgrade dltasks"):
        open_bundle(make_bundle(format_version=2))


@pytest.mark.parametrize("version", [None, 0, -1, "1", 1.0])
def test_a_manifest_without_a_format_version_is_foreign(
    make_bundle: MakeBundle, version: Any
) -> None:
    with pytest.raises(BundleError, match="not a dltasks bundle"):
        open_bundle(make_bundle(format_version=version))


@pytest.mark.parametrize("text", ["{}", "[]", "3", '"bundle"', "null", '{"version": 1}'])
def test_foreign_json_is_no_bundle(tmp_path: Path, text: str) -> None:
    (tmp_path / "bundle.json").write_text(text)
    with pytest.raises(BundleError, match="not a dltasks bundle"):
        open_bundle(tmp_path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"PK\x03\x04", b"[" * 100_000])
def test_what_is_not_json_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bundle.json").write_bytes(content)
    with pytest.raises(BundleError, match="not JSON"):
        open_bundle(tmp_path)


@pytest.mark.parametrize("key", ["name", "task", "config", "preprocessing", "files"])
def test_a_manifest_without_a_required_entry_is_refused(tiny_bundle: Path, key: str) -> None:
    manifest = json.loads((tiny_bundle / "bundle.json").read_text())
    del manifest[key]
    (tiny_bundle / "bundle.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match=f"{key}.*missing or malformed"):
        open_bundle(tiny_bundle)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 3},
        {"task": ["image-classification"]},
        {"task": None},
        {"config": []},
        {"preprocessing": "8 x 8"},
        {"metrics": {}},
        {"licence": None},
        {"files": []},
        {"files": {"model.onnx": None}},
        {"files": {"model.onnx": "0" * 64}},
        {"files": {"model.onnx": {"sha256": "0" * 64}}},
        {"files": {"model.onnx": {"sha256": "0" * 64, "size_bytes": "large"}}},
        {"files": {"model\0.onnx": RECORD}},
    ],
    ids=str,
)
def test_a_malformed_manifest_is_refused(make_bundle: MakeBundle, changes: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match=r"bundle\.json: .*damaged, get the model again"):
        open_bundle(make_bundle(**changes))


def test_an_unknown_task_asks_for_an_upgrade(make_bundle: MakeBundle) -> None:
    with pytest.raises(BundleError, match=r"'mind-reading' is not one of.*upgrade dltasks"):
        open_bundle(make_bundle(task="mind-reading"))


def test_entries_of_the_manifest_that_are_not_known_are_skipped(make_bundle: MakeBundle) -> None:
    assert open_bundle(make_bundle(notes="for people", path="/etc")).path.name == "tiny"


@pytest.mark.parametrize(
    "file",
    ["../secret", "example/../../secret", "/etc/passwd", "..\\secret", "C:/secret", "a/..", ".."],
)
def test_paths_cannot_leave_the_bundle(make_bundle: MakeBundle, file: str) -> None:
    with pytest.raises(BundleError, match="leaves the bundle's folder"):
        open_bundle(make_bundle(files={file: RECORD}))


def test_links_cannot_leave_the_bundle(tiny_bundle: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    shutil.copy(tiny_bundle / "labels.txt", outside)
    (tiny_bundle / "labels.txt").unlink()
    (tiny_bundle / "labels.txt").symlink_to(outside)  # with the right checksum
    with pytest.raises(BundleError, match=r"'labels\.txt' leaves the bundle's folder"):
        open_bundle(tiny_bundle)


def test_a_path_goes_before_a_pulled_and_a_built_in_model(
    make_bundle: MakeBundle, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "imagenet-efficientnet-lite0"
    assert find(name).path == BUILT_IN / name
    pulled = make_bundle(home / "models" / name)
    assert find(name).path == pulled
    make_bundle(tmp_path / "here" / name)
    monkeypatch.chdir(tmp_path / "here")
    assert find(name).path == Path(name)


def test_a_folder_without_a_manifest_does_not_hide_an_installed_model(
    make_bundle: MakeBundle, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulled = make_bundle(home / "models" / "flowers")
    (tmp_path / "flowers").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find("flowers").path == pulled


def test_what_is_no_model_is_named_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"model 'nobody' is neither.*models list"):
        find("nobody")
    with pytest.raises(BundleError, match=r"not a bundle, there is no bundle\.json"):
        find(tmp_path)


def test_installed_models_are_pulled_ones_then_built_in_ones(
    make_bundle: MakeBundle, home: Path
) -> None:
    built_in = list(installed())
    pulled = [make_bundle(home / "models" / name) for name in ("a", "b")]
    assert list(installed()) == [*pulled, *built_in]
    assert {folder.name for folder in built_in} >= {task.default_bundle for task in TASKS.values()}


def test_the_home_folder_is_where_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DLTASKS_HOME", "~/elsewhere")
    assert home() == tmp_path / "elsewhere"
    monkeypatch.delenv("DLTASKS_HOME")
    assert home() == tmp_path / ".cache" / "dltasks"


def test_an_unknown_home_folder_has_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLTASKS_HOME", "~nobody-of-that-name/models")
    with pytest.raises(ConfigurationError, match="no such home folder; set DLTASKS_HOME"):
        home()


def test_a_model_is_loaded_by_task_by_name_and_by_folder(
    make_bundle: MakeBundle, home: Path
) -> None:
    folder = make_bundle(home / "models" / "tiny")
    for model in ("tiny", folder, str(folder)):
        assert load(model).bundle.path == folder
    assert load("image-classification").bundle.path.parent == BUILT_IN


def test_a_model_for_another_task_is_refused(tiny_bundle: Path) -> None:
    with pytest.raises(BundleError, match="is for image-classification, not for translation"):
        load(tiny_bundle, task="translation")
