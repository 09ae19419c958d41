"""A picture that was saved again or resized is found; another picture of the same kind is not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageFilter

from dltasks.data.look_alikes import Look, find_copies, look_at
from pipelines.images import ImagePreprocessing, read_image

SIZE = ImagePreprocessing(height=32, width=32)


def make_picture(seed: int) -> Image.Image:
    """Make soft patches of colour, as photographs have them."""
    noise = np.random.default_rng(seed).integers(0, 255, (12, 9, 3)).astype(np.uint8)
    return Image.fromarray(noise).resize((180, 240)).filter(ImageFilter.GaussianBlur(3))


def look(picture: Image.Image, **saving: object) -> Look:
    file = io.BytesIO()
    picture.save(file, **{"format": "PNG", **saving})  # type: ignore[arg-type]
    return look_at(read_image(file.getvalue(), SIZE))


COPIES = {
    "saved again": lambda picture: look(picture, format="JPEG", quality=40),
    "smaller": lambda picture: look(picture.resize((90, 120)), format="JPEG"),
    "larger": lambda picture: look(picture.resize((360, 480))),
    "another format": lambda picture: look(picture, format="WEBP", quality=60),
}


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_in_another_split_is_found(kind: str) -> None:
    pictures = [make_picture(seed) for seed in range(6)]
    looks = [look(picture) for picture in pictures] + [COPIES[kind](pictures[2])]
    assert list(find_copies(looks, ["train"] * 6 + ["test"])) == [(6, 2)]
    assert list(find_copies(looks, [""] * 7)) == [(6, 2)]


def test_copies_in_one_named_split_are_no_leak() -> None:
    one = look(make_picture(1))
    assert list(find_copies([one, one], ["train", "train"])) == []


def test_the_first_of_several_is_named() -> None:
    one = look(make_picture(1))
    assert list(find_copies([one, one, one], ["", "", ""])) == [(1, 0), (2, 0)]


def test_other_pictures_and_the_same_in_other_colours_are_no_copies() -> None:
    picture = make_picture(1)
    red, green, blue = picture.split()
    changed = Image.merge("RGB", (blue, red, green))
    looks = [look(picture), look(changed), *(look(make_picture(seed)) for seed in range(2, 60))]
    assert list(find_copies(looks, ["train"] + ["test"] * 59)) == []


def test_plain_pictures_and_those_that_cannot_be_read_are_like_no_other() -> None:
    plain = look(Image.new("RGB", (64, 64), "white"))
    assert list(find_copies([plain, None, plain, None], ["train", "train", "test", "test"])) == []
