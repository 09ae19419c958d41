"""Write bundles by hand, for tests that need one without training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_bundle_files(
    folder: Path, task: str, contents: Mapping[str, bytes], /, **manifest: Any
) -> Path:
    """Write a bundle's files and a manifest that names them; keywords are further entries of it."""
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    files = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
        for name, content in contents.items()
    }
    known = {"format_version": 1, "name": folder.name, "task": task, "config": {}, "files": files}
    text = json.dumps({**known, **manifest})
    (folder / "bundle.json").write_text(text, encoding="utf-8")
    return folder


def write_classifier(folder: Path, graph: bytes, /, **manifest: Any) -> Path:
    """Write a bundle of a classifier of 8 x 8 pixels: red, green and blue."""
    contents = {"labels.txt": b"red\tid-red\ngreen\tid-green\nblue\n", "model.onnx": graph}
    settings = {"preprocessing": {"height": 8, "width": 8}, **manifest}
    return write_bundle_files(folder, "image-classification", contents, **settings)
