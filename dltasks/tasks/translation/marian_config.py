"""The settings that rebuild a Marian network."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.errors import ConfigurationError
from pipelines.settings import Settings, setting

ACTIVATIONS = ("relu", "gelu", "swish")


@dataclass(frozen=True)
class MarianConfig(Settings):
    """Rebuilds a network; sealed in its bundle.

    Attributes:
        family: of networks.
        source_vocabulary: number of source pieces, padding included.
        target_vocabulary: of target pieces.
        width: of the embeddings; even.
        positions: pieces that a sentence may have.
        encoder_layers: in the encoder.
        encoder_heads: of each attention there.
        encoder_inner: width of the feed-forward parts there.
        decoder_layers: in the decoder.
        decoder_heads: of each attention there.
        decoder_inner: width of the feed-forward parts there.
        activation: of the feed-forward parts.
        normalise_first: whether to normalise before each part, and once more at the end of encoder
            and decoder; otherwise after each part.
        scale_embedding: whether embeddings are multiplied by the square root of the width.
        shared_embedding: whether source and target have one table.
        tied_output: whether the table of the target is also that of the output.
        padding: the source piece that fills rows.
        begin: the target piece before the first; nothing else is ever translated to it.
        end: the piece after a sentence, on both sides.
        dropout: of what is added to the input of each part, while training.
    """

    family: str = setting("marian", choices=("marian",))
    source_vocabulary: int = setting(58_101, minimum=3, maximum=1_000_000)
    target_vocabulary: int = setting(58_101, minimum=3, maximum=1_000_000)
    width: int = setting(512, minimum=2, maximum=16_384)
    positions: int = setting(512, minimum=8, maximum=16_384)
    encoder_layers: int = setting(6, minimum=1, maximum=64)
    encoder_heads: int = setting(8, minimum=1, maximum=128)
    encoder_inner: int = setting(2048, minimum=1, maximum=65_536)
    decoder_layers: int = setting(6, minimum=1, maximum=64)
    decoder_heads: int = setting(8, minimum=1, maximum=128)
    decoder_inner: int = setting(2048, minimum=1, maximum=65_536)
    activation: str = setting("swish", choices=ACTIVATIONS)
    normalise_first: bool = setting(False)
    scale_embedding: bool = setting(True)
    shared_embedding: bool = setting(True)
    tied_output: bool = setting(True)
    padding: int = setting(58_100, minimum=0, maximum=1_000_000)
    begin: int = setting(58_100, minimum=0, maximum=1_000_000)
    end: int = setting(0, minimum=0, maximum=1_000_000)
    dropout: float = setting(0.1, minimum=0.0, maximum=0.9)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("encoder_heads", "decoder_heads"):
            heads = getattr(self, name)
            if self.width % heads or self.width % 2:
                raise ConfigurationError(
                    f"width {self.width} is not even and a multiple of {name} {heads}"
                )
        smallest = min(self.source_vocabulary, self.target_vocabulary)
        sizes = {"padding": self.source_vocabulary, "begin": self.target_vocabulary}
        for name, size in {**sizes, "end": smallest}.items():
            if getattr(self, name) >= size:
                raise ConfigurationError(
                    f"{name} {getattr(self, name)} is not one of {size} pieces"
                )
        if self.shared_embedding and self.source_vocabulary != self.target_vocabulary:
            raise ConfigurationError(
                f"source_vocabulary {self.source_vocabulary} and target_vocabulary "
                f"{self.target_vocabulary} cannot share one table"
            )
