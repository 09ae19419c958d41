"""Break a text into lines of about the same length."""

from __future__ import annotations

from collections.abc import Sequence


def balance(lengths: Sequence[int], spaces: Sequence[int], width: int) -> list[int]:
    """Give the part with which each line begins: as few lines as fit, as narrow as they can be.

    Args:
        lengths: of the parts, such as words; one that is longer than a line has its own.
        spaces: before each part, where it does not begin a line.
        width: of a line at most.
    """
    fewest = len(wrap(lengths, spaces, width))
    low, high = 1, width
    while low < high:  # the narrowest lines of which there are no more
        middle = (low + high) // 2
        fits = len(wrap(lengths, spaces, middle)) <= fewest
        low, high = (low, middle) if fits else (middle + 1, high)
    return wrap(lengths, spaces, low)


def wrap(lengths: Sequence[int], spaces: Sequence[int], width: int) -> list[int]:
    """Give the part with which each line begins, where each line takes what fits."""
    starts, used = [0], 0
    for place, (length, space) in enumerate(zip(lengths, spaces, strict=True)):
        needed = used + (space if used else 0) + length
        if needed > width and place > starts[-1]:
            starts.append(place)
            needed = length
        used = needed
    return starts
