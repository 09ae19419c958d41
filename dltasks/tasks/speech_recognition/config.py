"""The settings of speech recognition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pipelines.audio import SAMPLE_RATE_HZ
from pipelines.settings import Settings, setting


class Size(NamedTuple):
    """How large a network of the family "ctc" is.

    Attributes:
        channels: of the two convolutions.
        width: of what they give to the recurrent layers.
        units: of a recurrent layer, each way.
        layers: recurrent ones.
    """

    channels: tuple[int, int]
    width: int
    units: int
    layers: int


SIZES = {
    "tiny": Size((16, 24), 96, 96, 1),
    "small": Size((32, 48), 192, 192, 2),
    "base": Size((32, 64), 320, 320, 3),
}


@dataclass(frozen=True)
class CtcConfig(Settings):
    """Rebuilds a network; sealed in its bundle.

    Attributes:
        family: of networks.
        size: a name in SIZES.
        bands: of the features.
        symbols: in the alphabet; the network has one more output, the blank.
        dropout: before the recurrent layers and after each.
    """

    family: str = setting("ctc", choices=("ctc",))
    size: str = setting("small", choices=tuple(SIZES))
    bands: int = setting(80, minimum=8, maximum=512)
    symbols: int = setting(1, minimum=1, maximum=100_000)
    dropout: float = setting(0.2, minimum=0.0, maximum=0.9)


@dataclass(frozen=True)
class SpeechRecognitionConfig(Settings):
    """How to train."""

    base: str | None = setting(
        None, "Bundle to start from, by name or folder. By default random weights."
    )
    size: str = setting(
        "small", "Size of a new network; with --base, the base has its own.", choices=tuple(SIZES)
    )
    alphabet: str | None = setting(
        None,
        "File of the alphabet, one symbol per line. By default the symbols of the training texts.",
    )
    language: str = setting(
        "", "Code of the spoken language, such as en; reported with each result."
    )
    language_text: str | None = setting(
        None,
        "UTF-8 file with one text per line, to train the language model on. By default the "
        "training texts.",
    )
    language_weight: float = setting(
        0.4, "Weight of the language model when transcribing.", minimum=0.0, maximum=10.0
    )
    bands: int = setting(
        80, "Number of mel bands; 40 keeps less of the voice.", minimum=20, maximum=160
    )
    highest_hz: float = setting(
        SAMPLE_RATE_HZ / 2,
        "Ignore frequencies above this; 3600 for telephone recordings.",
        minimum=1000.0,
        maximum=SAMPLE_RATE_HZ / 2,
    )
    dropout: float = setting(
        0.2, "Dropout before and after the recurrent layers.", minimum=0.0, maximum=0.9
    )
    augment: float = setting(
        1.0,
        "Strength of augmentation: speed, voice, noise, microphone and SpecAugment; 0 is off.",
        minimum=0.0,
        maximum=3.0,
    )
    shortcut_weight: float = setting(
        0.1,
        "Weight of a second CTC loss directly on the convolutions; speeds up training.",
        minimum=0.0,
        maximum=1.0,
    )


@dataclass(frozen=True)
class WhisperConfig(Settings):
    """Rebuilds a network; sealed in its bundle. The names are those of the paper's table 1.

    Attributes:
        family: of networks.
        mel_bands: of the features.
        audio_positions: frames of the encoder's output, 50 per second.
        text_positions: tokens that the decoder can hold.
        vocabulary: tokens.
        width: of the embeddings.
        heads: of attention.
        audio_layers: blocks of the encoder.
        text_layers: blocks of the decoder.
    """

    family: str = setting("whisper", choices=("whisper",))
    mel_bands: int = setting(80, minimum=1, maximum=512)
    audio_positions: int = setting(1500, minimum=1, maximum=6000)
    text_positions: int = setting(448, minimum=1, maximum=4096)
    vocabulary: int = setting(51_864, minimum=1, maximum=1_000_000)
    width: int = setting(384, minimum=1, maximum=8192)
    heads: int = setting(6, minimum=1, maximum=128)
    audio_layers: int = setting(4, minimum=1, maximum=64)
    text_layers: int = setting(4, minimum=1, maximum=64)
