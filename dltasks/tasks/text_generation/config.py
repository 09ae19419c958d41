"""The settings of text generation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pipelines.settings import Settings, setting
from pipelines.text_generation.vocabularies import UNITS


class Size(NamedTuple):
    """How large a network is.

    Attributes:
        layers: LSTMs, one on the other.
        width: of each.
        embedding: width of the table that reads symbols and, the same one, writes them.
    """

    layers: int
    width: int
    embedding: int


SIZES = {
    "tiny": Size(1, 64, 32),
    "small": Size(2, 256, 64),
    "base": Size(2, 512, 128),  # 3.5 million weights: a bundle of 14 MB
    "large": Size(3, 768, 256),
}


@dataclass(frozen=True)
class GeneratorConfig(Settings):
    """Rebuilds a network; sealed in its bundle.

    Attributes:
        vocabulary: number of symbols, the special ones included.
        layers: LSTMs, one on the other.
        width: of each.
        embedding: width of the table of symbols.
        residual: whether each LSTM but the first adds its input, and each normalises it before.
        dropout: between LSTMs and of the last one's output, while training.
        weight_dropout: part of the recurrent weights that is dropped, while training.
        symbol_dropout: part of the symbols that are not read, while training.
    """

    vocabulary: int
    layers: int
    width: int
    embedding: int
    residual: bool = False
    dropout: float = 0.0
    weight_dropout: float = 0.0
    symbol_dropout: float = 0.0


@dataclass(frozen=True)
class TextGenerationConfig(Settings):
    """How to make a writer of one's own."""

    base: str | None = setting(
        None, "Bundle to start from, by name or folder; by default from random weights."
    )
    unit: str = setting("characters", "What the text is written in.", choices=UNITS)
    size: str = setting("base", "Of a network that starts anew.", choices=tuple(SIZES))
    residual: bool = setting(False, "LSTMs that are normalised and add to their input.")
    vocabulary: int = setting(
        4000, "Pieces at the most, where the unit is pieces.", minimum=300, maximum=64000
    )
    window: int = setting(
        64, "Symbols of each stream a step; gradients go back no further.", minimum=2, maximum=4096
    )
    dropout: float = setting(
        0.3, "Between the layers, the same for a whole window.", minimum=0.0, maximum=0.9
    )
    weight_dropout: float = setting(
        0.3,
        "Part of the LSTMs' recurrent weights, for a whole window.",
        minimum=0.0,
        maximum=0.9,
    )
    symbol_dropout: float = setting(
        0.02, "Part of the symbols that are not read in training.", minimum=0.0, maximum=0.5
    )
    sample: int = setting(200, "Characters to show after each epoch; 0 is none.", minimum=0)

    def network(self, vocabulary: int) -> GeneratorConfig:
        """Describe the network of this size for a vocabulary of so many symbols."""
        size = SIZES[self.size]
        return GeneratorConfig(
            vocabulary=vocabulary,
            layers=size.layers,
            width=size.width,
            embedding=size.embedding,
            residual=self.residual,
            dropout=self.dropout,
            weight_dropout=self.weight_dropout,
            symbol_dropout=self.symbol_dropout,
        )
