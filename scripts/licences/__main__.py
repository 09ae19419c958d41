"""Add LICENSE.txt to the built-in bundles, and to their manifests."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from scripts.licences.texts import LICENCE_FILE, LICENCES, licence_of

BUILT_IN = Path(__file__).resolve().parents[2] / "saved_models"
MANIFEST = "bundle.json"


def add_licence(name: str) -> None:
    """Write the licence of a built-in bundle into its folder and its manifest."""
    folder, content = BUILT_IN / name, licence_of(name)
    (folder / LICENCE_FILE).write_bytes(content)
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    digest = hashlib.sha256(content).hexdigest()
    manifest["files"][LICENCE_FILE] = {"sha256": digest, "size_bytes": len(content)}
    manifest["files"] = dict(sorted(manifest["files"].items()))
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


for bundle in LICENCES:
    add_licence(bundle)
