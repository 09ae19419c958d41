"""The settings of handwriting recognition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pipelines.settings import Settings, setting

LINE_HEIGHT = 64  # pixels


class Size(NamedTuple):
    """The size of a network.

    Attributes:
        channels: of the stem and the three groups of convolutions.
        blocks: residual ones of each group.
        units: of a recurrent layer, each way.
        layers: recurrent ones.
    """

    channels: tuple[int, int, int, int]
    blocks: tuple[int, int, int]
    units: int
    layers: int


SIZES = {
    "tiny": Size((16, 24, 32, 48), (1, 1, 1), 48, 1),
    "small": Size((16, 32, 64, 96), (1, 1, 1), 128, 2),
    "base": Size((16, 32, 64, 128), (1, 1, 1), 192, 2),
    "large": Size((16, 32, 64, 128), (1, 2, 2), 192, 3),
    "huge": Size((16, 32, 64, 128), (1, 3, 3), 192, 4),
}


@dataclass(frozen=True)
class LineNetworkConfig(Settings):
    """Rebuilds a network; sealed in its bundle.

    Attributes:
        size: a name in SIZES.
        height: of a line in pixels.
        symbols: in the alphabet; the network has one more output, the blank.
        dropout: before the recurrent layers and after each.
        hide: part of the frames that the recurrent layers do not see, while training.
    """

    size: str = setting("base", choices=tuple(SIZES))
    height: int = setting(LINE_HEIGHT, minimum=16, maximum=256)
    symbols: int = setting(1, minimum=1, maximum=100_000)
    dropout: float = setting(0.2, minimum=0.0, maximum=0.9)
    hide: float = setting(0.0, minimum=0.0, maximum=0.9)


@dataclass(frozen=True)
class HandwritingConfig(Settings):
    """How to train."""

    base: str | None = setting(
        None, "Bundle to start from, by name or folder. By default random weights."
    )
    size: str = setting(
        "base", "Size of a new network; with --base, the base has its own.", choices=tuple(SIZES)
    )
    alphabet: str | None = setting(
        None,
        "File of the alphabet, one symbol per line. By default the symbols of the training texts.",
    )
    language_text: str | None = setting(
        None,
        "UTF-8 file with one text per line, to train the language model on. By default the "
        "training texts.",
    )
    blanks: str | None = setting(
        None,
        "Folder of pictures of lines without writing, such as parts of photographs. The network "
        "learns to read nothing in them.",
    )
    dropout: float = setting(
        0.2, "Dropout before and after the recurrent layers.", minimum=0.0, maximum=0.9
    )
    hide: float = setting(
        0.0,
        "Fraction of a line to hide from the recurrent layers, in spans of about one letter, so "
        "that they learn to use the context.",
        minimum=0.0,
        maximum=0.9,
    )
    augment: float = setting(
        1.0,
        "Strength of augmentation: slant, stretch, bends, pen and paper; 0 is off.",
        minimum=0.0,
        maximum=3.0,
    )
    shortcut_weight: float = setting(
        0.1,
        "Weight of a second CTC loss directly on the convolutions, for faster training.",
        minimum=0.0,
        maximum=1.0,
    )
