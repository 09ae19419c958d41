"""What a search has to know of a published Transformer's decoder."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.settings import Settings, setting


@dataclass(frozen=True)
class DecoderShape(Settings):
    """Its sizes, and the numbers of the pieces that a text is framed by."""

    width: int = setting(minimum=2, maximum=16_384)
    positions: int = setting(minimum=8, maximum=16_384)
    decoder_layers: int = setting(minimum=1, maximum=64)
    decoder_heads: int = setting(minimum=1, maximum=128)
    padding: int = setting(minimum=0, maximum=1_000_000)
    begin: int = setting(minimum=0, maximum=1_000_000)
    end: int = setting(minimum=0, maximum=1_000_000)
