"""From the tokens of a window to segments and words with their times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.speech_recognition.transcription import Segment, SpokenWord
from pipelines.speech_recognition.whisper_decoder import TokenHypothesis
from pipelines.speech_recognition.whisper_tokens import WhisperTokens
from pipelines.speech_recognition.whisper_word_times import align

SECONDS_A_POSITION = 0.02  # of the encoder's output
SHORTEST_SECONDS = 0.02  # of a segment, so that a subtitle never ends as it begins


@dataclass(frozen=True)
class Span:
    """The tokens of one segment in those of its window.

    Attributes:
        start: index of its first token of text.
        end: index after the last one.
        start_seconds: from the window's beginning.
        end_seconds: from the window's beginning.
    """

    start: int
    end: int
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True)
class Place:
    """Where a window lies in a recording.

    Attributes:
        start_seconds: of the window, from the recording's beginning.
        seconds: of sound in it.
    """

    start_seconds: float
    seconds: float


def find_spans(
    tokens: Sequence[int], vocabulary: WhisperTokens, seconds: float
) -> tuple[list[Span], float]:
    """Cut the tokens of a window at their times.

    Text that the window breaks off is left to the next window, which then begins where the last
    whole segment ends.

    Args:
        tokens: of the window.
        vocabulary: they are of.
        seconds: of sound in the window.

    Returns:
        The segments, and by how many seconds to move on.
    """
    spans: list[Span] = []
    start, begin_seconds = 0, 0.0
    for index, token in enumerate(tokens):
        if not vocabulary.is_timestamp(token):
            continue
        said = vocabulary.seconds(token)
        if index > start:
            spans.append(Span(start, index, begin_seconds, min(said, seconds)))
        start, begin_seconds = index + 1, min(said, seconds)
    rest = Span(start, len(tokens), begin_seconds, seconds)
    broke_off = bool(spans) and len(tokens) >= 2 and _begins_another(tokens, vocabulary)
    if broke_off and spans[-1].end_seconds > SHORTEST_SECONDS:
        return spans, spans[-1].end_seconds
    return [*spans, rest] if rest.end > rest.start else spans, seconds


def _begins_another(tokens: Sequence[int], vocabulary: WhisperTokens) -> bool:
    """Tell whether after the last whole segment another one begins."""
    times = [token for token in tokens if vocabulary.is_timestamp(token)]
    return len(times) % 2 == 1 and len(times) > 1


def make_segments(
    text: TokenHypothesis,
    spans: Sequence[Span],
    place: Place,
    *,
    vocabulary: WhisperTokens,
    language: str,
    no_speech: float,
    word_times: bool,
) -> list[Segment]:
    """Make segments of spans; those without text are left out."""
    starts = _token_starts(text, place.seconds) if word_times and spans else np.zeros(0)
    segments = []
    for span in spans:
        said = vocabulary.decode(text.tokens[span.start : span.end]).strip()
        words = _make_words(text, span, starts, place, vocabulary, language) if word_times else ()
        end_seconds = max(span.end_seconds, span.start_seconds + SHORTEST_SECONDS)
        likely = float(np.mean(text.log_probabilities[span.start : span.end]))
        if said:
            segments.append(
                Segment(
                    _round(place.start_seconds + span.start_seconds),
                    _round(place.start_seconds + end_seconds),
                    said,
                    words,
                    no_speech,
                    math.exp(likely),
                )
            )
    return segments


def _token_starts(text: TokenHypothesis, seconds: float) -> np.ndarray:
    """Give when each token begins, and the end, in seconds from the window's beginning."""
    positions = max(math.ceil(seconds / SECONDS_A_POSITION), 1)
    starts = align(text.attended, positions) * SECONDS_A_POSITION
    return np.append(starts, seconds)


def _make_words(
    text: TokenHypothesis,
    span: Span,
    starts: np.ndarray,
    place: Place,
    vocabulary: WhisperTokens,
    language: str,
) -> tuple[SpokenWord, ...]:
    words = []
    for part in vocabulary.split_words(text.tokens[span.start : span.end], language):
        first, after = span.start + part.start, span.start + part.end
        start, end = np.clip(starts[[first, after]], span.start_seconds, span.end_seconds)
        likely = math.exp(min(text.log_probabilities[first:after]))
        times = _round(place.start_seconds + start), _round(place.start_seconds + end)
        words.append(SpokenWord(part.text, *times, likely))
    return tuple(words)


def _round(seconds: float) -> float:
    return round(float(seconds), 3)
