"""Write bundles by hand, for tests that need one without training."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.graphs import make_classifier_graph


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


CALIBRATION = {
    "temperature": 2.0,
    "features": "features",
    "threshold": 0.9,
    "kept": 0.95,
    "validation_images": 40,
    "training_images": 100,
}


def write_calibrated(folder: Path, /, **changes: bytes) -> Path:
    """Write a bundle that takes plain red, green and blue for like its training, and no grey.

    Keywords are files that differ.
    """
    weights = np.eye(3) * 0.02
    means = io.BytesIO()
    np.savez(means, means=np.eye(3, dtype=np.float32))
    contents = {
        "calibration.json": json.dumps(CALIBRATION).encode(),
        "class_means.npz": means.getvalue(),
        **changes,
    }
    return write_classifier(folder, make_classifier_graph(weights.tolist()), contents)


def write_classifier(
    folder: Path, graph: bytes, further: Mapping[str, bytes] | None = None, /, **manifest: Any
) -> Path:
    """Write a bundle of a classifier of 8 x 8 pixels: red, green and blue."""
    labels = b"red\tid-red\ngreen\tid-green\nblue\n"
    contents = {"labels.txt": labels, "model.onnx": graph, **(further or {})}
    settings = {"preprocessing": {"height": 8, "width": 8}, **manifest}
    return write_bundle_files(folder, "image-classification", contents, **settings)
