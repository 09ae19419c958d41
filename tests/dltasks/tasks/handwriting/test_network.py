from __future__ import annotations

import numpy as np
import pytest

from dltasks.networks.sequences import without_shortcut
from dltasks.tasks.handwriting.config import SIZES, LineNetworkConfig
from dltasks.tasks.handwriting.network import build_network
from pipelines.handwriting.lines import WIDTH_STEP, pad_lines

CONFIG = LineNetworkConfig("tiny", height=32, symbols=5)


def _lines(*widths: int) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(0, 255, (32, width), dtype=np.uint8) for width in widths]


def _run(network, lines: list[np.ndarray]) -> np.ndarray:
    widths = np.array([line.shape[1] for line in lines], np.int32)
    return network({"image": pad_lines(lines), "width": widths}, training=False).numpy()


@pytest.mark.parametrize("size", SIZES)
def test_output_is_a_distribution_a_frame_and_the_shortcut(size: str) -> None:
    network = build_network(LineNetworkConfig(size, height=32, symbols=5))
    output = _run(network, _lines(40))
    assert output.shape == (1, 40 // WIDTH_STEP, 2 * 6)
    np.testing.assert_allclose(np.exp(output[..., :6]).sum(axis=2), 1.0, rtol=1e-5)


def test_a_line_reads_the_same_whatever_it_shares_a_batch_with() -> None:
    network = build_network(CONFIG)
    lines = _lines(40, 100, 64)
    together = _run(network, lines)
    for line, row in zip(lines, together, strict=True):
        alone = _run(network, [line])[0]
        np.testing.assert_allclose(row[: len(alone)], alone, atol=1e-5)


def test_both_ends_of_a_line_count_for_every_frame() -> None:
    """The backward LSTM carries what is at the end of a line to its beginning."""
    network = build_network(CONFIG)
    (line,) = _lines(160)
    other = line.copy()
    other[:, -4:] = 255 - other[:, -4:]
    first, second = (_run(network, [item])[0, 0] for item in (line, other))
    assert np.abs(first - second).max() > 0


def test_what_reads_is_the_first_half_of_the_output() -> None:
    network = build_network(CONFIG)
    lines = _lines(48, 80)
    np.testing.assert_array_equal(
        _run(without_shortcut(network), lines), _run(network, lines)[..., :6]
    )
