"""Numbers of pages, as in --pages 2-5,8,10-."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

PART = re.compile(r"(?P<first>[0-9]{1,9})(?P<to>-(?P<last>[0-9]{1,9})?)?")


class PageNumbers:
    """Chosen pages, in the order of the document.

    Args:
        ranges: first and last number of each; a last one of None is the document's last.
    """

    def __init__(self, ranges: Sequence[tuple[int, int | None]]) -> None:
        self._ranges = tuple(ranges)

    def __contains__(self, number: int) -> bool:
        return any(
            first <= number and (last is None or number <= last) for first, last in self._ranges
        )

    def missing(self, count: int) -> Iterator[int]:
        """Yield the first number of each range that a document of so many pages lacks."""
        for first, last in self._ranges:
            if (last or first) > count:
                yield max(first, count + 1)


def parse_numbers(
    context: click.Context, option: click.Parameter, value: str | None
) -> PageNumbers | None:
    """Read the value of the option.

    Raises:
        click.BadParameter: it is no list of pages and ranges.
    """
    if value is None:
        return None
    return PageNumbers([_parse_range(part.strip()) for part in value.split(",")])


def _parse_range(part: str) -> tuple[int, int | None]:
    match = PART.fullmatch(part)
    if not match:
        raise click.BadParameter(f"{part!r} is no page or range; give such as 3, 2-5 or 4-")
    first = int(match["first"])
    last = int(match["last"]) if match["last"] else None if match["to"] else first
    if first < 1 or (last is not None and last < first):
        raise click.BadParameter(f"{part!r} has no page in it; pages count from 1")
    return first, last


def pages_option() -> click.Option:
    """Make the option."""
    return click.Option(
        ["--pages"],
        metavar="NUMBERS",
        callback=parse_numbers,
        help="Pages of a PDF or TIFF to read, such as 3, 2-5 or 1,4-.  [default: all]",
    )
