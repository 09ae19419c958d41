"""`models verify` notices a bundle that no longer gives what it gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.bundle.folder import open_bundle
from pipelines.bundle.verification import agree, verify
from pipelines.errors import BundleError
from tests.pipelines.image_classification.test_pipeline import reseal


def test_an_intact_bundle_verifies(tiny_bundle: Path) -> None:
    verify(open_bundle(tiny_bundle))


def test_a_damaged_file_that_the_example_does_not_use_is_found(tiny_bundle: Path) -> None:
    (tiny_bundle / "README.md").write_text("# tampered\n")
    with pytest.raises(BundleError, match=r"README\.md: the checksum differs"):
        verify(open_bundle(tiny_bundle))


def test_another_order_of_labels_is_found(tiny_bundle: Path) -> None:
    reseal(tiny_bundle, "labels.txt", b"blue\tid-blue\ngreen\tid-green\nred\tid-red\n")
    with pytest.raises(BundleError, match="its example no longer gives"):
        verify(open_bundle(tiny_bundle))


def test_other_scores_are_found(tiny_bundle: Path) -> None:
    result = json.loads((tiny_bundle / "example/output.json").read_text())
    result["labels"][0]["score"] -= 0.01
    reseal(tiny_bundle, "example/output.json", json.dumps(result).encode())
    with pytest.raises(BundleError, match="its example no longer gives"):
        verify(open_bundle(tiny_bundle))


@pytest.mark.parametrize("missing", ["example/input.png", "example/output.json"])
def test_a_bundle_without_its_example_does_not_verify(
    make_bundle: Callable[..., Path], missing: str
) -> None:
    folder = make_bundle()
    manifest = json.loads((folder / "bundle.json").read_text())
    del manifest["files"][missing]
    (folder / "bundle.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match=r"export (it|the model) again"):
        verify(open_bundle(folder))


def test_numbers_agree_within_rounding_and_the_rest_exactly() -> None:
    assert agree({"a": [0.5, "x", 3]}, {"a": [0.5005, "x", 3]})
    for other in ({"a": [0.51, "x", 3]}, {"a": [0.5, "y", 3]}, {"a": [0.5, "x"]}, {"b": []}, []):
        assert not agree({"a": [0.5, "x", 3]}, other)


def test_what_a_later_version_tells_besides_does_not_spoil_an_older_bundle() -> None:
    assert agree({"words": [{"text": "a"}]}, {"words": [{"text": "a", "box": [0, 0, 1, 1]}]})
    assert not agree({"words": [{"text": "a", "box": [0, 0, 1, 1]}]}, {"words": [{"text": "a"}]})
