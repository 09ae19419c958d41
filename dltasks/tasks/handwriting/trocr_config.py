"""The settings that rebuild a TrOCR network."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.errors import ConfigurationError
from pipelines.images import LARGEST_SIDE
from pipelines.settings import Settings, setting

ACTIVATIONS = ("relu", "gelu", "swish")
COLOURS = 3


@dataclass(frozen=True)
class TrocrConfig(Settings):
    """Rebuilds a network; sealed in its bundle.

    Attributes:
        family: of networks.
        side: of the square picture, in pixels; a multiple of `patch`.
        patch: side of the squares that the picture is cut into, in pixels.
        mean: of red, green and blue, as parts of white; what is subtracted.
        spread: of the colours likewise; what they are divided by.
        extra_tokens: learned vectors before the patches: 1 in ViT, 2 in DeiT, which has one more to
            distil into.
        encoder_width: of what the encoder gives.
        encoder_layers: in the encoder.
        encoder_heads: of each attention there.
        encoder_inner: width of the feed-forward parts there.
        encoder_activation: of the feed-forward parts there.
        encoder_epsilon: of the normalisations there.
        encoder_bias: whether queries, keys and values have a bias there.
        vocabulary: pieces.
        width: of the decoder; even.
        positions: pieces that a line may have.
        decoder_layers: in the decoder.
        decoder_heads: of each attention there.
        decoder_inner: width of the feed-forward parts there.
        decoder_activation: of the feed-forward parts there.
        learned_positions: whether the decoder's positions are learned; otherwise they are sines.
        first_position: the number of the first one.
        scale_embedding: whether embeddings are multiplied by the square root of the width.
        normalise_embedding: whether the sums of embeddings and positions are normalised.
        tied_output: whether the table of the pieces is also that of the output.
        padding: the piece that fills rows.
        begin: the piece before the first.
        end: the piece after the last.
        dropout: of what is added to the input of each part of the decoder, while training.
    """

    family: str = setting("trocr", choices=("trocr",))
    side: int = setting(384, minimum=1, maximum=LARGEST_SIDE)
    patch: int = setting(16, minimum=1, maximum=LARGEST_SIDE)
    mean: tuple[float, ...] = setting((0.5, 0.5, 0.5), minimum=-10.0, maximum=10.0)
    spread: tuple[float, ...] = setting((0.5, 0.5, 0.5), minimum=1e-3, maximum=10.0)
    extra_tokens: int = setting(1, minimum=1, maximum=2)
    encoder_width: int = setting(768, minimum=1, maximum=16_384)
    encoder_layers: int = setting(12, minimum=1, maximum=64)
    encoder_heads: int = setting(12, minimum=1, maximum=128)
    encoder_inner: int = setting(3072, minimum=1, maximum=65_536)
    encoder_activation: str = setting("gelu", choices=ACTIVATIONS)
    encoder_epsilon: float = setting(1e-12, minimum=0.0, maximum=0.1)
    encoder_bias: bool = setting(False)
    vocabulary: int = setting(50_265, minimum=3, maximum=1_000_000)
    width: int = setting(1024, minimum=2, maximum=16_384)
    positions: int = setting(512, minimum=8, maximum=16_384)
    decoder_layers: int = setting(12, minimum=1, maximum=64)
    decoder_heads: int = setting(16, minimum=1, maximum=128)
    decoder_inner: int = setting(4096, minimum=1, maximum=65_536)
    decoder_activation: str = setting("gelu", choices=ACTIVATIONS)
    learned_positions: bool = setting(True)
    first_position: int = setting(2, minimum=0, maximum=1_000_000)
    scale_embedding: bool = setting(False)
    normalise_embedding: bool = setting(True)
    tied_output: bool = setting(False)
    padding: int = setting(1, minimum=0, maximum=1_000_000)
    begin: int = setting(2, minimum=0, maximum=1_000_000)
    end: int = setting(2, minimum=0, maximum=1_000_000)
    dropout: float = setting(0.1, minimum=0.0, maximum=0.9)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, heads, width in (
            ("encoder_heads", self.encoder_heads, self.encoder_width),
            ("decoder_heads", self.decoder_heads, self.width),
        ):
            if width % heads or width % 2:
                raise ConfigurationError(
                    f"width {width} is not even and a multiple of {name} {heads}"
                )
        if self.side % self.patch:
            raise ConfigurationError(f"side {self.side} is not a multiple of patch {self.patch}")
        for name in ("mean", "spread"):
            if len(getattr(self, name)) != COLOURS:
                raise ConfigurationError(f"{name} {getattr(self, name)} is not {COLOURS} numbers")
        for name in ("padding", "begin", "end"):
            if getattr(self, name) >= self.vocabulary:
                raise ConfigurationError(
                    f"{name} {getattr(self, name)} is not one of {self.vocabulary} pieces"
                )
