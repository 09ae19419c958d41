from __future__ import annotations

import numpy as np
import pytest

from pipelines.audio import SAMPLE_RATE_HZ
from pipelines.speech_recognition.transcription import Segment, SpokenWord
from pipelines.speech_recognition.word_bounds import bound_segments, bound_words, find_speech

SPEECH = np.array([[1.0, 2.0], [6.0, 7.0]])


def word(text: str, start: float, end: float) -> SpokenWord:
    return SpokenWord(text, start, end, 0.9)


def segment(start: float, end: float, *words: SpokenWord) -> Segment:
    text = " ".join(word.text for word in words) or "One two"
    return Segment(start, end, text, words, 0.0, 0.9)


def times(found: list[SpokenWord]) -> list[tuple[float, float]]:
    return [(word.start_seconds, word.end_seconds) for word in found]


def make_sound(*seconds: float, offset: float = 0.0, noise: float = 0.0) -> np.ndarray:
    """Pauses and sounds in turns, a pause first."""
    random = np.random.default_rng(0)
    parts = [
        random.normal(0, 0.1 * (place % 2), round(long * SAMPLE_RATE_HZ))
        for place, long in enumerate(seconds)
    ]
    whole = np.concatenate(parts)
    return (whole + offset + random.normal(0, noise, len(whole))).astype(np.float32)


@pytest.mark.parametrize("settings", [{}, {"offset": 0.01}, {"noise": 0.003}])
def test_sounds_are_found_between_pauses(settings: dict[str, float]) -> None:
    found = find_speech(make_sound(1.0, 0.5, 2.0, 1.0, 1.0, **settings))
    np.testing.assert_allclose(found, [[1.0, 1.5], [3.5, 4.5]], atol=0.021)


def test_short_closures_and_clicks_part_nothing() -> None:
    found = find_speech(make_sound(1.0, 0.5, 0.1, 0.5, 1.0, 0.02, 1.0))
    np.testing.assert_allclose(found, [[1.0, 2.1]], atol=0.021)


def test_sound_without_pauses_is_speech_and_silence_is_none() -> None:
    np.testing.assert_allclose(find_speech(make_sound(0.0, 2.0)), [[0, 2]], atol=0.001)
    assert find_speech(make_sound(2.0)).shape == (0, 2)
    assert find_speech(np.zeros(0, np.float32)).shape == (0, 2)


def test_a_word_does_not_last_over_a_pause() -> None:
    found = bound_words([word("One", 1.5, 6.1), word("two", 6.1, 7.5)], SPEECH)
    assert times(found) == [(1.5, 2.0), (6.1, 7.0)]


def test_a_word_that_is_said_after_a_pause_begins_after_it() -> None:
    assert times(bound_words([word("three", 1.9, 6.5)], SPEECH)) == [(6.0, 6.5)]


def test_a_word_in_a_pause_goes_to_the_nearest_sound() -> None:
    assert times(bound_words([word("One", 2.3, 2.5)], SPEECH)) == [(1.98, 2.0)]
    assert times(bound_words([word("One", 5.0, 5.9)], SPEECH)) == [(6.0, 6.02)]


def test_in_noise_a_word_is_as_long_as_its_letters_allow() -> None:
    ((start, end),) = times(bound_words([word("One", 0.0, 12.8)], np.array([[0.0, 30.0]])))
    assert start == 0
    assert 0.5 < end < 1.5


def test_times_of_words_do_not_fall() -> None:
    words = [word("One", 2.1, 5.0), word("two", 1.5, 1.8), word("three", 1.8, 6.5)]
    found = [time for pair in times(bound_words(words, SPEECH)) for time in pair]
    assert found == sorted(found)


def test_segments_are_as_long_as_their_words() -> None:
    (found,) = bound_segments(
        [segment(0.0, 9.0, word("One", 1.2, 6.4), word("two", 6.4, 9))], SPEECH
    )
    assert (found.start_seconds, found.end_seconds) == (1.2, 7.0)


def test_segments_without_words_are_brought_to_the_speech_under_them() -> None:
    (found,) = bound_segments([segment(0.0, 9.0)], SPEECH)
    assert (found.start_seconds, found.end_seconds) == (1.0, 7.0)


def test_a_segment_does_not_begin_before_the_last_one_ends() -> None:
    first, second = bound_segments([segment(1.0, 1.8), segment(1.5, 1.7)], SPEECH, 1.2)
    assert (first.start_seconds, first.end_seconds) == (1.2, 1.8)
    assert (second.start_seconds, second.end_seconds) == (1.8, 1.82)


def test_words_without_length_share_the_time_of_their_segment() -> None:
    words = [word("One", 1.9, 1.9), word("two", 1.9, 1.9)]
    (found,) = bound_segments([segment(1.0, 2.0, *words)], SPEECH)
    assert times(list(found.words)) == [(1.0, 1.5), (1.5, 2.0)]


def test_without_any_sound_times_stay() -> None:
    assert times(bound_words([word("One", 0.2, 0.4)], np.zeros((0, 2)))) == [(0.2, 0.4)]
