"""Where tokens stand: sines, and learned vectors."""

from __future__ import annotations

import numpy as np

from dltasks.networks.positions import PutBefore, sines_of


def test_the_last_wave_is_the_longest_one_where_it_should() -> None:
    last = np.asarray(sines_of(np.array([10_000]), 8, to_longest=True))[0, 3]
    np.testing.assert_allclose(last, np.sin(1.0), atol=1e-5)
    shorter = np.asarray(sines_of(np.array([1_000]), 8))[0, 3]
    np.testing.assert_allclose(shorter, np.sin(1.0), atol=1e-5)


def test_learned_vectors_come_before_each_row() -> None:
    layer = PutBefore(2, 3)
    table = np.arange(6, dtype=np.float32).reshape(2, 3)
    layer.set_weights([table])
    rows = np.full((4, 5, 3), 7, np.float32)
    found = np.asarray(layer(rows))
    assert found.shape == (4, 7, 3)
    np.testing.assert_array_equal(found[:, :2], np.broadcast_to(table, (4, 2, 3)))
    np.testing.assert_array_equal(found[:, 2:], rows)
