"""What a bundle of the family "whisper" says of its decoder and of its network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.errors import ConfigurationError
from pipelines.settings import Settings, setting


@dataclass(frozen=True)
class WhisperSettings(Settings):
    """What a bundle says of its decoder.

    Attributes:
        multilingual: whether it has to be told language and task.
        alignment_heads: whose attention follows the speech, each [layer, head].
    """

    multilingual: bool = setting()
    alignment_heads: list[list[int]] = setting()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.alignment_heads or not all(map(_is_pair, self.alignment_heads)):
            raise ConfigurationError(f"alignment_heads {self.alignment_heads!r} are not pairs")

    @property
    def heads(self) -> list[tuple[int, int]]:
        """The heads, as (layer, head)."""
        return [(layer, head) for layer, head in self.alignment_heads]


@dataclass(frozen=True)
class WhisperShape(Settings):
    """The shape of a network, as far as a window goes."""

    mel_bands: int = setting(minimum=1, maximum=512)
    audio_positions: int = setting(minimum=1, maximum=6000)
    text_positions: int = setting(minimum=4, maximum=4096)
    text_layers: int = setting(minimum=1, maximum=64)
    heads: int = setting(minimum=1, maximum=128)

    def has_head(self, layer: int, head: int) -> bool:
        """Tell whether the decoder has such a head."""
        return 0 <= layer < self.text_layers and 0 <= head < self.heads


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(item) is int for item in value)
