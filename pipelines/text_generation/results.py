"""What was generated, and how probable a text is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

End = Literal["length", "stop", "end"]


@dataclass(frozen=True)
class Sample:
    """A text that was written.

    Attributes:
        text: what follows the prompt.
        pieces: what each symbol added to it; nothing where a character is not complete yet.
        log_probabilities: of each symbol, as the network has it: natural logarithms.
        end: why it ends: "length", "stop" (a stop string, which is left out) or "end" (the network
            has ended it).
    """

    text: str
    pieces: tuple[str, ...]
    log_probabilities: tuple[float, ...]
    end: End


@dataclass(frozen=True)
class Generated:
    """What was written after a prompt.

    Attributes:
        prompt: as the network saw it.
        text: the first sample's.
        samples: all of them.
        replaced: characters of the prompt that the network does not know, and what stood for each;
            nothing where it was passed over.
    """

    prompt: str
    text: str
    samples: tuple[Sample, ...]
    replaced: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.prompt}{self.text}"


@dataclass(frozen=True)
class Scored:
    """How likely a text is.

    Attributes:
        pieces: what each symbol writes.
        log_probabilities: of each, after all before it: natural logarithms.
        unknown: characters that the network does not know; each counts as one unlikely symbol.
        bits_per_character: how far the text is from what was expected.
        perplexity: among how many equally likely symbols the network was in doubt.
    """

    pieces: tuple[str, ...]
    log_probabilities: tuple[float, ...]
    unknown: tuple[str, ...]
    bits_per_character: float
    perplexity: float
