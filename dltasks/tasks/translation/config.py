"""The settings of translation."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.settings import Settings, setting

# After as many sentences of a hundred thousand, the LSTM is far ahead of the Transformer.
ENCODERS = ("lstm", "transformer")


@dataclass(frozen=True)
class TranslatorConfig(Settings):
    """Rebuilds a network; sealed in its bundle.

    Attributes:
        vocabulary: number of pieces, special ones included.
        encoder: what the encoder's layers are made of, one of `ENCODERS`.
        width: of embeddings, states and attention; a multiple of `heads`.
        encoder_layers: in the encoder.
        decoder_layers: in the decoder, each an LSTM, attention and a feed-forward part.
        heads: of each attention.
        dropout: between layers, while training.
    """

    vocabulary: int = setting(minimum=1, maximum=1_000_000)
    encoder: str = setting(choices=ENCODERS)
    width: int = setting(minimum=1, maximum=16_384)
    encoder_layers: int = setting(minimum=1, maximum=64)
    decoder_layers: int = setting(minimum=1, maximum=64)
    heads: int = setting(minimum=1, maximum=128)
    dropout: float = setting(0.0, minimum=0.0, maximum=0.9)


# encoder layers, decoder layers, width, heads
SIZES = {"tiny": (1, 1, 32, 2), "small": (2, 1, 256, 4), "base": (3, 2, 320, 4)}


@dataclass(frozen=True)
class TranslationConfig(Settings):
    """How to train."""

    base: str | None = setting(
        None,
        "Bundle to start from, by name or folder, such as opus-mt-en-de. By default random "
        "weights.",
    )
    new_vocabulary: bool = setting(
        False, "With --base: learn the tokens from the data; by default they are the base's."
    )
    source: str = setting("en", "Language code of the first column.")
    target: str = setting("es", "Language code of the second column.")
    both_directions: bool = setting(True, "Train both directions, or only source to target.")
    size: str = setting("small", "Size of the network.", choices=tuple(SIZES))
    encoder: str = setting("lstm", "Kind of encoder.", choices=ENCODERS)
    vocabulary: int = setting(6000, "Largest number of subword tokens.", minimum=300, maximum=64000)
    segmentations: int = setting(
        1,
        "Ways to split a sentence into tokens; training draws one each time.",
        minimum=1,
        maximum=64,
    )
    marked: float = setting(
        0.3,
        "Fraction of the pairs with known names that also train copying names.",
        minimum=0.0,
        maximum=1.0,
    )
    max_pieces: int = setting(
        50,
        "Longest sentence to train on, in tokens; longer ones are left out.",
        minimum=4,
        maximum=1000,
    )
    dropout: float = setting(0.3, "Dropout between the layers.", minimum=0.0, maximum=0.9)
    label_smoothing: float = setting(
        0.1, "Label smoothing: probability spread over the other tokens.", minimum=0.0, maximum=0.5
    )

    @property
    def directions(self) -> tuple[tuple[str, bool], ...]:
        """Give each direction's target language, and whether pairs are turned round for it."""
        forward = (self.target, False)
        return (forward, (self.source, True)) if self.both_directions else (forward,)

    def network(self, pieces: int) -> TranslatorConfig:
        """Describe the network of this size for a vocabulary of so many pieces."""
        encoder_layers, decoder_layers, width, heads = SIZES[self.size]
        return TranslatorConfig(
            vocabulary=pieces,
            encoder=self.encoder,
            width=width,
            encoder_layers=encoder_layers,
            decoder_layers=decoder_layers,
            heads=heads,
            dropout=self.dropout,
        )
