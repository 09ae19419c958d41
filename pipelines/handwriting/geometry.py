"""Places in a picture: boxes, points, and how a part that was cut out of it lies in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

Point = tuple[int, int]


class Box(NamedTuple):
    """A rectangle in a picture, in pixels; right and bottom are just outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def corners(self) -> tuple[Point, Point, Point, Point]:
        """The corners, clockwise from the upper left."""
        left, top, right, bottom = self
        return ((left, top), (right, top), (right, bottom), (left, bottom))

    def scaled(self, factor: float) -> Box:
        """Give the box in a picture that is larger by a factor."""
        return Box(*(round(edge * factor) for edge in self))


class Affine(NamedTuple):
    """Where points of a picture are in another: xx x + xy y + x0 to the right, the rest down."""

    xx: float = 1.0
    xy: float = 0.0
    x0: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    y0: float = 0.0

    @classmethod
    def moved(cls, x: float, y: float) -> Affine:
        """For a part whose upper left corner is at (x, y)."""
        return cls(x0=x, y0=y)

    @classmethod
    def scaled(cls, x: float, y: float) -> Affine:
        """For a copy that is smaller by these factors."""
        return cls(xx=x, yy=y)

    @classmethod
    def turned(cls, quarters: int, width: float, height: float) -> Affine:
        """For a picture of a size that is turned to the right by quarters."""
        turns = {
            0: cls(),
            1: cls(0, -1, height, 1, 0, 0),
            2: cls(-1, 0, width, 0, -1, height),
            3: cls(0, 1, 0, -1, 0, width),
        }
        return turns[quarters % 4]

    def then(self, after: Affine) -> Affine:
        """Give the way from this picture through a second one to a third."""
        return Affine(
            after.xx * self.xx + after.xy * self.yx,
            after.xx * self.xy + after.xy * self.yy,
            after.xx * self.x0 + after.xy * self.y0 + after.x0,
            after.yx * self.xx + after.yy * self.yx,
            after.yx * self.xy + after.yy * self.yy,
            after.yx * self.x0 + after.yy * self.y0 + after.y0,
        )

    def place(self, points: Iterable[tuple[float, float]]) -> tuple[Point, ...]:
        """Give points where they are in the other picture, in whole pixels."""
        return tuple(
            (round(self.xx * x + self.xy * y + self.x0), round(self.yx * x + self.yy * y + self.y0))
            for x, y in points
        )


def bound(points: Iterable[Point]) -> Box:
    """Give the smallest box around points."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def clip(points: Iterable[Point], width: int, height: int) -> tuple[Point, ...]:
    """Move points that are outside of a picture to its edge."""
    return tuple((min(max(x, 0), width), min(max(y, 0), height)) for x, y in points)
