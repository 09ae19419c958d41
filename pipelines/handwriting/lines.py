"""Pictures of a line of text to arrays: ink on blank paper, level, cropped, of one height.

Training calls these same functions, so both see the same pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from pipelines.errors import InputError
from pipelines.handwriting.geometry import Affine, Box
from pipelines.images import ImageSource, describe, read_page
from pipelines.settings import Settings, setting

WIDTH_STEP = 4  # pixels a frame of the network; all widths are multiples, so that frames line up
WIDEST = 32_768  # pixels of a normalised line; 500 times its height is no line of writing
BRIGHTEST, DARKEST = (ImageFilter.MaxFilter(5),) * 2, (ImageFilter.MinFilter(5),) * 2
BODIES_A_LINE = 4  # heights of an "x" in the height of a line's picture
BODY_ON_GRID = 16  # pixels of the height of an "x" that is one pixel there
PAPER_GRID = 4  # the paper's brightness is estimated on an image so many times smaller
FAINTEST = 0.12  # darkness of the faintest ink worth stretching; below is a blank page's noise
STEEPEST = 0.12  # rise over run, 7 degrees: more is no line that a person would call level
SLOPES = np.linspace(-STEEPEST, STEEPEST, 25)
LONG_ENOUGH = 4  # width over height
INK = 0.3  # darkness, 0 to 1, from which a pixel counts as ink when the line is cropped
AFFINE = Image.Transform.AFFINE
CROP_MARGIN = 0.06  # of the height, left around the ink


@dataclass(frozen=True)
class LinePreprocessing(Settings):
    """How a picture of a line becomes the network's input; sealed in the bundle.

    Attributes:
        height: of the result, in pixels.
        deskew: whether to level a line that rises or falls.
        stretch: of the width, beside the height; narrow letters fill more frames so.
        language_weight: of the bundle's language model, where it has one.
    """

    height: int = setting(64, minimum=8, maximum=256)
    deskew: bool = setting(True)
    stretch: float = setting(1.0, minimum=0.1, maximum=10.0)
    language_weight: float = setting(0.3, minimum=0.0, maximum=10.0)


def read_line(source: ImageSource, preprocessing: LinePreprocessing) -> np.ndarray:
    """Decode a picture of one line of text.

    Args:
        source: a path, the bytes of a file, a binary file object, a Pillow image or a uint8 array.
        preprocessing: the height of the result and how to get there.

    Returns:
        uint8 [preprocessing.height, width], 0 is paper and 255 ink; the width is a multiple of
        WIDTH_STEP; without stretch it keeps the aspect of the line.

    Raises:
        InputError: the source cannot be read as an image, or is too wide for a line.
    """
    return normalise_line(read_page(source).grey, preprocessing, describe(source)).pixels


class NormalisedLine(NamedTuple):
    """A line as a network takes it.

    Attributes:
        pixels: see `read_line`.
        placement: where they are in the picture that they come from.
    """

    pixels: np.ndarray
    placement: Affine


def normalise_line(
    grey: Image.Image, preprocessing: LinePreprocessing, name: str = "image"
) -> NormalisedLine:
    """Normalise a grey picture of one line; see `read_line`."""
    ink = extract_ink(grey, body=grey.height / BODIES_A_LINE)
    box = find_ink(ink)
    ink, placement = cut(ink, box), Affine.moved(box.left, box.top)
    if preprocessing.deskew and (slope := find_slope(ink) if is_long(ink) else 0.0):
        placement = Affine(yx=slope, y0=-slope * ink.shape[1] / 2).then(placement)
        ink = shear(ink, slope)
        box = find_ink(ink)
        ink, placement = cut(ink, box), Affine.moved(box.left, box.top).then(placement)
    scale = preprocessing.height * preprocessing.stretch  # of the width, over the ink's height
    width = round(ink.shape[1] * scale / ink.shape[0])
    width = max(-(-width // WIDTH_STEP), 1) * WIDTH_STEP
    if width > WIDEST:
        raise InputError(
            f"{name}: {grey.width} x {grey.height} pixels are too wide for one line; crop it to at "
            f"most {WIDEST // scale:.0f} times the height of the writing"
        )
    picture = Image.fromarray((ink * 255).round().astype(np.uint8))
    size = (width, preprocessing.height)
    pixels = np.asarray(picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0))
    smaller = Affine.scaled(ink.shape[1] / width, ink.shape[0] / preprocessing.height)
    return NormalisedLine(pixels, smaller.then(placement))


def pad_lines(lines: Sequence[np.ndarray]) -> np.ndarray:
    """Put lines of one height into one array, paper behind each: uint8 [line, height, width]."""
    width = max(line.shape[1] for line in lines)
    images = np.zeros((len(lines), lines[0].shape[0], width), np.uint8)
    for image, line in zip(images, lines, strict=True):
        image[:, : line.shape[1]] = line
    return images


def extract_ink(
    grey: Image.Image | np.ndarray, within: np.ndarray | None = None, *, body: float = 0.0
) -> np.ndarray:
    """Take the paper away, whatever its colour and lighting: float32 [height, width], 0 to 1.

    Light writing on dark ground is turned around first.

    Args:
        grey: uint8 [height, width].
        within: bool [height, width], the parts that tell how dark ink is; by default all.
        body: pixels of the height of an "x"; the strokes of larger letters are wider.
    """
    values = np.asarray(grey, np.float32)
    chosen = np.ones(values.shape, bool) if within is None or not within.any() else within
    if is_light_on_dark(values, chosen, body=body):
        values = 255.0 - values
    darkness = np.clip(1.0 - values / estimate_paper(values, body=body), 0.0, 1.0)
    floor, ceiling = np.percentile(darkness[chosen], [50, 99.5])
    span = max(float(ceiling - floor), FAINTEST)
    return np.asarray(np.clip((darkness - floor) / span, 0.0, 1.0))


def is_light_on_dark(values: np.ndarray, within: np.ndarray, *, body: float = 0.0) -> bool:
    """Tell whether writing is lighter than its ground: most of it is darker than what is around.

    Args:
        values: float32 or uint8 [height, width].
        within: bool [height, width], where the writing is.
        body: see `extract_ink`.
    """
    values = values.astype(np.float32)
    darkness = 1.0 - (values / _filter(values, BRIGHTEST, blur=4, body=body))[within]
    return bool(np.median(darkness) > np.percentile(darkness, 99) / 2)


def is_long(ink: np.ndarray) -> bool:
    """Tell whether a line is long enough for its slope to be told from its letters."""
    height, width = ink.shape
    return bool(width >= LONG_ENOUGH * height)


def shear(ink: np.ndarray, slope: float) -> np.ndarray:
    """Shift columns up or down, so that what rises by `slope` a pixel to the right is level."""
    height, width = ink.shape
    # Pillow asks where each pixel comes from: row y of column x from row y + slope * (x - middle).
    rows = (1, 0, 0, slope, 1, -slope * width / 2)
    picture = Image.fromarray(ink)
    shifted = picture.transform((width, height), AFFINE, rows, Image.Resampling.BILINEAR)
    return np.asarray(shifted)


def find_ink(ink: np.ndarray) -> Box:
    """Find the box around the ink, with a margin; that of a blank line is the whole of it."""
    height, width = ink.shape
    is_ink = ink > INK
    rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
    if not rows.size:
        return Box(0, 0, width, height)
    top, bottom, left, right = (int(edge) for edge in (*rows[[0, -1]], *columns[[0, -1]]))
    margin = round(CROP_MARGIN * (bottom - top + 1)) + 1
    return Box(
        max(left - margin, 0),
        max(top - margin, 0),
        min(right + margin + 1, width),
        min(bottom + margin + 1, height),
    )


def cut(ink: np.ndarray, box: Box) -> np.ndarray:
    """Cut a box out of an array [height, width]."""
    return ink[box.top : box.bottom, box.left : box.right]


def estimate_paper(values: np.ndarray, *, body: float = 0.0) -> np.ndarray:
    """Give the brightness of the paper at each pixel: a closing, which fills strokes, blurred.

    The edge of a shadow, which is no stroke, stays where it is.

    Args:
        values: float32 [height, width], the writing darker than the paper.
        body: see `extract_ink`.
    """
    return _filter(values, (*BRIGHTEST, *DARKEST), blur=1, body=body)


def _filter(
    values: np.ndarray, filters: Sequence[ImageFilter.Filter], *, blur: int, body: float
) -> np.ndarray:
    """Filter and blur values on a smaller image, where strokes are thin; none comes out below 1."""
    height, width = values.shape
    grid = max(PAPER_GRID, round(body / BODY_ON_GRID))
    size = (-(-width // grid), -(-height // grid))
    small = Image.fromarray(values).resize(size, Image.Resampling.BOX)
    filtered = Image.fromarray(np.asarray(small).round().astype(np.uint8))
    for item in (*filters, ImageFilter.BoxBlur(blur)):
        filtered = filtered.filter(item)
    smooth = filtered.resize((width, height), Image.Resampling.BILINEAR)
    return np.maximum(np.asarray(smooth, np.float32), 1.0)


def find_slope(ink: np.ndarray) -> float:
    """Find the slope along which rows differ most: text rows are dark, the gaps between bright."""
    height, width = ink.shape
    scale = max(height / 32, 1.0)
    size = (max(round(width / scale), 1), max(round(height / scale), 1))
    small = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX))
    rows, columns = np.nonzero(small > INK)
    weights = small[rows, columns]
    across = columns - size[0] / 2
    reach = round(STEEPEST * size[0] / 2) + 1

    def sharpness(slope: float) -> float:
        shifted = np.round(rows - slope * across).astype(int) + reach
        profile = np.bincount(shifted, weights, minlength=size[1] + 2 * reach)
        return float(np.square(profile).sum())

    if not rows.size:
        return 0.0
    return float(max(SLOPES, key=lambda slope: (sharpness(slope), -abs(slope))))
