"""Pictures of examples, as a report shows them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dltasks.evaluation.shown import Pictures, ShownExample
from dltasks.tasks.image_classification.looking import PIXELS, look
from pipelines import load


def _look(bundle: Path, source: Path, label: str | None = None) -> Pictures:
    (seen,) = look(load(bundle), [ShownExample(str(source), ("red",), (("red", 0.5),), label)])
    return seen


def _pixels(content: bytes | None) -> np.ndarray:
    assert content
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture, np.float32)


def _half_red_half_green(folder: Path, size: tuple[int, int] = (64, 64)) -> Path:
    picture = Image.new("RGB", size, "red")
    picture.paste((0, 255, 0), (size[0] // 2, 0, *size))
    path = folder / "half.png"
    picture.save(path)
    return path


@pytest.mark.parametrize(("label", "bright"), [("red", 0), ("green", 1)])
def test_the_map_is_of_the_label_that_is_looked_for(
    pooled_bundle: Path, tmp_path: Path, label: str, bright: int
) -> None:
    seen = _look(pooled_bundle, _half_red_half_green(tmp_path), label)
    halves = np.split(_pixels(seen.map)[:, :, 0], 2, axis=1)  # yellow is much, and has red in it
    light = [half[:, 20:-20].mean() for half in halves]
    assert light[bright] > light[1 - bright] + 20


def test_a_network_without_a_map_gives_the_photograph(hidden_bundle: Path, tmp_path: Path) -> None:
    seen = _look(hidden_bundle, _half_red_half_green(tmp_path))
    assert seen.map is None
    assert _pixels(seen.photograph)[10, 10] == pytest.approx((255, 0, 0), abs=12)


@pytest.mark.parametrize("size", [(1, 1), (900, 3), (3, 900), (640, 480)])
def test_pictures_of_any_shape_are_small_and_of_one_shape(
    pooled_bundle: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    seen = _look(pooled_bundle, _half_red_half_green(tmp_path, size))
    photograph, overlay = _pixels(seen.photograph), _pixels(seen.map)
    assert photograph.shape == overlay.shape
    assert max(photograph.shape[:2]) == PIXELS


def test_a_file_that_has_gone_has_no_picture(pooled_bundle: Path, tmp_path: Path) -> None:
    assert _look(pooled_bundle, tmp_path / "gone.png") == Pictures(None, None)


def test_notes_of_a_photograph_stay_out_of_the_report(pooled_bundle: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home"
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 64), "red").save(path, exif=exif, comment=b"at home")
    assert b"at home" in path.read_bytes()
    seen = _look(pooled_bundle, path)
    assert b"at home" not in (seen.photograph or b"") + (seen.map or b"")


def test_a_bundle_that_has_moved_gives_photographs_without_maps(
    pooled_bundle: Path, tmp_path: Path
) -> None:
    pipeline = load(pooled_bundle)
    pooled_bundle.rename(tmp_path / "elsewhere")
    example = ShownExample(str(_half_red_half_green(tmp_path)), ("red",), (("red", 0.5),))
    (seen,) = look(pipeline, [example])
    assert seen.photograph
    assert seen.map is None
