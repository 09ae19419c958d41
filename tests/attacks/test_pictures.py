"""Small files of huge pictures: refused, or read in little memory."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image

from pipelines.errors import ConfigurationError, InputError
from pipelines.images import (
    ImagePreprocessing,
    files,
    metadata,
    open_image,
    pixels,
    read_image,
    read_page,
)

SMALL = ImagePreprocessing(8, 8)
SIDE = 7_000  # pixels; 49 million in all, just under the limit
MOST_MEGABYTES = 400
READ = """
import sys
import numpy, scipy.ndimage
from PIL import Image
from pipelines.images import ImagePreprocessing, read_page, read_image

def peak():  # megabytes; the one that getrusage gives may be the parent's
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) // 1024

reader, path = sys.argv[1:]
read_image(Image.new("RGB", (8, 8)), ImagePreprocessing(8, 8))
before = peak()
if reader == "image":
    assert read_image(path, ImagePreprocessing(224, 224)).shape == (224, 224, 3)
else:
    read_page(path)
print(peak() - before)
"""


def save(picture: Image.Image, path: Path, **options: object) -> Path:
    picture.save(path, **options)  # type: ignore[arg-type]
    return path


HUGE: dict[str, Callable[[Path], Path]] = {
    "rgba.png": lambda path: save(Image.new("RGBA", (SIDE, SIDE), (9, 9, 9, 99)), path),
    "palette.png": lambda path: save(
        Image.new("P", (SIDE, SIDE)), path, transparency=0, compress_level=1
    ),
    "grey16.png": lambda path: save(Image.new("I;16", (SIDE, SIDE), 999), path),
    "float.tif": lambda path: save(
        Image.new("F", (SIDE, SIDE), 0.5), path, compression="tiff_deflate"
    ),
    "turned.png": lambda path: save(
        Image.new("RGB", (SIDE, SIDE)), path, exif=turned(), compress_level=1
    ),
    "large.jpg": lambda path: save(Image.new("RGB", (12_000, 16_000)), path, exif=turned()),
    "half.webp": lambda path: save(Image.new("RGB", (SIDE // 2, SIDE)), path, method=0),
    "half.avif": lambda path: save(Image.new("RGB", (SIDE // 2, SIDE)), path, speed=10),
    "third.jp2": lambda path: save(Image.new("RGB", (SIDE // 3, SIDE)), path),
    "half.jpg": lambda path: save(Image.new("RGB", (SIDE // 2, SIDE)), path, progressive=True),
}


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[metadata.ORIENTATION] = 6
    return exif


@pytest.mark.parametrize("reader", ["image", "page"])
@pytest.mark.parametrize("name", HUGE)
def test_a_huge_picture_is_read_in_little_memory(name: str, reader: str, tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("memory is counted in another way")
    path = HUGE[name](tmp_path / name)
    command = [sys.executable, "-c", READ, reader, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < MOST_MEGABYTES


@pytest.mark.parametrize("ending", ["png", "gif", "tif", "bmp", "webp", "avif", "jp2"])
def test_more_pixels_than_the_limit_are_refused(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_PIXELS", 100)
    path = save(Image.new("L", (101, 1)), tmp_path / f"a.{ending}")
    for read in (lambda: read_image(path, SMALL), lambda: read_page(path)):
        with pytest.raises(InputError, match=r"101 x 1 pixels are more than (100|50|33); "):
            read()


def test_a_progressive_jpeg_is_held_in_memory_and_has_the_smaller_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "MOST_PIXELS", 100)
    for progressive in (False, True):
        file = io.BytesIO()
        Image.new("RGB", (20, 20)).save(file, "JPEG", progressive=progressive)
        if progressive:
            with pytest.raises(InputError, match="refused"):
                open_image(file.getvalue())
        else:
            open_image(file.getvalue()).close()


def test_the_limit_is_set_in_the_environment(
    run: Callable[..., Result], make_image: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_image("a.png", size=(20, 20))
    monkeypatch.setenv(files.MOST_PIXELS_VARIABLE, "399")
    done = run("classify", path)
    assert done.exit_code == 3
    assert done.stderr == (
        f"Error: {path}: refused, 20 x 20 pixels are more than 399; make it smaller, "
        "or set DLTASKS_MAX_PIXELS if you trust it\n"
    )
    monkeypatch.setenv(files.MOST_PIXELS_VARIABLE, "400")
    assert run("classify", path).exit_code == 0
    for value in ("0", "-1", "many"):
        monkeypatch.setenv(files.MOST_PIXELS_VARIABLE, value)
        with pytest.raises(ConfigurationError, match=f"DLTASKS_MAX_PIXELS '{value}' is not"):
            open_image(path)


MODES = ("L", "LA", "RGB", "RGBA", "P", "1", "CMYK", "I", "I;16", "F")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("orientation", [1, 6])
def test_bands_give_the_same_pixels(
    mode: str, orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (70, 50, 4), np.uint8)
    picture = Image.fromarray(noise, "RGBA")
    if mode in ("I", "I;16", "F"):
        picture = Image.fromarray(noise[..., 0].astype(np.uint16) * 257).convert("I")
    picture = picture.convert("RGB").quantize(8) if mode == "P" else picture.convert(mode)
    if mode == "I":
        picture.format = "PPM"  # whose white is 65,535
    if mode == "F":
        picture = Image.fromarray(np.asarray(picture) / np.float32(65535))
    if mode == "P":
        picture.info["transparency"] = 3
    exif = Image.Exif()
    exif[metadata.ORIENTATION] = orientation
    picture.info["exif"] = exif.tobytes()
    whole = pixels.to_rgb(picture), pixels.to_grey(picture)
    assert whole[0].size == ((50, 70) if orientation == 1 else (70, 50))
    monkeypatch.setattr(pixels, "LARGE", 100)
    monkeypatch.setattr(pixels, "BAND_ROWS", 16)
    in_bands = pixels.to_rgb(picture), pixels.to_grey(picture)
    for one, other in zip(whole, in_bands, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))
    smaller = pixels.to_rgb(picture, smallest_side=25)
    assert min(smaller.size) == 25
    expected = whole[0].reduce(2)
    np.testing.assert_allclose(np.asarray(smaller), np.asarray(expected), atol=1)


def test_boxes_are_in_the_pixels_of_a_large_jpeg(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipelines import load

    path = tmp_path / "page.jpg"
    with Image.open(Path(__file__).parents[2] / "examples" / "linea.png") as line:
        page = Image.new("RGB", (line.width, 4 * line.height), "white")
        page.paste(line, (0, 0))
        page.paste(line, (0, 2 * line.height))
        page.resize((2 * page.width, 2 * page.height)).save(path, quality=95)
    read = load("handwriting", device="cpu")
    whole = read(path, layout="page")
    monkeypatch.setattr(files, "MOST_PIXELS", page.width * page.height)
    smaller = read(path, layout="page")
    assert len(whole.lines) == len(smaller.lines) == 2
    for one, other in zip(whole.lines, smaller.lines, strict=True):
        np.testing.assert_allclose(one.box, other.box, atol=8)
