"""A bundle and a graph that hear tones: a low one is "a", a high one "b", silence is blank.

A pause of 0.3 s or more between two tones is a space.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipelines.audio import SAMPLE_RATE_HZ, Samples
from tests.bundles import write_bundle_files

SYMBOLS = ("a", "b", " ")
LOW_HZ, HIGH_HZ = 300.0, 3000.0
TONE_SECONDS = 0.2
SPACE_STEPS = 12  # of 20 ms, in the middle of a pause


class ToneGraph:
    """Stands in for ONNX Runtime: hears each step by the band in which it is loudest."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def run(self, *, mel: np.ndarray, frames: np.ndarray) -> list[np.ndarray]:
        self.lengths += [int(count) for count in frames]
        loudest, levels = mel[:, ::2].argmax(axis=2), mel[:, ::2].max(axis=2)
        symbols = np.where(levels < 0, 3, np.where(loudest < mel.shape[2] // 2, 0, 1))
        for row in symbols:
            ends = np.flatnonzero(np.diff(row == 3, prepend=0, append=0))
            for start, end in zip(ends[::2], ends[1::2], strict=True):
                if end - start > SPACE_STEPS and start > 0 and end < len(row):
                    row[(start + end) // 2] = 2
        output = np.full((*symbols.shape, len(SYMBOLS) + 1), np.log(0.01), np.float32)
        np.put_along_axis(output, symbols[..., None], np.log(0.97), axis=2)
        return [output]


def write_bundle(folder: Path, *, language: str = "en", **assets: bytes) -> Path:
    """Write the bundle; its graph is a stand-in, too."""
    files = {"alphabet.txt": b"a\nb\n<space>\n", "model.onnx": b"stands in", **assets}
    return write_bundle_files(
        folder,
        "speech-recognition",
        files,
        config={"family": "ctc"},
        preprocessing={"language": language},
    )


def sound(text: str, *, silence: float = 0.1) -> np.ndarray:
    """Give tones that are heard as `text`: float32 [samples]; "." is 1.5 s of silence."""
    rest = np.zeros(round(silence * SAMPLE_RATE_HZ))
    time = np.arange(round(TONE_SECONDS * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    kinds = {
        "a": 0.3 * np.sin(2 * np.pi * LOW_HZ * time),
        "b": 0.3 * np.sin(2 * np.pi * HIGH_HZ * time),
        " ": np.zeros(round(0.3 * SAMPLE_RATE_HZ)),
        ".": np.zeros(round(1.5 * SAMPLE_RATE_HZ)),
    }
    parts = [part for letter in text for part in (kinds[letter], rest)]
    return np.concatenate([rest, *parts]).astype(np.float32)


def record(text: str) -> Samples:
    """Give a recording that is heard as `text`."""
    return Samples(sound(text), SAMPLE_RATE_HZ)
