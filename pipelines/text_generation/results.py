"""The results of text generation and scoring."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pipelines.base import TaskResult

End = Literal["length", "stop", "end"]


@dataclass(frozen=True)
class Sample:
    """A generated text.

    Attributes:
        text: what follows the prompt.
        pieces: what each symbol added to it; empty if a character is not complete yet.
        log_probabilities: natural logarithm of the network's probability of each symbol.
        end: why it ends: "length", "stop" (a stop string, which is left out) or "end" (the network
            ended it).
    """

    text: str
    pieces: tuple[str, ...] = field(repr=False)
    log_probabilities: tuple[float, ...] = field(repr=False)
    end: End


@dataclass(frozen=True, repr=False)
class Generated(TaskResult):
    """The generated texts of a prompt.

    Attributes:
        prompt: as the network saw it.
        text: the first sample's.
        samples: all of them.
        replaced: characters of the prompt that the network does not know, and the replacement of
            each; empty if it was left out.
    """

    prompt: str
    text: str
    samples: tuple[Sample, ...]
    replaced: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.prompt}{self.text}"


@dataclass(frozen=True, repr=False)
class Scored(TaskResult):
    """The probability of a text.

    Attributes:
        pieces: what each symbol writes.
        log_probabilities: of each, after all before it: natural logarithms.
        unknown: characters that the network does not know; each counts as one unlikely symbol.
        bits_per_character: mean negative log2 probability of a character.
        perplexity: exponential of the mean loss per symbol.
    """

    pieces: tuple[str, ...]
    log_probabilities: tuple[float, ...]
    unknown: tuple[str, ...]
    bits_per_character: float
    perplexity: float

    def __str__(self) -> str:
        return f"{self.bits_per_character:.3f} bits per character, perplexity {self.perplexity:.2f}"
