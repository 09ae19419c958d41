from __future__ import annotations

from collections import defaultdict
from itertools import groupby, product

import numpy as np
import pytest

from pipelines.ctc.decoding import frames_needed, read_greedily, search_beams


def _random_output(frames: int, symbols: int, seed: int) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(0, 1.5, (frames, symbols + 1))
    return np.log(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))


def _output_of(path: str, symbols: str = "ab") -> np.ndarray:
    """Make an output whose likeliest path is the given one; "-" is the blank."""
    output = np.full((len(path), len(symbols) + 1), np.log(0.05))
    for row, character in zip(output, path, strict=True):
        row[(symbols + "-").index(character)] = np.log(0.9)
    return output


def _text_probabilities(output: np.ndarray) -> dict[tuple[int, ...], float]:
    """Add up every path there is (Graves et al. 2006, eq. 3)."""
    frames, classes = output.shape
    totals: dict[tuple[int, ...], float] = defaultdict(float)
    for path in product(range(classes), repeat=frames):
        text = tuple(symbol for symbol, _ in groupby(path) if symbol != classes - 1)
        totals[text] += float(np.exp(output[range(frames), path].sum()))
    return totals


@pytest.mark.parametrize(
    ("path", "text"),
    [("aab-b", [0, 1, 1]), ("a-a", [0, 0]), ("aaa", [0]), ("---", []), ("-b-", [1])],
)
def test_greedy_joins_repeats_and_keeps_doubled_letters(path: str, text: list[int]) -> None:
    assert list(read_greedily(_output_of(path), len(path)).symbols) == text


def test_greedy_says_where_a_symbol_is_likeliest_and_how_likely() -> None:
    output = np.log(np.array([[0.1, 0.1, 0.8], [0.6, 0.1, 0.3], [0.8, 0.1, 0.1], [0.1, 0.2, 0.7]]))
    reading = read_greedily(output, 4)
    assert reading.symbols == (0,)
    assert reading.frames == (2,)
    assert reading.confidences == pytest.approx([0.8])
    assert reading.score == pytest.approx(np.log(0.8 * 0.6 * 0.8 * 0.7))


def test_frames_beyond_the_example_do_not_count() -> None:
    output = _output_of("a-bbb")
    assert read_greedily(output, 2).symbols == (0,)
    assert search_beams(output, 2, beams=4)[0].symbols == (0,)


def test_no_frames_are_no_text() -> None:
    output = np.zeros((0, 3))
    assert read_greedily(output, 0).symbols == ()
    assert [reading.symbols for reading in search_beams(output, 0, beams=3)] == [()]


@pytest.mark.parametrize("seed", range(8))
def test_beam_search_equals_brute_force(seed: int) -> None:
    output = _random_output(frames=5, symbols=2, seed=seed)
    truth = sorted(_text_probabilities(output).items(), key=lambda item: -item[1])
    found = search_beams(output, 5, beams=100)
    assert [reading.symbols for reading in found[:10]] == [text for text, _ in truth[:10]]
    for reading, (_, probability) in zip(found[:10], truth, strict=False):
        assert reading.score == pytest.approx(np.log(probability), abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_beam_search_with_a_language_model_equals_brute_force(seed: int) -> None:
    output = _random_output(frames=4, symbols=2, seed=seed)

    def score_symbol(before: tuple[int, ...], symbol: int) -> float:
        return -0.3 * (symbol + 1) - 0.7 * (before[-1:] == (symbol,))

    def language(text: tuple[int, ...]) -> float:
        return sum(score_symbol(text[:end], symbol) for end, symbol in enumerate(text))

    totals = {
        text: np.log(probability) + language(text)
        for text, probability in _text_probabilities(output).items()
    }
    best = max(totals, key=lambda text: totals[text])
    found = search_beams(output, 4, beams=100, score_symbol=score_symbol)[0]
    assert found.symbols == best
    assert found.score == pytest.approx(totals[best], abs=1e-9)


def test_beam_search_adds_up_paths_that_greedy_does_not() -> None:
    """The blank wins each frame, but more paths lead to "a" (Graves et al. 2006, figure 4)."""
    output = np.log(np.array([[0.4, 0.6], [0.4, 0.6]]))
    assert read_greedily(output, 2).symbols == ()
    assert search_beams(output, 2, beams=2)[0].symbols == (0,)


def test_as_many_readings_as_beams_the_best_first() -> None:
    found = search_beams(_random_output(6, 3, seed=1), 6, beams=3)
    assert len(found) == 3
    assert [item.score for item in found] == sorted((item.score for item in found), reverse=True)
    for reading in found:
        assert len(reading.symbols) == len(reading.frames) == len(reading.confidences)
        assert list(reading.frames) == sorted(reading.frames)


def test_frames_needed_counts_the_blank_between_doubled_letters() -> None:
    assert [frames_needed(text) for text in ("", "a", "ab", "aab", "aaa")] == [0, 1, 2, 4, 5]
