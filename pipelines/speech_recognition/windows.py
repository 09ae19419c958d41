"""A window that moves over a recording, in constant memory; silence is found by its energy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipelines.audio import SAMPLE_RATE_HZ

FRAME = SAMPLE_RATE_HZ // 50  # samples: 20 ms
SILENT = 1e-3  # root mean square, -60 dB of full scale; a quiet room is at -50
LEAST_SKIP = SAMPLE_RATE_HZ  # samples: pauses shorter than a second are left to the network
MARGIN = 3 * SAMPLE_RATE_HZ // 10  # samples: 0.3 s stay before the first sound


class Window:
    """The next samples of a recording.

    Args:
        blocks: of the recording, each float32 [samples]; read as the window moves.
        size: samples that it shows.

    Attributes:
        position: samples before the window.
    """

    def __init__(self, blocks: Iterator[np.ndarray], size: int) -> None:
        self._blocks, self._size = blocks, size
        self._held = np.zeros(0, np.float32)
        self.position = 0

    def look(self) -> np.ndarray:
        """Give the samples in the window: float32, fewer than its size at the recording's end."""
        parts, count = [self._held], len(self._held)
        while count < self._size and (block := next(self._blocks, None)) is not None:
            parts.append(block)
            count += len(block)
        self._held = np.concatenate(parts) if len(parts) > 1 else self._held
        return self._held[: self._size]

    def move(self, samples: int) -> None:
        """Go on, by no more than was looked at."""
        self.position += samples
        self._held = self._held[samples:].copy()  # not a view, which would keep the rest

    def skip_silence(self) -> np.ndarray:
        """Go on to where sound is, and look."""
        while len(samples := self.look()) and (silent := leading_silence(samples)):
            self.move(silent)
        return samples


def leading_silence(samples: np.ndarray) -> int:
    """Count the samples that can be skipped: all of a silence, or up to shortly before sound."""
    frames = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
    loud = np.flatnonzero(np.square(frames).mean(axis=1) > SILENT**2)
    if not len(loud):
        return len(samples)
    before = int(loud[0]) * FRAME
    return before - MARGIN if before >= LEAST_SKIP else 0
