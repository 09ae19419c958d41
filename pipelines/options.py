"""Run-time options: how each task answers.

Declared once. The keywords of a pipeline's `__call__` and `stream`, the options of its command,
their checks, defaults and documentation all come from here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pipelines.errors import ConfigurationError
from pipelines.settings import Settings, setting

MOST_BEAMS = 256
READING_BEAMS = 4  # with a language model; 1 without
SPEECH_BEAMS = 8  # with a language model; 1 without
TRANSLATION_BEAMS = 4
PageLayout = Literal["auto", "line", "page"]
ReadingOrder = Literal["columns", "rows"]

# W3C, "WebVTT", section 6.2.
CUE_SETTING = re.compile(r"(?:vertical|line|position|size|align|region):[^\s:>]+")

# Confident at first, then freer where a text cannot be right: Radford et al. 2022, section 4.5.
TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class ClassificationOptions(Settings):
    """How to classify an image."""

    top_k: int | None = setting(
        None,
        "Number of classes to return, the most probable first. By default 5, or of a model that "
        "gives several labels an image, those that pass their thresholds.",
        minimum=1,
    )
    reject: bool = setting(
        True,
        "Return no classes for an image that is unlike the training images. Models tell that were "
        "trained with 20 validation images or more; the built-in one does not.",
    )


@dataclass(frozen=True)
class InspectionOptions(ClassificationOptions):
    """How to inspect an image."""

    label: str | None = setting(
        None, "Name or identifier of the class to explain. By default the most probable one."
    )


@dataclass(frozen=True)
class SimilarityOptions(Settings):
    """How to find similar images."""

    top: int = setting(5, "Number of images to return, the most similar first.", minimum=1)


@dataclass(frozen=True)
class ReadingOptions(Settings):
    """How to read handwriting."""

    layout: PageLayout = setting(
        "auto",
        "line: each picture is one line of text; page: look for lines; auto: look for lines where "
        "the picture is high enough to hold several.",
    )
    order: ReadingOrder = setting(
        "columns",
        "columns: read a column to its end, then the next; rows: read across, as in a table.",
    )
    beams: int | None = setting(
        None,
        f"Number of beams of the search; 1 is fastest. By default {READING_BEAMS} with a language "
        "model, otherwise n_best.",
        minimum=1,
        maximum=MOST_BEAMS,
    )
    language_weight: float | None = setting(
        None,
        "Weight of the language model; 0 leaves it out. By default the model's own.",
        minimum=0.0,
        maximum=100.0,
    )
    n_best: int = setting(
        1, "Number of texts to return for each line.", minimum=1, maximum=MOST_BEAMS
    )
    min_confidence: float = setting(
        0.0, "Leave out lines whose mean word confidence is lower.", minimum=0.0, maximum=1.0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_beams(self.beams, self.n_best)
        check_weight(self.language_weight, self.beams)


@dataclass(frozen=True)
class TranscriptionOptions(Settings):
    """How to transcribe a recording."""

    language: str | None = setting(
        None, "ISO 639-1 code of the spoken language, such as en. By default the model detects it."
    )
    translate: bool = setting(False, "Write English, whatever is spoken.")
    initial_prompt: str = setting(
        "", "Text that could come before, with the spelling of names and words."
    )
    beams: int | None = setting(
        None,
        "Number of beams of the search; 1 is fastest. By default 1, or "
        f"{SPEECH_BEAMS} with a language model.",
        minimum=1,
        maximum=MOST_BEAMS,
    )
    language_weight: float | None = setting(
        None,
        "Weight of the language model, of recognisers that have one; 0 leaves it out. By default "
        "the model's own.",
        minimum=0.0,
        maximum=100.0,
    )
    temperatures: tuple[float, ...] = setting(
        TEMPERATURES,
        "Temperature of sampling; repeat it for those to try in turn when a text cannot be right. "
        "By default 0, 0.2, ... 1.",
        minimum=0.0,
        maximum=2.0,
        flag="--temperature",
    )
    seed: int = setting(0, "Seed of the random numbers.", minimum=0)
    word_times: bool = setting(True, "Give the start and end of each word, in JSON.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.temperatures:
            raise ConfigurationError("temperatures () is empty; give one or more, from 0 to 2")
        check_weight(self.language_weight, self.beams)


@dataclass(frozen=True)
class CueOptions(Settings):
    """How subtitles are cut."""

    max_line_characters: int = setting(
        42,
        "Characters of a subtitle's line at most; those of East Asia count twice.",
        minimum=2,
        maximum=1000,
    )
    max_lines: int = setting(2, "Lines of a subtitle at most.", minimum=1, maximum=10)
    max_cue_seconds: float = setting(
        7.0, "Seconds that a subtitle stays at most.", minimum=0.5, maximum=60.0
    )
    max_characters_per_second: float = setting(
        17.0,
        "Reading speed to aim at: a subtitle stays longer where nobody speaks after it.",
        minimum=1.0,
        maximum=1000.0,
    )
    gap_frames: int = setting(
        2, "Frames of video between two subtitles at least.", minimum=0, maximum=100
    )
    frame_rate: float = setting(25.0, "Frames of video per second.", minimum=1.0, maximum=1000.0)
    max_words_per_cue: int | None = setting(
        None, "Words of a subtitle at most; 1 shows each word alone.", minimum=1
    )
    highlight_words: bool = setting(False, "Underline each word while it is said, in SRT and VTT.")
    cue_settings: str = setting(
        "", 'Settings after the times of each VTT cue, such as "line:85% align:center".'
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for part in self.cue_settings.split():
            if not CUE_SETTING.fullmatch(part):
                raise ConfigurationError(
                    f"cue_settings {self.cue_settings!r}: {part!r} is no setting of a VTT cue; "
                    "write such as line:85% or align:center"
                )

    @property
    def gap_seconds(self) -> float:
        """Seconds between two cues."""
        return self.gap_frames / self.frame_rate


@dataclass(frozen=True)
class GenerationOptions(Settings):
    """How to generate text."""

    length: int = setting(
        400, "Most characters to generate; tokens, with a model of tokens.", minimum=0
    )
    temperature: float = setting(
        0.8,
        "Below 1 is safer; 0 always takes the most probable symbol.",
        minimum=0.0,
        maximum=100.0,
    )
    top_k: int = setting(
        0,
        "Sample from only this many of the most probable symbols; 0 is off.",
        minimum=0,
        maximum=1 << 31,
    )
    top_p: float = setting(
        1.0,
        "Sample from the most probable symbols that together have this probability; 1 is off.",
        minimum=0.0,
        maximum=1.0,
    )
    min_p: float = setting(
        0.0,
        "Sample from symbols with at least this part of the highest probability; 0 is off.",
        minimum=0.0,
        maximum=1.0,
    )
    repetition_penalty: float = setting(
        1.0,
        "Above 1, recent symbols become less probable; for models of tokens.",
        minimum=1.0,
        maximum=100.0,
    )
    stop: tuple[str, ...] = setting(
        (), r"Stop before this text; \n is a line break. May be repeated."
    )
    samples: int = setting(1, "Number of texts to generate for each prompt.", minimum=1)
    seed: int = setting(0, "The same seed gives the same text.", minimum=0)


@dataclass(frozen=True)
class TranslationOptions(Settings):
    """How to translate a text."""

    beams: int | None = setting(
        None,
        "Number of beams of the search; 1 is greedy and fastest. By default "
        f"{TRANSLATION_BEAMS}, or n_best if that is more.",
        minimum=1,
        maximum=MOST_BEAMS,
    )
    n_best: int = setting(1, "Number of translations to return.", minimum=1, maximum=MOST_BEAMS)
    length_penalty: float | None = setting(
        None,
        "0 favours short translations; higher values favour longer ones. By default the model's "
        "own.",
        minimum=0.0,
    )
    coverage_penalty: float | None = setting(
        None,
        "Higher values penalise leaving parts of the source out; 0 is off. By default the model's "
        "own.",
        minimum=0.0,
    )
    keep: str | None = setting(
        None, "Regular expression of further text that is copied and not translated."
    )
    glossary: Mapping[str, str] | None = setting(
        None, "Terms of the source language, each with its translation."
    )
    min_confidence: float = setting(
        0.0, "Leave sentences with less confidence untranslated.", minimum=0.0, maximum=1.0
    )
    align: bool = setting(False, "Show which source words each word comes from.")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_beams(self.beams, self.n_best)


def check_beams(beams: int | None, n_best: int) -> None:
    """Refuse to return more texts than are searched among.

    Raises:
        ConfigurationError: `n_best` is greater than `beams`.
    """
    if beams is not None and n_best > beams:
        raise ConfigurationError(
            f"n_best {n_best} is greater than beams {beams}; raise beams, or leave it out"
        )


def check_weight(language_weight: float | None, beams: int | None) -> None:
    """Refuse a language model where there is no search that it could guide.

    Raises:
        ConfigurationError: `language_weight` is given with one beam.
    """
    if language_weight and beams == 1:
        raise ConfigurationError(
            f"language_weight {language_weight} has no effect with beams 1; raise beams"
        )
