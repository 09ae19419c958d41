"""What a text begins with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class NumberedPrompt:
    """One of several prompts that share a seed; each number draws other random numbers.

    The text depends on the seed, the number and the prompt only, so it is the same alone and in a
    batch. Number 0 gives what the prompt gives without a number.

    Attributes:
        text: of any length; without one, a text begins.
        number: which prompt it is, from 0.
    """

    text: str
    number: int

    @property
    def name(self) -> str:
        """The text, by which results and messages name the input."""
        return self.text


@dataclass(frozen=True)
class Prompt:
    """A prompt as the network reads it.

    Attributes:
        text: with what is not known replaced.
        replaced: characters that were, and what stands for each.
        numbers: of the symbols to read, int32.
        number: see `NumberedPrompt`.
    """

    text: str
    replaced: dict[str, str]
    numbers: np.ndarray
    number: int = 0
