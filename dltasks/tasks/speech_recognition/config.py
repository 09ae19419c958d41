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

    family: str = setting("ctc", "", choices=("ctc",))
    size: str = setting("small", "", choices=tuple(SIZES))
    bands: int = setting(80, "", minimum=8)
    symbols: int = setting(1, "", minimum=1)
    dropout: float = setting(0.2, "", minimum=0.0, maximum=0.9)


@dataclass(frozen=True)
class SpeechRecognitionConfig(Settings):
    """How to train."""

    base: str | None = setting(
        None, "Bundle to start from, by name or folder; by default from random weights."
    )
    size: str = setting("small", "Size of a network that starts anew.", choices=tuple(SIZES))
    alphabet: str | None = setting(
        None, "File of the symbols to know, one a line; by default those of the training texts."
    )
    language: str = setting("", "Code of what is spoken, as en; told with each transcription.")
    language_text: str | None = setting(
        None,
        "UTF-8 file of texts, one a line, to learn the language model from; by default the "
        "training texts.",
    )
    language_weight: float = setting(
        0.4, "Of the language model beside what is heard.", minimum=0.0, maximum=10.0
    )
    bands: int = setting(
        80, "Of the mel scale; with 40 less is heard of who speaks.", minimum=20, maximum=160
    )
    highest_hz: float = setting(
        SAMPLE_RATE_HZ / 2,
        "Hear nothing above; 3600 for recordings of telephones.",
        minimum=1000.0,
        maximum=SAMPLE_RATE_HZ / 2,
    )
    dropout: float = setting(
        0.2, "Before and after the recurrent layers.", minimum=0.0, maximum=0.9
    )
    augment: float = setting(
        1.0,
        "Strength of speed, voice, noise and microphone changes and of SpecAugment.",
        minimum=0.0,
        maximum=3.0,
    )
    shortcut_weight: float = setting(
        0.1,
        "Of a second CTC loss straight on the convolutions; speeds training up.",
        minimum=0.0,
        maximum=1.0,
    )


@dataclass(frozen=True)
class WhisperConfig(Settings):
    """Rebuilds a network; sealed in its bundle. The names are those of the paper's table 1.

    Attributes:
        family: of networks.
        mel_bands: of the features.
        audio_positions: frames of the encoder's output, 50 a second.
        text_positions: tokens that the decoder can hold.
        vocabulary: tokens.
        width: of the embeddings.
        heads: of attention.
        audio_layers: blocks of the encoder.
        text_layers: blocks of the decoder.
    """

    family: str = setting("whisper", "", choices=("whisper",))
    mel_bands: int = setting(80, "", minimum=1)
    audio_positions: int = setting(1500, "", minimum=1)
    text_positions: int = setting(448, "", minimum=1)
    vocabulary: int = setting(51_864, "", minimum=1)
    width: int = setting(384, "", minimum=1)
    heads: int = setting(6, "", minimum=1)
    audio_layers: int = setting(4, "", minimum=1)
    text_layers: int = setting(4, "", minimum=1)
