"""What was said: the results of every recogniser."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SpokenWord:
    """A word and when it was said.

    Attributes:
        text: with its punctuation, without spaces.
        start_seconds: from the recording's beginning.
        end_seconds: from the recording's beginning.
        confidence: the probability of its least sure part, 0 to 1.
    """

    text: str
    start_seconds: float
    end_seconds: float
    confidence: float


@dataclass(frozen=True)
class Segment:
    """A stretch of speech, about a sentence: what a subtitle shows.

    Attributes:
        start_seconds: from the recording's beginning.
        end_seconds: from the recording's beginning; never before the start.
        text: what was said, without spaces around it.
        words: the text's words; none where they were not asked for.
        no_speech: the probability that nobody speaks here, 0 to 1.
        confidence: the mean probability of the text's parts (geometric), 0 to 1.
    """

    start_seconds: float
    end_seconds: float
    text: str
    words: tuple[SpokenWord, ...]
    no_speech: float
    confidence: float


@dataclass(frozen=True)
class Transcription:
    """What a recording says.

    Attributes:
        text: its segments, joined by spaces; "" where nobody speaks.
        language: ISO 639-1 code of what is spoken; "" where nobody speaks.
        segments: in the order of time.
    """

    text: str
    language: str
    segments: tuple[Segment, ...]

    def __str__(self) -> str:
        return self.text


def join_segments(language: str, segments: tuple[Segment, ...]) -> Transcription:
    """Make a transcription of its segments."""
    text = " ".join(segment.text for segment in segments)
    return Transcription(text, language if segments else "", segments)
