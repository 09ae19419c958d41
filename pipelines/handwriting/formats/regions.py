"""The region that the lines of a page make up."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.handwriting.geometry import Box, bound
from pipelines.handwriting.results import TextLine


def box_of(lines: Sequence[TextLine]) -> Box:
    """Give the box around all lines; there has to be one."""
    return bound(corner for line in lines for corner in (*line.polygon, *Box(*line.box).corners))
