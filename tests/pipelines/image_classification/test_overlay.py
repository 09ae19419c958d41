"""The picture of an explanation."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pipelines.image_classification import Explanation, Label
from pipelines.image_classification.overlay import LARGEST, SMALLEST, VIRIDIS, colour
from pipelines.images import ImagePreprocessing, find_crop

PURPLE, YELLOW = VIRIDIS[0], VIRIDIS[-1]


def explain(
    size: tuple[int, int], values: list[list[float]], name: str = "cat", fraction: float = 1.0
) -> Explanation:
    photograph = Image.new("RGB", size, (128, 128, 128))
    crop = find_crop(size, ImagePreprocessing(8, 8, fraction))
    return Explanation(Label(name, 0.5), np.array(values, np.float32), photograph, crop)


def test_colours_run_from_purple_to_yellow_and_get_lighter() -> None:
    colours = colour(np.linspace(0, 1, 50)).astype(float)
    np.testing.assert_array_equal(colours[0], PURPLE)
    np.testing.assert_array_equal(colours[-1], YELLOW)
    light = colours @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(light) > 0).all()
    np.testing.assert_array_equal(colour(np.array([-3.0, 7.0])), [PURPLE, YELLOW])


def test_the_bright_quarter_is_where_the_map_is_high() -> None:
    drawn = np.asarray(explain((500, 500), [[0.0, 9.0], [0.0, 0.0]]).draw()).astype(float)
    quarters = {(r, c): drawn[50 + 350 * r, 50 + 350 * c] for r in (0, 1) for c in (0, 1)}
    nearness = {place: -np.abs(value - YELLOW).sum() for place, value in quarters.items()}
    assert max(nearness, key=nearness.__getitem__) == (0, 1)
    np.testing.assert_allclose(quarters[0, 0], quarters[1, 0], atol=12)


@pytest.mark.parametrize("value", [7.0, -7.0, 0.0])
def test_an_even_map_is_drawn_evenly(value: float) -> None:
    drawn = np.asarray(explain((500, 500), [[value, value], [value, value]]).draw())[:500, :500]
    assert np.ptp(drawn.reshape(-1, 3), axis=0).max() <= 1
    is_bright = int(drawn[0, 0, 0]) > 150
    assert is_bright == (value > 0)


def test_what_the_network_did_not_see_is_dimmed_and_has_no_colour() -> None:
    drawn = np.asarray(explain((900, 600), [[1.0, 1.0], [1.0, 1.0]], fraction=0.875).draw())
    red, green, blue = drawn[300, 10]
    assert red == green == blue < 64
    assert drawn[300, 450, 0] > drawn[300, 450, 2] + 50  # yellow


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2), (4000, 3000), (30, 2000)])
def test_odd_sizes_are_drawn_legibly_and_no_larger_than_a_screen(size: tuple[int, int]) -> None:
    drawn = explain(size, [[1.0, 0.0], [0.0, 1.0]]).draw()
    assert min(drawn.size) >= SMALLEST
    assert max(drawn.size) <= 3 * LARGEST + 200


@pytest.mark.parametrize("name", ["", "a" * 500, "猫", "emoji \U0001f408", "a\nb\x00"])
def test_names_of_any_length_and_script_are_written(name: str) -> None:
    plain, named = explain((500, 500), [[1.0]], "-").draw(), explain((500, 500), [[1.0]], name)
    assert named.draw().size == plain.size
    assert np.asarray(named.draw())[500:].min() < 60


def test_a_notebook_shows_the_picture() -> None:
    assert explain((20, 20), [[1.0]])._repr_html_().startswith('<img src="data:image/png;base64,')
