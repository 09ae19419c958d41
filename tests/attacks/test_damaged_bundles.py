"""Damaged and hostile files of bundles: only our errors come out, at once."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result

from dltasks.export.weights import read_weights
from pipelines import load
from pipelines.bundle.folder import BUILT_IN, MANIFEST, open_bundle
from pipelines.bundle.verification import verify
from pipelines.errors import BundleError, DltasksError
from tests.bundles import write_bundle_files

SMALL = ("speech-digits-en", "everyday-en-es", "text-shakespeare", "imagenet-efficientnet-lite0")
READ_AT_RUN_TIME = {  # files, but for graphs
    "handwriting-latin": ("alphabet.txt", "language_model.npz"),
    "imagenet-efficientnet-lite0": ("labels.txt",),
    "speech-digits-en": ("alphabet.txt",),
    "speech-en-whisper-tiny": ("tokenizer.json",),
    "everyday-en-es": ("pieces.model",),
    "text-shakespeare": ("symbols.json",),
}
DEEP = b"[" * 100_000


def pickled() -> bytes:
    file = io.BytesIO()
    np.savez(file, weights=np.array([{"a": 1}], object))
    return file.getvalue()


def bomb() -> bytes:
    file = io.BytesIO()
    np.savez_compressed(file, weights=np.zeros(10_000_000, np.float32))
    return file.getvalue()


def promising() -> bytes:
    """An array that says of itself that it has 4 TB."""
    file = io.BytesIO()
    np.save(file, np.zeros(4, np.float32))
    head = file.getvalue()[:10]
    text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }"
    content = head[:8] + (118).to_bytes(2, "little") + text.ljust(117) + b"\n" + bytes(16)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("weights.npy", content)
    return archive.getvalue()


CONTENTS = {
    "empty": lambda content: b"",
    "cut off": lambda content: content[: len(content) // 2],
    "not UTF-8": lambda content: b"\xff\xfe" + content,
    "zeros": lambda content: bytes(len(content)),
    "deep JSON": lambda content: DEEP,
    "another kind of JSON": lambda content: b'{"a": [1, null, "\\ud800"]}',
    "pickled": lambda content: pickled(),
    "bomb": lambda content: bomb(),
    "promising": lambda content: promising(),
    "a byte changed": lambda content: (
        content[: len(content) // 3]
        + bytes([content[len(content) // 3] ^ 0x55])
        + content[len(content) // 3 + 1 :]
    ),
}


def reseal(name: str, folder: Path, file: str, content: bytes) -> Path:
    """Copy a built-in bundle with another file in it, and a checksum that fits."""
    known = json.loads((BUILT_IN / name / MANIFEST).read_bytes())
    contents = {key: (BUILT_IN / name / key).read_bytes() for key in known["files"]}
    contents[file] = content
    kept = {key: known[key] for key in ("config", "preprocessing")}
    return write_bundle_files(folder / name, known["task"], contents, **kept)


def answers_or_says(action: Callable[[], Any]) -> None:
    """Do something with a stranger's bundle: any of our errors will do, and no other."""
    message = ""
    try:
        action()
    except DltasksError as error:
        message = str(error)
    assert "\n" not in message


@pytest.mark.parametrize("fault", CONTENTS)
@pytest.mark.parametrize(
    ("name", "file"),
    [(name, file) for name, files in READ_AT_RUN_TIME.items() for file in files],
)
def test_a_damaged_file_is_one_of_our_errors(
    name: str, file: str, fault: str, tmp_path: Path
) -> None:
    content = (BUILT_IN / name / file).read_bytes()
    bundle = reseal(name, tmp_path, file, CONTENTS[fault](content))

    def use() -> None:
        pipeline = load(bundle, device="cpu")
        pipeline.options_class()
        if file == "language_model.npz":
            pipeline._family.language_model  # noqa: B018  read when it is first asked for

    answers_or_says(use)


@pytest.mark.parametrize("fault", CONTENTS)
@pytest.mark.parametrize("file", ["weights.npz", "weights.json"])
def test_damaged_weights_are_one_of_our_errors(file: str, fault: str, tmp_path: Path) -> None:
    content = (BUILT_IN / "speech-digits-en" / file).read_bytes()
    bundle = reseal("speech-digits-en", tmp_path, file, CONTENTS[fault](content))
    answers_or_says(lambda: read_weights(open_bundle(bundle)))


@pytest.mark.parametrize("fault", CONTENTS)
@pytest.mark.parametrize("file", ["example/output.json", "example/options.json", "README.md"])
def test_a_damaged_example_or_card_is_one_of_our_errors(
    file: str, fault: str, tmp_path: Path, run: Callable[..., Result]
) -> None:
    content = (BUILT_IN / "text-shakespeare" / file).read_bytes()
    bundle = reseal("text-shakespeare", tmp_path, file, CONTENTS[fault](content))
    answers_or_says(lambda: verify(open_bundle(bundle)))
    done = run("models", "show", bundle)
    assert done.exception is None or isinstance(done.exception, SystemExit)


VALUES = (-1, 0, 1, 10**9, 1e300, float("inf"), float("nan"), "", "x" * 1000, None, True, [], {})


def variants(settings: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give settings with another value in each place, and with each left out."""
    for key in settings:
        yield from ({**settings, key: value} for value in VALUES)
        yield {name: value for name, value in settings.items() if name != key}
    yield from ({}, {**settings, "surprise": 1})


@pytest.mark.parametrize("name", [*SMALL, "speech-en-whisper-tiny"])
@pytest.mark.parametrize("part", ["preprocessing", "config"])
def test_settings_of_any_value_are_used_or_refused(name: str, part: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(BUILT_IN / name, folder)
    manifest = json.loads((folder / MANIFEST).read_bytes())
    source = next((folder / "example").glob("input.*")).read_bytes()
    for settings in variants(manifest[part]):
        (folder / MANIFEST).write_text(json.dumps({**manifest, part: settings}))

        def use() -> None:
            pipeline = load(folder, device="cpu", threads=1)
            if part == "preprocessing" and name in SMALL:
                pipeline(source)

        answers_or_says(use)


@pytest.mark.parametrize("value", [{"a": 1}, [1], "text", 3, None])
def test_parts_of_the_manifest_of_another_kind_are_refused(value: Any, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    shutil.copytree(BUILT_IN / "text-shakespeare", folder)
    manifest = json.loads((folder / MANIFEST).read_bytes())
    for key in manifest:
        (folder / MANIFEST).write_text(json.dumps({**manifest, key: value}))
        answers_or_says(lambda: load(folder, device="cpu"))


def test_arrays_that_unpack_to_much_more_are_refused(tmp_path: Path) -> None:
    bundle = open_bundle(reseal("speech-digits-en", tmp_path, "weights.npz", bomb()))
    with pytest.raises(BundleError, match="40000128 bytes when they are unpacked"):
        bundle.read_arrays("weights.npz")
