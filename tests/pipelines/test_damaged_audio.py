"""Recordings as they come: what each odd or damaged one gives is defined."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipelines import InputError
from pipelines.audio import SAMPLE_RATE_HZ, read_audio
from pipelines.base import Failure
from pipelines.bundle.folder import open_bundle
from pipelines.speech_recognition.pipeline import SpeechRecognition
from tests.tone_hearer import ToneGraph, sound, write_bundle

DATA_SIZE = 40  # where the header of a plain WAV file says how many bytes of samples follow


def wav(samples: np.ndarray, rate_hz: int = SAMPLE_RATE_HZ, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="WAV", subtype=subtype)
    return file.getvalue()


def lie(place: int, layout: str, value: int) -> bytes:
    """Give a WAV file with another number in its header."""
    content = bytearray(wav(sound("ab")))
    struct.pack_into(layout, content, place, value)
    return bytes(content)


def at_rate(rate_hz: int, subtype: str = "PCM_16", channels: int = 1) -> bytes:
    import soxr

    samples = soxr.resample(sound("ab"), SAMPLE_RATE_HZ, rate_hz)
    return wav(np.stack([samples] * channels, axis=1), rate_hz, subtype)


def with_holes(value: float) -> bytes:
    """Give a WAV file of floats of which some are no numbers, between the tones."""
    samples = sound("ab")
    samples[:800] = value
    return wav(samples, subtype="FLOAT")


HEARD = {
    "8 bits": at_rate(16_000, "PCM_U8"),
    "24 bits": at_rate(16_000, "PCM_24"),
    "8 kHz": at_rate(8_000),
    "96 kHz": at_rate(96_000, "PCM_24"),
    "6 channels": at_rate(44_100, channels=6),
    "NaN samples count as silence": with_holes(np.nan),
    "infinite samples, too": with_holes(np.inf),
    "a header that promises more than there is": lie(DATA_SIZE, "<I", 0x7FFFFFF0),
    "a header that does not know how much there is": lie(DATA_SIZE, "<I", 0xFFFFFFFF),
    "an odd number of bytes": wav(sound("ab")) + b"x",
}
REFUSED = {
    "0 bytes": (b"", "empty, 0 bytes"),
    "text": (b"this is only text\n" * 50, "not audio in a format"),
    "a header alone": (wav(sound("a"))[:30], "not audio in a format"),
    "a header that promises nothing": (lie(DATA_SIZE, "<I", 0), "no sound in it, 0 samples"),
    "no channels": (lie(22, "<H", 0), "Channel count is zero"),
    "no rate": (lie(24, "<I", 0), "not audio in a format"),
    "77 bits": (lie(34, "<H", 77), "not audio in a format"),
}


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SpeechRecognition:
    monkeypatch.setattr("pipelines.audio.FFMPEG", "no-such-program")
    pipeline = SpeechRecognition(open_bundle(write_bundle(tmp_path / "tones")), device="cpu")
    pipeline.load_graphs = lambda threads: ToneGraph()  # type: ignore[method-assign]
    return pipeline


@pytest.mark.parametrize("name", HEARD)
def test_odd_files_are_heard(name: str, pipeline: SpeechRecognition, tmp_path: Path) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(HEARD[name])
    assert pipeline(path).text == "ab"
    assert np.isfinite(read_audio(path)).all()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_recording_is_refused_by_its_name(
    name: str, pipeline: SpeechRecognition, tmp_path: Path
) -> None:
    path = tmp_path / "odd.wav"
    content, message = REFUSED[name]
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        pipeline(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert "object at 0x" not in str(caught.value)


@pytest.mark.parametrize("seconds", [1e-4, 0.02, 0.04])
def test_a_moment_holds_no_word(seconds: float, pipeline: SpeechRecognition) -> None:
    found = pipeline(wav(sound("a", silence=0.0)[: round(seconds * SAMPLE_RATE_HZ)]))
    assert (found.text, found.segments) == ("", ())


def test_bad_recordings_leave_the_others_alone(pipeline: SpeechRecognition) -> None:
    mixed: list[Any] = [HEARD["8 bits"], *(content for content, _ in REFUSED.values())]
    first, *failures, last = pipeline.stream([*mixed, HEARD["96 kHz"]], on_error="return")
    assert all(isinstance(failure, Failure) for failure in failures)
    assert getattr(first, "text", "") == getattr(last, "text", "") == "ab"
