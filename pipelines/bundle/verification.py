"""Check a bundle: every file is intact, and its example gives what it gave when sealed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from pipelines import load
from pipelines.bundle.folder import Bundle
from pipelines.errors import BundleError, DltasksError

EXAMPLE_INPUT = "example/input"
EXAMPLE_OPTIONS = "example/options.json"  # with which it was run; without it, the defaults
EXAMPLE_OUTPUT = "example/output.json"
TOLERANCE = 1e-3  # processors and versions of ONNX Runtime round differently


def verify(bundle: Bundle) -> None:
    """Check every file of a bundle and run its example.

    Raises:
        BundleError: a file is damaged, or the example fails or gives another result.
    """
    bundle.verify()
    expected = bundle.read_json(EXAMPLE_OUTPUT)
    try:
        found = run_example(load(bundle.path, device="cpu"))
    except DltasksError as error:
        raise BundleError(str(error)) from None
    if not agree(expected, found):
        raise BundleError(
            f"{bundle.path}: its example no longer gives {EXAMPLE_OUTPUT}; get the model again"
        )


def run_example(pipeline: Any) -> Any:
    """Run the example of a loaded bundle and give the result as plain values."""
    bundle = pipeline.bundle
    names = [name for name in bundle.files if name.startswith(f"{EXAMPLE_INPUT}.")]
    if not names:
        raise BundleError(f"{bundle.path}: it has no example; export it again")
    options = bundle.read_json(EXAMPLE_OPTIONS) if EXAMPLE_OPTIONS in bundle.files else {}
    if not isinstance(options, dict):
        raise BundleError(f"{bundle.path / EXAMPLE_OPTIONS}: no options; get the model again")
    return as_plain(pipeline(bundle.read(names[0]), **options))


def as_plain(result: Any) -> Any:
    """Give a result as it looks after a trip through JSON."""
    return json.loads(json.dumps(asdict(result)))


def agree(expected: Any, found: Any) -> bool:
    """Compare plain values: numbers may differ a little, and later versions may find out more."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() <= found.keys() and all(
            agree(value, found[key]) for key, value in expected.items()
        )
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(agree, expected, found))
    if isinstance(expected, float) and isinstance(found, float):
        return abs(expected - found) <= TOLERANCE
    return bool(expected == found)
