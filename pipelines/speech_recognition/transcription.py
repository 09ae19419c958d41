"""What was said, and how to listen: the results and options of every recogniser."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.errors import ConfigurationError

# Sure at first, then freer and freer where a text cannot be right: Radford et al. 2022, 4.5.
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


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


@dataclass(frozen=True)
class TranscriptionOptions:
    """How to listen.

    Attributes:
        language: ISO 639-1 code of what is spoken; None lets the model find out.
        translate: write English, whatever is spoken.
        initial_prompt: text that might stand before, with names and words as they are spelled.
        beams: texts followed at once; 1 takes the likeliest token each time. None is 1, but more
            where the model has a language model beside it.
        temperatures: tried in turn until a text is likely and does not repeat itself.
        seed: of the random numbers at temperatures above 0.
        word_times: tell when each word was said.
    """

    language: str | None = None
    translate: bool = False
    initial_prompt: str = ""
    beams: int | None = None
    temperatures: tuple[float, ...] = TEMPERATURES
    seed: int = 0
    word_times: bool = True

    def __post_init__(self) -> None:
        if self.beams is not None and self.beams < 1:
            raise ConfigurationError(f"beams {self.beams} is not positive; give 1 or more")
        if not self.temperatures or not all(0 <= item <= 2 for item in self.temperatures):
            raise ConfigurationError(
                f"temperatures {list(self.temperatures)} are not numbers from 0 to 2; give one or "
                "more"
            )


def join_segments(language: str, segments: tuple[Segment, ...]) -> Transcription:
    """Make a transcription of its segments."""
    text = " ".join(segment.text for segment in segments)
    return Transcription(text, language if segments else "", segments)
