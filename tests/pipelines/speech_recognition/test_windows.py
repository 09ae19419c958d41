from __future__ import annotations

import numpy as np

from pipelines.audio import SAMPLE_RATE_HZ
from pipelines.speech_recognition.windows import MARGIN, Window, leading_silence
from tests.whisper_stand_in import make_noise

SECOND = SAMPLE_RATE_HZ
SILENCE = np.zeros(SECOND, np.float32)


def test_window_shows_the_whole_recording_piece_by_piece() -> None:
    sound = make_noise(3.3)
    window = Window(iter(np.array_split(sound, 7)), SECOND)
    parts = []
    while len(seen := window.look()):
        parts.append(seen[:700])
        window.move(len(parts[-1]))
    np.testing.assert_array_equal(np.concatenate(parts), sound)
    assert window.position == len(sound)


def test_window_reads_no_further_than_it_shows() -> None:
    taken = []

    def blocks():
        for number in range(100):
            taken.append(number)
            yield make_noise(1.0)

    window = Window(blocks(), 2 * SECOND)
    window.look()
    assert len(taken) == 2
    for _ in range(50):
        window.move(SECOND)
        window.look()
    assert len(taken) == 52
    assert len(window._held) <= 3 * SECOND


def test_silence_before_sound_is_skipped_up_to_a_margin() -> None:
    samples = np.concatenate([np.tile(SILENCE, 4), make_noise(1.0)])
    assert leading_silence(samples) == 4 * SECOND - MARGIN


def test_short_pauses_and_faint_sound_are_left_to_the_network() -> None:
    assert leading_silence(np.concatenate([SILENCE[: SECOND // 2], make_noise(1.0)])) == 0
    assert leading_silence(make_noise(2.0, level=0.003)) == 0  # 50 dB below full scale


def test_hours_of_silence_end_without_a_window() -> None:
    window = Window(iter([SILENCE] * 50), 2 * SECOND)
    assert not len(window.skip_silence())
    assert window.position == 50 * SECOND
