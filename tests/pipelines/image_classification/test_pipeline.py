"""The image classifier, on a tiny model and on the built-in one."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import pipelines
from pipelines import load
from pipelines.base import Failure
from pipelines.errors import BundleError, ConfigurationError, DltasksError, InputError
from pipelines.image_classification import ImageClassification

CATS = {"tabby", "tiger cat", "Persian cat", "Siamese cat", "Egyptian cat"}


@pytest.fixture
def tiny(tiny_bundle: Path) -> ImageClassification:
    return load(tiny_bundle, device="cpu", threads=2)


def plain(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((10, 12, 3), (red, green, blue), np.uint8)


def test_labels_come_best_first_with_identifiers_and_probabilities(
    tiny: ImageClassification,
) -> None:
    labels = tiny(plain(0, 200, 100)).labels
    assert [label.name for label in labels] == ["green", "blue", "red"]
    assert [label.identifier for label in labels] == ["id-green", "id-blue", "id-red"]
    expected = np.exp([4.0, 2.0, 0.0]) / np.exp([4.0, 2.0, 0.0]).sum()
    np.testing.assert_allclose([label.score for label in labels], expected, rtol=1e-5)


def test_top_k_may_be_more_than_the_classes_but_not_none(tiny: ImageClassification) -> None:
    assert len(tiny(plain(9, 0, 0), top_k=1).labels) == 1
    assert len(tiny(plain(9, 0, 0), top_k=50).labels) == 3
    for use in (lambda: tiny(plain(9, 0, 0), top_k=0), lambda: tiny.stream([], top_k=-1)):
        with pytest.raises(ConfigurationError, match="is too small; the minimum is 1"):
            use()


def test_of_several_labels_all_that_pass_their_thresholds_are_given(
    make_bundle: Callable[..., Path],
) -> None:
    # The scores of plain(0, 200, 100): red 0.016, green 0.867, blue 0.117.
    def labels(*thresholds: float, **options: int) -> list[str]:
        files = {"thresholds.json": json.dumps(thresholds).encode()}
        found = load(make_bundle(further=files), device="cpu")(plain(0, 200, 100), **options)
        return [label.name for label in found.labels]

    assert labels(0.5, 0.5, 0.1) == ["green", "blue"]
    assert labels(0.01, 0.9, 0.1) == ["blue", "red"]
    assert labels(0.5, 0.9, 0.5) == []
    assert labels(0.5, 0.9, 0.5, top_k=2) == ["green", "blue"]


def test_a_result_without_a_label_says_so(make_bundle: Callable[..., Path]) -> None:
    files = {"thresholds.json": b"[1, 1, 1]"}
    found = load(make_bundle(further=files), device="cpu")(plain(7, 7, 7))
    assert str(found) == "no label passes its threshold"


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[0.5, 0.5]", b'[0.5, 0.5, "x"]', b"[0.5, 0.5, 1.5]", b"[0, 1, NaN]"]
)
def test_damaged_thresholds_are_named(content: bytes, make_bundle: Callable[..., Path]) -> None:
    with pytest.raises(BundleError, match=r"thresholds\.json.*get the model again"):
        load(make_bundle(further={"thresholds.json": content}), device="cpu")


def test_equal_scores_keep_the_order_of_the_labels(tiny: ImageClassification) -> None:
    assert [label.name for label in tiny(plain(7, 7, 7)).labels] == ["red", "green", "blue"]


@pytest.mark.parametrize("batch_size", [1, 2, 3, 9])
def test_scores_do_not_depend_on_the_batch_size(tiny: ImageClassification, batch_size: int) -> None:
    random = np.random.default_rng(0)
    images = [random.integers(0, 256, (9, 11, 3), np.uint8) for _ in range(9)]
    streamed = list(tiny.stream(images, batch_size=batch_size))
    for image, found in zip(images, streamed, strict=True):
        alone = tiny(image)
        assert [label.name for label in found.labels] == [label.name for label in alone.labels]
        np.testing.assert_allclose(
            [label.score for label in found.labels],
            [label.score for label in alone.labels],
            rtol=1e-5,
        )


def test_a_stream_puts_a_failure_in_the_place_of_a_bad_image(
    tiny: ImageClassification, make_image: Callable[..., Path]
) -> None:
    sources = [make_image("red.png"), b"words", make_image("blue.png", "blue")]
    results = list(tiny.stream(sources, on_error="return", batch_size=2))
    assert [results[index].labels[0].name for index in (0, 2)] == ["red", "blue"]
    assert isinstance(results[1], Failure)
    with pytest.raises(InputError, match="<bytes>: not an image"):
        list(tiny.stream(sources, batch_size=2))


def test_scores_give_all_classes_of_all_images(tiny: ImageClassification) -> None:
    scores = tiny.scores([plain(200, 0, 0), plain(0, 0, 200)])
    assert (scores.shape, scores.dtype) == ((2, 3), np.float32)
    assert scores.argmax(axis=1).tolist() == [0, 2]
    assert tiny.scores([]).shape == (0, 3)


def reseal(folder: Path, file: str, content: bytes) -> None:
    """Change a file and its checksum."""
    (folder / file).write_bytes(content)
    manifest = json.loads((folder / "bundle.json").read_text())
    manifest["files"][file] = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
    }
    (folder / "bundle.json").write_text(json.dumps(manifest))


def test_labels_without_identifiers_are_fine(tiny_bundle: Path) -> None:
    reseal(tiny_bundle, "labels.txt", "rot\ngrün\nblau\n".encode())
    best = load(tiny_bundle)(plain(0, 200, 0)).labels[0]
    assert (best.name, best.identifier) == ("grün", "")


@pytest.mark.parametrize(
    ("labels", "message"),
    [(b"", "no classes in it"), (b"a\nb\n", "2 labels for 3"), (b"a\nb\nc\nd\n", "4 labels for 3")],
)
def test_labels_that_do_not_fit_the_network_are_refused(
    tiny_bundle: Path, labels: bytes, message: str
) -> None:
    reseal(tiny_bundle, "labels.txt", labels)
    with pytest.raises(BundleError, match=message):
        load(tiny_bundle)(plain(0, 200, 0))


@pytest.mark.parametrize("settings", [{}, {"height": 8}, {"height": 8, "width": 8, "colour": 1}])
def test_unusable_preprocessing_is_a_bundle_error(
    make_bundle: Callable[..., Path], settings: dict[str, int]
) -> None:
    with pytest.raises(BundleError, match="unusable preprocessing"):
        load(make_bundle(preprocessing=settings))


def test_preprocessing_that_does_not_fit_the_network_is_one_line(
    make_bundle: Callable[..., Path],
) -> None:
    pipeline = load(make_bundle(preprocessing={"height": 9, "width": 9}))
    with pytest.raises(DltasksError, match="ONNX Runtime cannot run it"):
        pipeline(plain(0, 200, 0))


def test_the_pipeline_class_is_found_where_the_package_promises_it() -> None:
    assert pipelines.ImageClassification is ImageClassification
    for name in pipelines.__all__:
        assert getattr(pipelines, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'MindReading'"):
        _ = pipelines.MindReading


@pytest.fixture(scope="module")
def built_in() -> ImageClassification:
    return load("image-classification", device="cpu")


@pytest.mark.parametrize(
    ("file", "names"),
    [("espresso.jpg", {"espresso"}), ("cat.jpg", CATS), ("rocket.jpg", {"missile"})],
)
def test_the_built_in_model_knows_the_examples(
    built_in: ImageClassification, photograph: Path, file: str, names: set[str]
) -> None:
    assert built_in(photograph.parent / file).labels[0].name in names


def test_the_built_in_model_gives_probabilities_of_1000_classes(
    built_in: ImageClassification, photograph: Path
) -> None:
    scores = built_in.scores([photograph])
    assert scores.shape == (1, 1000)
    np.testing.assert_allclose(scores.sum(), 1, rtol=1e-4)


def test_the_built_in_model_streams_what_it_says_alone(
    built_in: ImageClassification, photograph: Path
) -> None:
    paths = [photograph.parent / name for name in ("cat.jpg", "espresso.jpg", "rocket.jpg")]
    alone = [built_in(path).labels[0] for path in paths]
    streamed = [
        result.labels[0]
        for result in built_in.stream([io.BytesIO(path.read_bytes()) for path in paths])
    ]
    assert [label.name for label in streamed] == [label.name for label in alone]
    np.testing.assert_allclose(
        [label.score for label in streamed], [label.score for label in alone], atol=1e-5
    )
