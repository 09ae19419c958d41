from __future__ import annotations

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import load
from pipelines.image_classification import ImageClassification
from pipelines.image_classification.similarity import ImageSimilarity

COLOURS = {"red": (250, 0, 0), "dark red": (90, 0, 0), "orange": (250, 120, 0), "blue": (0, 0, 250)}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name, colour in COLOURS.items():
        Image.new("RGB", (8, 8), colour).save(tmp_path / f"{name}.png")
    return [str(tmp_path / f"{name}.png") for name in COLOURS]


@pytest.fixture
def similar(pooled_bundle: Path, files: list[str]) -> ImageSimilarity:
    classify: ImageClassification = load(pooled_bundle, device="cpu")
    return ImageSimilarity(classify.inspection(), files, classify.embed(files))


def names(result: object) -> list[str]:
    return [Path(image.file).stem for image in result.similar]  # type: ignore[attr-defined]


def test_the_most_similar_come_first_with_their_cosines(similar: ImageSimilarity) -> None:
    found = similar(np.full((8, 8, 3), (200, 0, 0), np.uint8)).similar
    assert [Path(image.file).stem for image in found] == ["red", "dark red", "orange", "blue"]
    cosines = [image.similarity for image in found]
    np.testing.assert_allclose(cosines, [1, 1, 250 / np.hypot(250, 120), 0], atol=1e-5)
    assert max(cosines) <= 1.0


def test_the_query_itself_is_left_out_by_any_path_to_it(
    similar: ImageSimilarity, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names(similar(files[0])) == ["dark red", "orange", "blue"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.png").symlink_to(files[0])
    for path in ("red.png", Path("red.png"), "./red.png", "link.png"):
        assert names(similar(path)) == ["dark red", "orange", "blue"]
    content = io.BytesIO(Path(files[0]).read_bytes())
    assert names(similar(content)) == ["red", "dark red", "orange", "blue"]


def test_top_may_be_more_than_there_are(similar: ImageSimilarity, files: list[str]) -> None:
    assert names(similar(files[0], top=1)) == ["dark red"]
    assert len(similar(files[0], top=100).similar) == 3


def test_black_has_no_direction_and_is_like_nothing(similar: ImageSimilarity) -> None:
    found = similar(np.zeros((8, 8, 3), np.uint8)).similar
    assert [image.similarity for image in found] == [0.0] * 4


def test_it_streams_and_can_be_pickled(similar: ImageSimilarity, files: list[str]) -> None:
    alone = [str(similar(file)) for file in files]
    assert [str(result) for result in similar.stream(files, batch_size=3)] == alone
    other = pickle.loads(pickle.dumps(similar))
    assert str(other(files[2])) == alone[2]
