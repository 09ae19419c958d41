"""The results of speech recognition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.base import TaskResult
from pipelines.options import CueOptions
from pipelines.speech_recognition.cues import Cue, make_cues
from pipelines.speech_recognition.subtitle_formats import write_subtitles


@dataclass(frozen=True)
class SpokenWord:
    """A word and when it was said.

    Attributes:
        text: with its punctuation, without spaces.
        start_seconds: from the recording's beginning.
        end_seconds: from the recording's beginning.
        confidence: the probability of its least certain part, 0 to 1.
    """

    text: str
    start_seconds: float
    end_seconds: float
    confidence: float


@dataclass(frozen=True)
class Segment:
    """A stretch of speech, about a sentence.

    Attributes:
        start_seconds: from the recording's beginning.
        end_seconds: from the recording's beginning; never before the start.
        text: what was said, without spaces around it.
        words: the words of the text; empty with word_times=False.
        no_speech: the probability that the segment has no speech, 0 to 1.
        confidence: the mean probability of the text's parts (geometric), 0 to 1.
    """

    start_seconds: float
    end_seconds: float
    text: str
    words: tuple[SpokenWord, ...]
    no_speech: float
    confidence: float


@dataclass(frozen=True, repr=False)
class Transcription(TaskResult):
    """The text of a recording.

    Attributes:
        text: its segments, joined by spaces; "" without speech.
        language: ISO 639-1 code of the spoken language; "" without speech.
        segments: in the order of time.
    """

    text: str
    language: str
    segments: tuple[Segment, ...]

    def cues(self, **options: Any) -> list[Cue]:
        """Cut the text into cues of subtitles.

        Args:
            options: those of `pipelines.options.CueOptions`, such as max_line_characters=42.

        Raises:
            ConfigurationError: there is no such option, or its value cannot be used.
        """
        return make_cues(self.segments, CueOptions.from_dict(options, "cues"))

    def to_subtitles(self, form: str, **options: Any) -> str:
        """Write the text as the content of a file of subtitles or labels.

        Args:
            form: srt, vtt, tsv or audacity.
            options: those of `cues`.

        Raises:
            ConfigurationError: there is no such format or option, or a value cannot be used.
        """
        return write_subtitles(self.segments, form, CueOptions.from_dict(options, "to_subtitles"))

    def __str__(self) -> str:
        return self.text


def join_segments(language: str, segments: tuple[Segment, ...]) -> Transcription:
    """Make a transcription of its segments."""
    text = " ".join(segment.text for segment in segments)
    return Transcription(text, language if segments else "", segments)
