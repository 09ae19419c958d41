"""Pages as people photograph them: on a desk, in half shadow, on ruled paper, lying on their side.

A stage takes a page and gives another, with the same lines in other places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image, ImageFilter

from scripts.line_finder.pages import DRAWN, Page

Stage = Callable[[Page, np.random.Generator], Page]

FRAME = (1.15, 1.4)  # of the photograph's sides over the page's
SLANT = 0.04  # of the page's sides, by which each corner is moved at most
TILT = np.deg2rad(4.0)
SHADE = (0.35, 0.6)  # of the light, in a shadow
SOFTNESS = (0.01, 0.12)  # of the page's sides: the edge of a shadow
RULE_STEP = (0.018, 0.032)  # of the page's height
RULE_DARKNESS = (0.1, 0.45)


def lay_on_desk(page: Page, random: np.random.Generator) -> Page:
    """Photograph a page from above: a desk around it, perspective, uneven light, a little noise."""
    height, width = page.grey.shape
    wide, high = (round(side * random.uniform(*FRAME)) for side in (width, height))
    corners = _lay(width, height, wide, high, random)
    coefficients = _solve(corners, [(0, 0), (width, 0), (width, height), (0, height)])

    def warp(values: np.ndarray, filter_: Image.Resampling) -> np.ndarray:
        picture = Image.fromarray(values)
        perspective = Image.Transform.PERSPECTIVE
        return np.asarray(picture.transform((wide, high), perspective, coefficients, filter_))

    grey = warp(page.grey, Image.Resampling.BICUBIC).astype(np.float32)
    inside = warp(np.full(page.grey.shape, 255, np.uint8), Image.Resampling.BILINEAR) / 255.0
    owner = warp(page.owner.astype(np.int32), Image.Resampling.NEAREST).astype(np.int16)
    below = Image.fromarray(
        np.roll(inside * 255, (high // 150, wide // 150), (0, 1)).astype(np.uint8)
    )
    dropped = np.asarray(below.filter(ImageFilter.GaussianBlur(high / 100))) / 255.0
    desk = _make_desk(wide, high, random) * (1 - 0.6 * dropped)
    scene = (inside * grey + (1 - inside) * desk) * _make_light(wide, high, random)
    return replace(page, grey=_photograph(scene, random), owner=np.where(inside > 0.5, owner, 0))


def shade_half(page: Page, random: np.random.Generator) -> Page:
    """Let a shadow fall on about half of a page, with a hard or a soft edge."""
    height, width = page.grey.shape
    angle = random.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    beyond = rows * np.sin(angle) + columns * np.cos(angle) - random.uniform(-0.1, 0.1)
    lit = 1 / (1 + np.exp(-beyond / random.uniform(*SOFTNESS) * 4))
    shade = random.uniform(*SHADE)
    return replace(page, grey=_photograph(page.grey * (shade + (1 - shade) * lit), random))


def rule(page: Page, random: np.random.Generator) -> Page:
    """Draw rules, or squares, over the paper."""
    height = page.grey.shape[0]
    step = max(round(height * random.uniform(*RULE_STEP)), 8)
    marks = np.zeros(page.grey.shape, bool)
    thick = int(random.integers(1, 3))
    for offset in range(thick):
        marks[int(random.integers(step)) % step + offset :: step] = True
    if random.random() < 0.5:
        marks[:, int(random.integers(step)) :: step] = True
    grey = np.where(marks, page.grey * (1 - random.uniform(*RULE_DARKNESS)), page.grey)
    owner = np.where(marks & (page.owner == 0), DRAWN, page.owner).astype(np.int16)
    return replace(page, grey=grey.astype(np.uint8), owner=owner)


def frame(page: Page, random: np.random.Generator) -> Page:
    """Put a dark border around a page, as a scanner with an open lid does."""
    top, bottom, left, right = (
        round(side * random.uniform(0.0, 0.05)) + 3 for side in np.repeat(page.grey.shape, 2)
    )
    border = ((top, bottom), (left, right))
    grey = np.pad(page.grey, border, constant_values=int(random.integers(0, 90)))
    return replace(page, grey=grey, owner=np.pad(page.owner, border))


def turn(quarters: int) -> Stage:
    """Make the stage that turns a page to the left by so many quarters."""

    def stage(page: Page, random: np.random.Generator) -> Page:
        grey, owner = (np.rot90(item, quarters).copy() for item in (page.grey, page.owner))
        return replace(page, grey=grey, owner=owner)

    return stage


STAGES: dict[str, Stage] = {
    "plain": lambda page, random: page,
    "desk": lay_on_desk,
    "shadow": shade_half,
    "ruled": rule,
    "framed": frame,
    "desk-shadow": lambda page, random: lay_on_desk(shade_half(page, random), random),
    "dark": lambda page, random: replace(page, grey=255 - page.grey),
    "left": turn(1),
    "upside-down": turn(2),
    "right": turn(3),
}


def _lay(width: int, height: int, wide: int, high: int, random: np.random.Generator) -> np.ndarray:
    """Give the corners of a page in a photograph, clockwise from the upper left: [4, 2]."""
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    corners += random.uniform(-SLANT, SLANT, (4, 2)) * (width, height)
    corners -= (width / 2, height / 2)
    angle = random.uniform(-TILT, TILT)
    corners = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    free = np.array([wide, high]) - np.ptp(corners, axis=0)
    middle = np.array([wide, high]) / 2 + np.maximum(free, 0) * random.uniform(-0.4, 0.4, 2)
    return np.asarray(corners + middle)


def _solve(found: np.ndarray, wanted: list[tuple[int, int]]) -> tuple[float, ...]:
    """Solve for the eight numbers of a perspective that takes four points to four others."""
    rows, values = [], []
    for (x, y), (u, v) in zip(found, wanted, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return tuple(np.linalg.solve(np.array(rows), np.array(values)).tolist())


def _make_desk(width: int, height: int, random: np.random.Generator) -> np.ndarray:
    """Make something like wood, cloth or stone: noise of several sizes, often along one axis."""
    desk = np.full((height, width), random.uniform(30, 200), np.float32)
    for size in (4, 16, 64, 256):
        long = random.choice([1.0, 1.0, 8.0])
        across = (max(height // size, 1), max(round(width / size / long), 1))
        grain = random.normal(0, random.uniform(2, 14), across).astype(np.float32)
        desk += np.asarray(Image.fromarray(grain).resize((width, height), Image.Resampling.BICUBIC))
    return np.asarray(desk.clip(0, 255))


def _make_light(width: int, height: int, random: np.random.Generator) -> np.ndarray:
    """Make light that is uneven over the scene, from 0.55 to 1."""
    corners = random.uniform(0.55, 1.0, (2, 2)).astype(np.float32)
    light = Image.fromarray(corners).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(light)


def _photograph(scene: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Take a picture, a little blurred and with some noise: uint8."""
    soft = _blur(scene.astype(np.float32), random.uniform(0, 0.8))
    return np.asarray((soft + random.normal(0, 2.5, soft.shape)).clip(0, 255).astype(np.uint8))


def _blur(values: np.ndarray, radius: float) -> np.ndarray:
    from scipy import ndimage

    return np.asarray(ndimage.gaussian_filter(values.astype(np.float32), radius))
