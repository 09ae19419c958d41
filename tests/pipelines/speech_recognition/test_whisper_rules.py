from __future__ import annotations

import numpy as np
import pytest

from pipelines.speech_recognition.whisper_rules import WritingRules, log_softmax
from tests.whisper_stand_in import POSITIONS, TOKENS, at, say

RULES = WritingRules(TOKENS)
VOCABULARY = TOKENS.first_timestamp + POSITIONS + 1
LETTER = TOKENS.encode("a")[0]


def allowed(written: list[int], scores: np.ndarray | None = None) -> set[int]:
    """Give the tokens that may follow; text is made likely, so that times do not rule it out."""
    if scores is None:
        scores = np.zeros(VOCABULARY, np.float32)
        scores[[LETTER, TOKENS.end]] = 20.0
    return set(np.flatnonzero(np.isfinite(RULES.apply(scores, written))).tolist())


def test_a_window_begins_with_a_time_in_its_first_second() -> None:
    assert allowed([]) == {at(number * 0.02) for number in range(51)}


def test_text_follows_the_beginning_of_a_segment() -> None:
    found = allowed([at(0.5)])
    assert LETTER in found
    assert not [token for token in found if TOKENS.is_timestamp(token)]
    assert TOKENS.end not in found  # nor is a window without any text


def test_a_segment_ends_later_than_it_begins() -> None:
    found = allowed(say(0.5, "a"))
    assert at(0.5) not in found
    assert {at(0.52), LETTER, TOKENS.end} <= found


def test_after_an_end_comes_a_beginning_that_is_not_earlier_or_nothing() -> None:
    found = allowed(say(0.2, "a", 1.0))
    assert found == {TOKENS.end, *(at(1.0 + number * 0.02) for number in range(51))}


def test_times_that_are_likelier_together_than_any_text_rule_text_out() -> None:
    scores = np.zeros(VOCABULARY, np.float32)
    scores[LETTER] = 1.0  # less than the logarithm of the 75 times after 0.5 s
    assert LETTER not in allowed(say(0.5, "b"), scores)
    scores[LETTER] = 10.0
    assert LETTER in allowed(say(0.5, "b"), scores)


def test_what_is_left_has_a_probability_of_one_and_the_logits_stay_as_they_were() -> None:
    scores = np.random.default_rng(0).standard_normal(VOCABULARY).astype(np.float32)
    before = scores.copy()
    found = RULES.apply(scores, say(0.5, "a"))
    assert np.exp(found).sum() == pytest.approx(1.0, abs=1e-5)
    np.testing.assert_array_equal(scores, before)


def test_softmax_of_large_scores_stays_finite() -> None:
    assert log_softmax(np.array([1e4, 0.0]))[0] == 0.0
