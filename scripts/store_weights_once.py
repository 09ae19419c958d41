"""Take out of bundles' weights.npz what their graphs hold too.

    python scripts/store_weights_once.py saved_models/*

Bundles that are sealed now are so from the beginning; this is for those of before. Graphs, examples
and all other files stay as they are, byte for byte; what training continues from does too.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import click
import numpy as np

from dltasks.export.places import from_json
from dltasks.export.weights import PLACES_FILE, WEIGHTS_FILE, pack_weights, read_weights
from pipelines.bundle.folder import MANIFEST, Bundle, open_bundle


def store_once(bundle: Bundle) -> None:
    """Write a bundle's weights anew, those that its graphs do not hold.

    Raises:
        BundleError: the bundle is damaged.
    """
    bundle.verify()
    before = read_weights(bundle)
    with np.load(io.BytesIO(bundle.read(WEIGHTS_FILE)), allow_pickle=False) as file:
        stored = {name: file[name] for name in file.files}
    graphs = {file: bundle.read(file) for file in bundle.files if file.endswith(".onnx")}
    known = from_json(json.loads(bundle.read(PLACES_FILE))) if PLACES_FILE in bundle.files else {}
    files = pack_weights(stored, graphs, known)
    manifest = json.loads((bundle.path / MANIFEST).read_text(encoding="utf-8"))
    for file, content in files.items():
        (bundle.path / file).write_bytes(content)
        record = {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}
        manifest["files"][file] = record
    manifest["files"] = dict(sorted(manifest["files"].items()))
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (bundle.path / MANIFEST).write_text(text, encoding="utf-8")
    after = read_weights(open_bundle(bundle.path))
    assert list(after) == list(before)
    assert all(after[name].tobytes() == array.tobytes() for name, array in before.items())


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
def main(folders: tuple[Path, ...]) -> None:
    """Convert the bundles in FOLDERS, in place; other folders are left alone."""
    for folder in folders:
        if not (folder / MANIFEST).is_file():
            continue
        before = open_bundle(folder)
        store_once(before)
        after = open_bundle(folder)
        after.verify()
        sizes = [bundle.files[WEIGHTS_FILE].size_bytes / 1e6 for bundle in (before, after)]
        click.echo(
            f"{after.name}: {WEIGHTS_FILE} {sizes[0]:.2f} -> {sizes[1]:.2f} MB, "
            f"in all {before.size_bytes / 1e6:.2f} -> {after.size_bytes / 1e6:.2f} MB"
        )


if __name__ == "__main__":
    main()
