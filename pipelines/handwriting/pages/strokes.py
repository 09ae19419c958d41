"""Whose the ink of a page is: each stroke goes to the line that most of it lies in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipelines.handwriting.lines import INK, extract_ink

REACH = 1.6  # heights of its core, above and below it, in which a stroke may be of a line
NARROWER = 1.8  # the reach beyond the ends of a core, over that above and below it
LARGE = 10.0  # heights of a core; higher strokes are borders, drawings and rules
MOSTLY = 0.7  # of a stroke
RULE = 6.0  # heights of a core; no letter has a straight run of such a length
FAINT = 0.12  # darkness of a rule, which is whole where it is faint and broken where it is dark
GAP = 0.5  # heights of a core that a rule may be interrupted


class Regions(NamedTuple):
    """Where the ink of lines may be.

    Attributes:
        numbers: int32 [height, width], the number of the line that is near, from 1, or 0.
        is_core: bool [height, width], where the small letters of a line are.
        height: the usual height of the cores, in pixels.
    """

    numbers: np.ndarray
    is_core: np.ndarray
    height: float


def assign_ink(grey: np.ndarray, regions: Regions) -> np.ndarray:
    """Give each pixel of ink the number of its line.

    Args:
        grey: uint8 [height, width], upright, dark on light.
        regions: of the same page.

    Returns:
        int32 [height, width]; 0 is paper, a rule above or below the small letters, or ink that is
        far from all lines.
    """
    from scipy import ndimage

    ink = extract_ink(grey, within=regions.numbers > 0, body=regions.height)
    strokes, _ = ndimage.label(ink > INK, structure=np.ones((3, 3)))
    owner = _whole_strokes(strokes, regions.numbers, regions.height)
    is_rule = find_rules(ink > FAINT, regions.height) & ~regions.is_core
    return np.where(is_rule, 0, owner)


def find_rules(is_dark: np.ndarray, height: float) -> np.ndarray:
    """Find rules: straight runs along an axis that are longer than any letter.

    Args:
        is_dark: bool [height, width].
        height: of the cores, in pixels.
    """
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    length, gap = round(RULE * height), 2 * round(GAP * height / 2) + 1
    rules = np.zeros(is_dark.shape, bool)
    for axis in (0, 1):
        thick = maximum_filter1d(is_dark, 3, 1 - axis)
        closed = minimum_filter1d(maximum_filter1d(thick, gap, axis), gap, axis)
        runs = maximum_filter1d(minimum_filter1d(closed, length, axis), length, axis)
        rules |= maximum_filter1d(runs, 3, 1 - axis)
    return rules


def find_regions(cores: np.ndarray) -> Regions:
    """Find what is near the cores of lines.

    Args:
        cores: int32 [height, width], see `pipelines.handwriting.pages.finding`.
    """
    from scipy import ndimage

    sizes = np.bincount(cores.ravel())[1:]
    lengths = [
        0 if place is None else place[1].stop - place[1].start
        for place in ndimage.find_objects(cores)
    ]
    heights = np.array(
        [0.0, *(size / max(length, 1) for size, length in zip(sizes, lengths, strict=True))]
    )
    distance, nearest = ndimage.distance_transform_edt(
        cores == 0, sampling=(1.0, NARROWER), return_indices=True
    )
    numbers = cores[tuple(nearest)]
    near = distance <= REACH * heights[numbers]
    return Regions(np.where(near, numbers, 0), cores > 0, float(np.median(heights[1:])))


def _whole_strokes(strokes: np.ndarray, regions: np.ndarray, height: float) -> np.ndarray:
    """Give a stroke that lies mostly in one region to it, and cut up the others."""
    from scipy import ndimage

    count = int(regions.max(initial=0)) + 1
    places = ndimage.find_objects(strokes)
    is_small = np.array(
        [place[0].stop - place[0].start <= LARGE * height for place in places], bool
    )
    votes = np.bincount((strokes * count + regions).ravel(), minlength=(len(places) + 1) * count)
    votes = votes.reshape(-1, count)[1:]  # [stroke, region]
    winner = votes.argmax(axis=1)
    is_whole = is_small & (votes.max(axis=1) > MOSTLY * votes.sum(axis=1))
    whole = np.concatenate([[0], np.where(is_whole, winner, -1)])[strokes]
    owner = np.where(whole < 0, regions, whole)
    return np.asarray(np.where(strokes > 0, owner, 0))
