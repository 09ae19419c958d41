from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipelines import audio
from pipelines.audio import (
    HOP,
    SAMPLE_RATE_HZ,
    Samples,
    log_mel,
    mel_filters,
    read_audio,
    stream_audio,
)
from pipelines.errors import InputError

FORMATS = [
    ("wav", "PCM_16"),
    ("wav", "PCM_24"),
    ("wav", "PCM_U8"),
    ("wav", "FLOAT"),
    ("flac", "PCM_16"),
    ("ogg", "VORBIS"),
    ("ogg", "OPUS"),
    ("mp3", "MPEG_LAYER_III"),
]


def _tone(hz: float = 440.0, seconds: float = 1.0, rate_hz: int = SAMPLE_RATE_HZ) -> np.ndarray:
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def _loudest_hz(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * SAMPLE_RATE_HZ / len(samples)


@pytest.mark.parametrize(("ending", "subtype"), FORMATS)
def test_every_format_is_heard(tmp_path: Path, ending: str, subtype: str) -> None:
    path = tmp_path / f"tone.{ending}"
    soundfile.write(path, _tone(rate_hz=48_000), 48_000, subtype=subtype)
    samples = read_audio(path)
    assert samples.dtype == np.float32
    assert abs(len(samples) - SAMPLE_RATE_HZ) < 0.1 * SAMPLE_RATE_HZ
    assert _loudest_hz(samples) == pytest.approx(440, abs=2)
    assert np.abs(samples[2000:-2000]).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 96_000])
def test_every_rate_becomes_16_khz(rate_hz: int) -> None:
    samples = read_audio((_tone(rate_hz=rate_hz), rate_hz))
    assert len(samples) == pytest.approx(SAMPLE_RATE_HZ, abs=5)
    np.testing.assert_allclose(samples[1000:-1000], _tone()[1000 : len(samples) - 1000], atol=0.01)


def test_what_is_above_8_khz_does_not_fold_back() -> None:
    high = _tone(hz=11_000, rate_hz=48_000)
    assert np.abs(read_audio((high, 48_000))[500:-500]).max() < 1e-3


def test_channels_are_mixed() -> None:
    stereo = np.stack([_tone(), -_tone()], axis=1)
    assert np.abs(read_audio(Samples(stereo, SAMPLE_RATE_HZ))).max() < 1e-6


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8])
def test_integers_are_scaled_by_their_range(dtype: type) -> None:
    limits = np.iinfo(dtype)
    middle = 0 if limits.min < 0 else 128
    values = np.full(1600, (limits.max - middle) // 2 + middle, dtype)
    assert read_audio((values, SAMPLE_RATE_HZ)).mean() == pytest.approx(0.5, abs=0.01)


def test_blocks_join_without_a_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, _tone(seconds=3.0, rate_hz=44_100), 44_100)
    whole = read_audio(path)
    monkeypatch.setattr(audio, "BLOCK_SECONDS", 0.25)
    blocks = list(stream_audio(path))
    assert len(blocks) >= 10
    np.testing.assert_allclose(np.concatenate(blocks), whole, atol=1e-6)


def test_paths_bytes_files_and_arrays_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, _tone(), SAMPLE_RATE_HZ, subtype="FLOAT")
    content = path.read_bytes()
    with path.open("rb") as file:
        sources = [path, str(path), content, io.BytesIO(content), file, (_tone(), SAMPLE_RATE_HZ)]
        for source in sources:
            np.testing.assert_array_equal(read_audio(source), _tone())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("not/there.wav", "not/there.wav: cannot be read: No such file"),
        (b"", "empty, 0 bytes"),
        (7, "cannot be read as audio; give a path"),
        ((np.zeros(0), 16_000), "no sound in it"),
        ((np.zeros((2, 2, 2)), 16_000), r"array of float64 \[2, 2, 2\]"),
        ((np.zeros(10), 0), "at 0 Hz is not a recording"),
        ((np.array([0.0, np.nan]), 16_000), "values that are not numbers"),
        ((np.array(["a"]), 16_000), "is not a recording"),
    ],
)
def test_what_is_no_recording_is_told_in_one_line(source, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_audio(source)
    assert "\n" not in str(caught.value)


def test_a_file_without_samples_is_told(tmp_path: Path) -> None:
    path = tmp_path / "silent.wav"
    soundfile.write(path, np.zeros(0, np.float32), SAMPLE_RATE_HZ)
    with pytest.raises(InputError, match="no sound in it, 0 samples"):
        read_audio(path)


def test_a_file_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    noise = np.random.default_rng(0).normal(0, 0.1, 5 * SAMPLE_RATE_HZ)
    soundfile.write(path, noise, SAMPLE_RATE_HZ)
    content = path.read_bytes()
    with pytest.raises(InputError, match=r"truncated|damaged"):
        read_audio(content[: len(content) // 2])


def test_other_formats_need_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "talk.m4a"
    path.write_bytes(b"something else")
    monkeypatch.setattr(audio, "FFMPEG", "no-such-program")
    with pytest.raises(InputError, match="install no-such-program for other formats"):
        read_audio(path)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in ffmpeg's place: it repeats its input's bytes, or fails where that says so."""
    program = tmp_path / "converter"
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        "path = sys.argv[sys.argv.index('-i') + 1].removeprefix('file:')\n"
        "content = open(path, 'rb').read()\n"
        "if content.startswith(b'broken'):\n"
        "    sys.exit('first reason\\nsecond reason')\n"
        "sys.stdout.buffer.write(content)\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setattr(audio, "FFMPEG", str(program))
    return program


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script")
def test_other_formats_are_converted_where_ffmpeg_is(stand_in: Path, tmp_path: Path) -> None:
    raw = _tone(seconds=25.0)
    path = tmp_path / "talk.m4a"
    path.write_bytes(raw.astype("<f4").tobytes())
    for source in (path, path.read_bytes()):
        np.testing.assert_array_equal(read_audio(source), raw)
    with pytest.raises(InputError, match=r"can read: first reason$"):
        read_audio(b"broken")
    next(stream_audio(path)).sum()  # the rest is not wanted; the program must not be left behind


def test_mel_filters_cover_all_frequencies_and_have_equal_areas() -> None:
    filters = mel_filters(80)
    assert filters.shape == (80, 201)
    assert (filters >= 0).all()
    assert (filters.sum(axis=0)[1:-1] > 0).all()
    step_hz = SAMPLE_RATE_HZ / 400
    np.testing.assert_allclose(filters[40:].sum(axis=1) * step_hz, 1.0, rtol=0.1)


def test_a_frame_every_10_ms_and_a_tone_in_its_band() -> None:
    low, high = (log_mel(_tone(hz)) for hz in (300, 3000))
    assert low.shape == (SAMPLE_RATE_HZ // HOP, 80)
    assert low.dtype == np.float32
    assert low.mean(axis=0).argmax() < high.mean(axis=0).argmax()
    band_hz = (mel_filters(80) @ np.linspace(0, 8000, 201)) / mel_filters(80).sum(axis=1)
    assert band_hz[high.mean(axis=0).argmax()] == pytest.approx(3000, rel=0.05)


@pytest.mark.parametrize("count", [1, 100, 399, 400, 1601])
def test_recordings_of_any_length_have_features(count: int) -> None:
    features = log_mel(np.ones(count, np.float32))
    assert features.shape == (-(-count // HOP), 80)
    assert np.isfinite(features).all()


def test_silence_is_the_smallest_power() -> None:
    assert log_mel(np.zeros(1600, np.float32)).max() == pytest.approx(-10.0)
