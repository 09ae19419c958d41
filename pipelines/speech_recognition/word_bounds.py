"""Bring the times of words to where the sound is: a word does not last over a pause.

The attention of a decoder tells when a word begins, and hardly when it ends: the alignment gives
the whole time to the next word. The level of the signal tells where the pauses are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pipelines.audio import SAMPLE_RATE_HZ
from pipelines.speech_recognition.transcription import Segment, SpokenWord

FRAME_SECONDS = 0.02
FRAME = round(SAMPLE_RATE_HZ * FRAME_SECONDS)  # samples
FLOOR = 1e-3  # root mean square, -60 dB of full scale; as in `windows.py`
OVER_NOISE = 4.0  # times the level of the quietest tenth: 12 dB
UNDER_LOUDEST = 10 ** (-35 / 20)  # of the window: fainter sounds are no speech
MOST_OF_LOUDEST = 10 ** (-20 / 20)  # a window without pauses must not be taken for noise
CLOSURE_SECONDS = 0.25  # shorter pauses are within speech, such as before a t
CLICK_SECONDS = 0.06  # shorter sounds between pauses are no speech
# A slow speaker needs less: 2.5 syllables a second are about 0.15 s a letter.
LONGEST_WORD_SECONDS = 0.6
LONGEST_LETTER_SECONDS = 0.12
SHORTEST_LETTER_SECONDS = 0.03

Stretches = np.ndarray  # float [stretches, 2]: begin and end, in seconds, in the order of time


def find_speech(samples: np.ndarray) -> Stretches:
    """Find where the sound is louder than the pauses around it.

    Args:
        samples: float32 [samples] at SAMPLE_RATE_HZ.

    Returns:
        float64 [stretches, 2], begin and end in seconds from the first sample.
    """
    frames = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
    if not len(frames):
        return np.zeros((0, 2))
    centred = frames - np.median(samples)  # an offset is no sound
    level = np.sqrt(np.square(centred).mean(axis=1))
    loudest = float(np.quantile(level, 0.99))
    least = max(OVER_NOISE * float(np.quantile(level, 0.1)), UNDER_LOUDEST * loudest)
    is_loud = level > max(FLOOR, min(least, MOST_OF_LOUDEST * loudest))
    edges = np.flatnonzero(np.diff(np.pad(is_loud.astype(np.int8), 1)))
    stretches: Stretches = edges.reshape(-1, 2) * FRAME_SECONDS
    return _without_clicks(_join_near(stretches))


def _join_near(stretches: Stretches) -> Stretches:
    """Join what a closure parts."""
    if not len(stretches):
        return stretches
    apart = stretches[1:, 0] - stretches[:-1, 1] >= CLOSURE_SECONDS
    begins = stretches[np.concatenate([[True], apart]), 0]
    ends = stretches[np.concatenate([apart, [True]]), 1]
    return np.stack([begins, ends], axis=1)


def _without_clicks(stretches: Stretches) -> Stretches:
    lasts = stretches[:, 1] - stretches[:, 0] > CLICK_SECONDS
    return stretches[lasts] if lasts.any() else stretches


def bound_segments(
    segments: Sequence[Segment], speech: Stretches, before_seconds: float = 0.0
) -> list[Segment]:
    """Bring words to the speech under them, and segments to their words.

    A segment without words is brought to the speech under it. Times do not fall, neither from word
    to word nor from segment to segment.

    Args:
        segments: in the order of time.
        speech: of `find_speech`, in the same time as the segments.
        before_seconds: when the words before these end.
    """
    bounded, latest = [], before_seconds
    for segment in segments:
        words = bound_words(_aligned_words(segment), speech)
        times = [(word.start_seconds, word.end_seconds) for word in words]
        whole = segment.start_seconds, segment.end_seconds
        span = (times[0][0], times[-1][1]) if times else _under(whole, speech, at_most=None)
        start = max(span[0], latest)
        latest = max(span[1], start + FRAME_SECONDS)
        bounded.append(
            replace(
                segment,
                start_seconds=_round(start),
                end_seconds=_round(latest),
                words=tuple(_not_before(start, word) for word in words),
            )
        )
    return bounded


def _aligned_words(segment: Segment) -> Sequence[SpokenWord]:
    """Give the words; estimate times by the letters where nobody says so many so fast."""
    words = segment.words
    letters = np.cumsum([0, *(max(len(word.text), 1) for word in words)])
    least = SHORTEST_LETTER_SECONDS * letters[-1]
    if not words or words[-1].end_seconds - words[0].start_seconds >= least:
        return words
    seconds = segment.end_seconds - segment.start_seconds
    times = segment.start_seconds + seconds * letters / letters[-1]
    return [
        replace(word, start_seconds=float(start), end_seconds=float(end))
        for word, (start, end) in zip(words, pairwise(times), strict=True)
    ]


def bound_words(words: Sequence[SpokenWord], speech: Stretches) -> list[SpokenWord]:
    """Bring each word to the speech under it, of a plausible length; times do not fall."""
    bounded: list[SpokenWord] = []
    latest = 0.0
    for word in words:
        letters = len(word.text)
        longest = LONGEST_WORD_SECONDS + LONGEST_LETTER_SECONDS * letters
        start, end = _under((word.start_seconds, word.end_seconds), speech, at_most=longest)
        start = max(start, latest)
        latest = max(end, start)
        bounded.append(replace(word, start_seconds=_round(start), end_seconds=_round(latest)))
    return bounded


def _under(
    times: tuple[float, float], speech: Stretches, *, at_most: float | None
) -> tuple[float, float]:
    """Give the part of a time that has the most speech; the nearest speech if it has none.

    Without a limit `at_most` on its length, all of its speech, from the first to the last.
    """
    start, end = times
    if len(speech):
        begins, ends = np.maximum(speech[:, 0], start), np.minimum(speech[:, 1], end)
        under = np.flatnonzero(ends >= begins)
        if not len(under):
            return _nearest(times, speech)
        if at_most is not None:
            under = under[[np.argmax((ends - begins)[under])]]
        start, end = float(begins[under[0]]), float(ends[under[-1]])
    return start, end if at_most is None else min(end, start + at_most)


def _nearest(times: tuple[float, float], speech: Stretches) -> tuple[float, float]:
    """Give the first or the last frame of the speech that is nearest."""
    start, end = times
    distances = np.maximum(speech[:, 0] - end, start - speech[:, 1])
    begin, stop = map(float, speech[distances.argmin()])
    if begin >= end:
        return begin, min(begin + FRAME_SECONDS, stop)
    return max(stop - FRAME_SECONDS, begin), stop


def _not_before(start: float, word: SpokenWord) -> SpokenWord:
    return replace(
        word,
        start_seconds=max(word.start_seconds, _round(start)),
        end_seconds=max(word.end_seconds, _round(start)),
    )


def _round(seconds: float) -> float:
    return round(float(seconds), 3)
