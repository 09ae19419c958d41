"""What a bundle of the family "marian" says of its network and of its languages."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.errors import ConfigurationError
from pipelines.search.decoder_shape import DecoderShape
from pipelines.settings import Settings, setting


@dataclass(frozen=True)
class MarianShape(DecoderShape):
    """The network, as far as the search has to know it; see `MarianConfig` of the toolkit."""

    target_vocabulary: int = setting(minimum=3, maximum=1_000_000)


@dataclass(frozen=True)
class MarianSettings(Settings):
    """What a bundle says of its languages.

    Attributes:
        sources: codes of the languages that it translates from.
        targets: codes of those that it translates to; where the vocabulary has a piece >>code<<, it
            goes in front of each sentence.
        longest: pieces that it translates at once.
    """

    sources: list[str] = setting()
    targets: list[str] = setting()
    longest: int = setting(minimum=4, maximum=10_000)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("sources", "targets"):
            codes = getattr(self, name)
            if not codes or not all(isinstance(code, str) for code in codes):
                raise ConfigurationError(f"{name} {codes!r} are not codes of languages")
