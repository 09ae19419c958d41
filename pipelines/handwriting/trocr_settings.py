"""What a bundle of the family "trocr" says of its network and of its pictures."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.images import LARGEST_SIDE, Interpolation
from pipelines.search.decoder_shape import DecoderShape
from pipelines.settings import Settings, setting


@dataclass(frozen=True)
class TrocrShape(DecoderShape):
    """The network, as far as the search has to know it; see `TrocrConfig` of the toolkit."""

    vocabulary: int = setting(minimum=3, maximum=1_000_000)


@dataclass(frozen=True)
class TrocrPreprocessing(Settings):
    """How a picture of a line becomes the network's input, and how much is read of it.

    Attributes:
        side: of the square picture, in pixels.
        interpolation: the resampling filter.
        longest: pieces that a line may have.
    """

    side: int = setting(minimum=1, maximum=LARGEST_SIDE)
    interpolation: Interpolation = setting()
    longest: int = setting(minimum=4, maximum=10_000)
