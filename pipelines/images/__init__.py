"""Photographs to arrays. Training calls these same functions, so both see the same pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

from pipelines.images.documents import DOCUMENT_SUFFIXES, DocumentPage, only_page, open_pages
from pipelines.images.files import (
    SUFFIXES,
    WRITTEN_SUFFIXES,
    ImageSource,
    LazyPicture,
    describe,
    open_image,
    shrink_large_jpeg,
)
from pipelines.images.pixels import to_grey, to_rgb
from pipelines.settings import Settings, setting

__all__ = [
    "DOCUMENT_SUFFIXES",
    "SUFFIXES",
    "WRITTEN_SUFFIXES",
    "Crop",
    "DocumentPage",
    "ImagePreprocessing",
    "ImageSource",
    "LazyPicture",
    "Page",
    "describe",
    "find_crop",
    "open_image",
    "open_pages",
    "read_image",
    "read_page",
    "read_photograph",
    "resize",
    "shrink_large_jpeg",
    "to_rgb",
]

Interpolation = Literal["bilinear", "bicubic", "lanczos"]

# Decoding a JPEG at a fraction of its size is many times faster; twice the target keeps the detail.
DRAFT_MARGIN = 2
LARGEST_SIDE = 2048  # pixels of a network's input


@dataclass(frozen=True)
class ImagePreprocessing(Settings):
    """How a photograph becomes the network's input; sealed in the bundle.

    Attributes:
        height: of the result, in pixels.
        width: of the result, in pixels.
        crop_fraction: the part of the largest centred crop of the result's shape that is kept.
        interpolation: the resampling filter.
    """

    height: int = setting(minimum=1, maximum=LARGEST_SIDE)
    width: int = setting(minimum=1, maximum=LARGEST_SIDE)
    crop_fraction: float = setting(1.0, minimum=0.01, maximum=1.0)
    interpolation: Interpolation = setting("bicubic")


def read_image(source: ImageSource, preprocessing: ImagePreprocessing) -> np.ndarray:
    """Decode an image, turn it upright, crop its centre and resize it.

    Args:
        source: a path, the bytes of a file, a binary file object, a Pillow image, or a uint8 array
            [height, width], [height, width, 3] or [height, width, 4].
        preprocessing: the shape of the result and how to get there.

    Returns:
        uint8 [preprocessing.height, preprocessing.width, 3], RGB.

    Raises:
        InputError: the source cannot be read, is not an image, is truncated, or is too large.
    """
    return resize(read_photograph(source, preprocessing), preprocessing)


def read_photograph(source: ImageSource, preprocessing: ImagePreprocessing) -> Image.Image:
    """Decode an image and turn it upright, as `read_image` does before it crops.

    Returns:
        The whole photograph in RGB, possibly smaller, but with no less than the network needs.

    Raises:
        InputError: see `read_image`.
    """
    # The longer side, both ways: the photograph may lie on its side until it is turned.
    side = max(preprocessing.width, preprocessing.height) * DRAFT_MARGIN
    with open_image(source) as image:
        image.draft("RGB", (side, side))
        return to_rgb(image, describe(source), smallest_side=side)


def resize(image: Image.Image, preprocessing: ImagePreprocessing) -> np.ndarray:
    """Crop the centre of an RGB image and resize it to uint8 [height, width, 3]."""
    resized = image.resize(
        (preprocessing.width, preprocessing.height),
        Image.Resampling[preprocessing.interpolation.upper()],
        box=find_crop(image.size, preprocessing),
        reducing_gap=3.0,  # Pillow's value for "as good as without"
    )
    return np.asarray(resized)


class Crop(NamedTuple):
    """The edges of a part of a picture, in pixels from its left and its top."""

    left: float
    top: float
    right: float
    bottom: float


def find_crop(size: tuple[int, int], preprocessing: ImagePreprocessing) -> Crop:
    """Find the part of a picture of this width and height that `resize` keeps."""
    width, height = size
    scale = min(width / preprocessing.width, height / preprocessing.height)
    # min: 224 * (225 / 224) is a hair more than 225, and Pillow refuses a box that sticks out
    crop_width = min(preprocessing.width * scale * preprocessing.crop_fraction, width)
    crop_height = min(preprocessing.height * scale * preprocessing.crop_fraction, height)
    left, top = (width - crop_width) / 2, (height - crop_height) / 2
    return Crop(left, top, left + crop_width, top + crop_height)


class Page(NamedTuple):
    """A picture of writing.

    Attributes:
        picture: upright, 8-bit RGB or grey, transparent parts on white.
        factor: by which it is smaller than the file's, where that is a JPEG of very many pixels.
    """

    picture: Image.Image
    factor: int

    @property
    def grey(self) -> Image.Image:
        """The picture in grey."""
        return self.picture if self.picture.mode == "L" else self.picture.convert("L")

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the file's picture, in pixels."""
        return (self.picture.width * self.factor, self.picture.height * self.factor)


def read_page(source: ImageSource, *, colours: bool = False) -> Page:
    """Decode a picture of writing, in grey or in colours.

    Raises:
        InputError: the source cannot be read as an image, or it is a file of several pages, of
            which all but the first would be lost; see `open_pages`.
        MissingExtraError: a PDF needs pypdfium2, which is not installed.
    """
    name = describe(source)
    with open_image(only_page(source)) as image:
        factor = shrink_large_jpeg(image)
        return Page(to_rgb(image, name) if colours else to_grey(image, name), factor)
