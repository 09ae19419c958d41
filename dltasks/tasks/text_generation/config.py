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

    vocabulary: int = setting(minimum=1, maximum=1_000_000)
    layers: int = setting(minimum=1, maximum=64)
    width: int = setting(minimum=1, maximum=16_384)
    embedding: int = setting(minimum=1, maximum=16_384)
    residual: bool = False
    dropout: float = setting(0.0, minimum=0.0, maximum=0.9)
    weight_dropout: float = setting(0.0, minimum=0.0, maximum=0.9)
    symbol_dropout: float = setting(0.0, minimum=0.0, maximum=0.9)


@dataclass(frozen=True)
class TextGenerationConfig(Settings):
    """How to train."""

    base: str | None = setting(
        None, "Bundle to start from, by name or folder. By default random weights."
    )
    unit: str = setting(
        "characters", "Symbols of the text; pieces are subword tokens.", choices=UNITS
    )
    size: str = setting(
        "base", "Size of a new network; with --base, the base has its own.", choices=tuple(SIZES)
    )
    residual: bool = setting(False, "Normalise the input of each LSTM and add it to the output.")
    vocabulary: int = setting(
        4000, "Largest number of tokens, with --unit pieces.", minimum=300, maximum=64000
    )
    window: int = setting(
        64, "Symbols per step and row; gradients go back no further.", minimum=2, maximum=4096
    )
    dropout: float = setting(
        0.3, "Dropout between the layers, with one mask per window.", minimum=0.0, maximum=0.9
    )
    weight_dropout: float = setting(
        0.3,
        "Dropout of the LSTMs' recurrent weights, with one mask per window.",
        minimum=0.0,
        maximum=0.9,
    )
    symbol_dropout: float = setting(
        0.02, "Fraction of the input symbols to drop in training.", minimum=0.0, maximum=0.5
    )
    sample: int = setting(
        200, "Characters of sample text to show after each epoch; 0 is none.", minimum=0
    )

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
