"""Make a graph smaller in the first of several ways after which it still agrees with itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pipelines import session

Outputs = Sequence[np.ndarray]
Difference = Callable[[Outputs, Outputs], float]


def make_smaller(
    content: bytes,
    ways: Sequence[Callable[[bytes], bytes]],
    inputs: Mapping[str, np.ndarray],
    *,
    difference: Difference,
    most: float,
) -> bytes:
    """Make a graph smaller.

    Args:
        content: the exact graph.
        ways: of making it smaller, the best one first; those of `quantisation`.
        inputs: name -> array [example, ...] of real examples.
        difference: of two graphs' outputs, the exact ones first.
        most: the greatest difference that is accepted.

    Returns:
        The first smaller graph that is near enough, or the exact one.
    """
    expected = _run(content, inputs)
    for way in ways:
        smaller = way(content)
        if difference(expected, _run(smaller, inputs)) <= most:
            return smaller
    return content


def relative_difference(expected: Outputs, found: Outputs) -> float:
    """Give the largest difference, measured by the largest value of its output."""
    return max(
        float(np.max(np.abs(one - other)) / np.max(np.abs(one)))
        for one, other in zip(expected, found, strict=True)
    )


def choice_difference(expected: Outputs, found: Outputs) -> float:
    """Give the probability with which two graphs would draw different pieces, the mean of rows.

    The first output is the logarithms of probabilities [row, piece]. The measure is half of the
    summed differences of the probabilities (total variation distance).
    """
    apart = np.abs(np.exp(expected[0]) - np.exp(found[0]))
    return float(apart.sum(axis=-1).mean() / 2)


def _run(content: bytes, inputs: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    graph = session.Graph(content, origin="the graph made smaller", device="cpu", threads=0)
    return graph.run(**inputs)
