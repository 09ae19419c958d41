"""Find copies of a picture that were saved again or resized, by a perceptual hash.

A hash of 64 bits says where a picture becomes brighter ("difference hash", Krawetz 2013). Pictures
with nearly the same hash are compared as 8 x 8 colours, so that a chance likeness is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

SIDE = 8
MOST_BITS = 10  # of 64 that may differ
MOST_DIFFERENCE = 2.5  # of 255, on average; the closest of 1,797 written digits differ by 4
LEAST_CONTRAST = 6.0  # of 255, standard deviation; plain pictures all look the same
Look = np.ndarray  # uint8 [SIDE, SIDE, 3]


def look_at(pixels: np.ndarray) -> Look:
    """Reduce a picture to 8 x 8 colours.

    Args:
        pixels: uint8 [height, width, 3], whose sides are multiples of 8.
    """
    height, width, _ = pixels.shape
    blocks = pixels.reshape(SIDE, height // SIDE, SIDE, width // SIDE, 3)
    return np.asarray(np.round(blocks.mean(axis=(1, 3))), np.uint8)


def find_copies(looks: Sequence[Look | None], splits: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Find pictures that look like one of another split, or where no splits are named, like any.

    Args:
        looks: of each picture; None is like no other.
        splits: of each picture; "" where none is named.

    Yields:
        The index of a picture and of the first one that it looks like, which comes before it.
    """
    known: dict[str, list[tuple[int, Look]]] = defaultdict(list)
    for index, look in enumerate(looks):
        if look is not None and _grey(look).std() >= LEAST_CONTRAST:
            known[splits[index]].append((index, look))
    found: dict[int, int] = {}
    names = sorted(known)
    for place, name in enumerate(names):
        for other in names[place if not name else place + 1 :]:
            for pair in _compare(known[name], known[other]):
                earlier, later = sorted(pair)
                if earlier != later:
                    found[later] = min(found.get(later, earlier), earlier)
    yield from sorted(found.items())


def _compare(
    ones: Sequence[tuple[int, Look]], others: Sequence[tuple[int, Look]]
) -> Iterator[tuple[int, int]]:
    """Give the indices of pictures that are nearly the same.

    They are as bright as each other, so that each is compared with a few only.
    """
    by_brightness = sorted(others, key=lambda item: float(item[1].mean()))
    brightness = np.array([look.mean() for _, look in by_brightness])
    hashes = np.array([_hash(look) for _, look in by_brightness], np.uint64)
    for index, look in ones:
        middle = look.mean()
        first, last = np.searchsorted(
            brightness, (middle - MOST_DIFFERENCE, middle + MOST_DIFFERENCE)
        )
        bits = np.bitwise_count(hashes[first:last] ^ _hash(look))
        for near in np.flatnonzero(bits <= MOST_BITS):
            other_index, other = by_brightness[int(first + near)]
            if np.abs(look.astype(np.int16) - other).mean() <= MOST_DIFFERENCE:
                yield index, other_index


def _grey(look: Look) -> np.ndarray:
    return np.asarray(look.mean(axis=2))


def _hash(look: Look) -> np.uint64:
    grey = _grey(look)
    return np.uint64(np.packbits(grey > np.roll(grey, 1, axis=1)).view(np.uint64)[0])
