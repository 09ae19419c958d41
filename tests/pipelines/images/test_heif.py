"""Photographs of iPhones are read if pi-heif is there, and named with the remedy if not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image

from pipelines.doubts import keep_doubts
from pipelines.errors import InputError, MissingDecoderError
from pipelines.images import SUFFIXES, ImagePreprocessing, open_image, read_image
from pipelines.images.heif import is_heif
from tests.heic import HEIC, HEIGHT, WIDTH
from tests.pipelines.test_images import encode

SIZE = ImagePreprocessing(HEIGHT, WIDTH)


def test_a_heic_is_read_whatever_its_name(tmp_path: Path) -> None:
    for name in ("photo.HEIC", "photo.jpg"):
        (tmp_path / name).write_bytes(HEIC)
        found = read_image(tmp_path / name, SIZE)
        assert found.shape == (HEIGHT, WIDTH, 3)
        assert 100 < found.mean() < 150
    with open_image(HEIC) as image:
        assert (image.format, image.size) == ("HEIF", (WIDTH, HEIGHT))
    assert {".heic", ".heif", ".hif"} < SUFFIXES


def test_without_the_package_the_file_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    (tmp_path / "photo.heic").write_bytes(HEIC)
    with pytest.raises(
        MissingDecoderError, match=r'photo\.heic: a HEIC needs pi-heif.*"dltasks\[heic\]"'
    ) as caught:
        read_image(tmp_path / "photo.heic", SIZE)
    assert isinstance(caught.value, InputError)  # the other inputs go on
    assert caught.value.exit_code == 4


def test_an_avif_is_not_taken_for_a_heic() -> None:
    avif = encode(Image.new("RGB", (8, 8)), "AVIF")
    assert not is_heif(avif)
    assert is_heif(HEIC)
    assert not is_heif(b"\0\0\0\x14ftypqt  \0\0\0\0qt  ")  # a film


def test_a_damaged_heic_is_one_clear_input_error() -> None:
    for damaged in (HEIC[:40], HEIC[:24], HEIC[:300]):
        with pytest.raises(InputError) as caught:
            read_image(damaged, SIZE)
        assert "\n" not in str(caught.value)


def test_a_heic_without_its_last_bytes_is_told_of_or_refused() -> None:
    with keep_doubts() as doubts:
        try:
            read_image(HEIC[:-5], SIZE)
        except InputError:
            return
    assert "truncated, 99% of it is there" in doubts[0]
