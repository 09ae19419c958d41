from __future__ import annotations

import numpy as np
import pytest

from dltasks.tasks.speech_recognition.config import SIZES, CtcConfig
from dltasks.tasks.speech_recognition.ctc_network import build_ctc
from pipelines.speech_recognition.ctc_features import output_frames, pad_features


def _recordings(*lengths: int) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.uniform(-1, 1, (length, 16)).astype(np.float32) for length in lengths]


def _run(network, recordings: list[np.ndarray]) -> np.ndarray:
    mel, frames = pad_features(recordings)
    return network({"mel": mel, "frames": frames}, training=False).numpy()


@pytest.mark.parametrize("size", SIZES)
def test_output_is_a_distribution_a_step_and_the_shortcut(size: str) -> None:
    network = build_ctc(CtcConfig(size=size, bands=16, symbols=5))
    output = _run(network, _recordings(9))
    assert output.shape == (1, 5, 2 * 6)
    np.testing.assert_allclose(np.exp(output[..., :6]).sum(axis=2), 1.0, rtol=1e-5)


def test_a_recording_gives_the_same_whatever_it_shares_a_batch_with() -> None:
    network = build_ctc(CtcConfig(size="tiny", bands=16, symbols=5))
    recordings = _recordings(20, 51, 33)
    together = _run(network, recordings)
    for recording, row in zip(recordings, together, strict=True):
        alone = _run(network, [recording])[0]
        assert len(alone) == output_frames(len(recording))
        np.testing.assert_allclose(row[: len(alone)], alone, atol=1e-5)
