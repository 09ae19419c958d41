"""Augmentation of lines that are squeezed into a square, as TrOCR takes them.

Li et al. 2021, section 3.3, turn lines, blur them and change their strokes. All measures are of the
square, in which a line of usual shape is about ten times as high as it was.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

# At strength 1, each drawn evenly between plus and minus.
SLANT = 0.035  # to the side, over the height
SLOPE = 0.1  # up or down, over the width
STRETCH = 0.08  # of the width, as a logarithm
GROW = 0.12  # of the height, likewise
SHIFT = 0.05  # of the side, in both directions
LIGHT = 30.0  # of 255, of all colours
CONTRAST = 0.25
BLURS = 0.3  # part of the lines that are blurred
BLUR = (0.3, 1.5)  # pixels to each side
PENS = 0.3  # part of the lines whose strokes become thicker or thinner
NOISE = 12.0  # of 255, largest standard deviation


def augment_square(square: np.ndarray, seed: np.ndarray, strength: float) -> np.ndarray:
    """Change a line at random, in a few milliseconds.

    Args:
        square: uint8 [side, side, 3].
        seed: integers; equal ones give equal results.
        strength: 1 is usual, 0 changes nothing.

    Returns:
        The same shape.
    """
    if not strength:
        return square
    random = np.random.default_rng(np.abs(seed))
    picture = _warp(Image.fromarray(square), random, strength)
    if random.random() < PENS * strength:
        thicker = random.random() < 0.5  # of dark ink
        changed = picture.filter(ImageFilter.MinFilter(3) if thicker else ImageFilter.MaxFilter(3))
        picture = Image.blend(picture, changed, random.uniform(0.2, 0.8))
    if random.random() < BLURS * strength:
        picture = picture.filter(ImageFilter.BoxBlur(random.uniform(*BLUR)))
    return _change_light(np.asarray(picture, np.float32), random, strength)


def _warp(picture: Image.Image, random: np.random.Generator, strength: float) -> Image.Image:
    """Slant, stretch, tilt and shift, in one resampling; what comes in from outside is paper."""
    side = picture.width
    slant, slope, stretch, grow, right, down = random.uniform(-1, 1, 6) * strength
    xx, yy = np.exp(STRETCH * stretch), np.exp(GROW * grow)
    xy, yx = SLANT * slant, SLOPE * slope
    middle = (side - 1) / 2
    x0 = middle - xx * middle - xy * middle + SHIFT * right * side
    y0 = middle - yx * middle - yy * middle + SHIFT * down * side
    paper = tuple(int(value) for value in np.median(np.asarray(picture), axis=(0, 1)))
    return picture.transform(
        picture.size,
        Image.Transform.AFFINE,
        (xx, xy, x0, yx, yy, y0),
        Image.Resampling.BILINEAR,
        fillcolor=paper,
    )


def _change_light(values: np.ndarray, random: np.random.Generator, strength: float) -> np.ndarray:
    """Change brightness and contrast, and add grain: float32 [side, side, 3] -> uint8."""
    light, contrast = random.uniform(-1, 1, 2) * strength
    middle = values.mean()
    changed = (values - middle) * np.exp(CONTRAST * contrast) + middle + LIGHT * light
    deviation = random.uniform(0, NOISE) * strength
    grain = random.standard_normal(values.shape[:2], np.float32) * np.float32(deviation)
    return np.asarray((changed + grain[..., None]).round().clip(0, 255), np.uint8)
