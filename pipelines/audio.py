"""Recordings to arrays: any format, rate and channels to mono at 16 kHz, and to log-mel features.

Training calls these same functions, so both hear the same.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from pipelines.bundle.reading import check_regular
from pipelines.errors import InputError

SAMPLE_RATE_HZ = 16_000
BLOCK_SECONDS = 10.0  # read at once, so that hours take no more memory than seconds
WINDOW = 400  # samples: 25 ms at 16 kHz
HOP = 160  # samples: 10 ms at 16 kHz
SMALLEST_POWER = 1e-10  # what silence counts as, before the logarithm
BREAKS_OFF_SECONDS = 0.5  # a file that is so much shorter than it says is damaged
FFMPEG = "ffmpeg"
SUFFIXES = frozenset(
    f".{ending}"
    for ending in (
        *("wav", "flac", "ogg", "oga", "opus", "mp3", "aif", "aiff", "au", "caf", "w64", "rf64"),
        *("m4a", "mp4", "aac", "wma", "webm", "mkv", "mov", "amr", "3gp"),  # through ffmpeg
    )
)


class Samples(NamedTuple):
    """A recording that is in memory already.

    Attributes:
        values: float [samples] or [samples, channels] from -1 to 1, or integers of full scale.
        rate_hz: samples per second.
    """

    values: np.ndarray
    rate_hz: float


AudioSource = str | os.PathLike[str] | bytes | BinaryIO | Samples | tuple[np.ndarray, float]


def read_audio(source: AudioSource) -> np.ndarray:
    """Read a whole recording: float32 [samples] at SAMPLE_RATE_HZ, mono.

    Args:
        source: a path, the bytes of a file, a binary file object, or (values, rate in Hz).

    Raises:
        InputError: the source cannot be read, is no audio, breaks off, or is empty.
    """
    return np.concatenate(list(stream_audio(source)))


def stream_audio(source: AudioSource) -> Iterator[np.ndarray]:
    """Read a recording in blocks of about BLOCK_SECONDS, in constant memory; see `read_audio`."""
    name = describe(source)
    blocks = _from_array(source, name) if isinstance(source, tuple) else _decode(source, name)
    heard = 0
    for block in blocks:
        heard += len(block)
        if len(block):
            yield block
    if not heard:
        raise InputError(f"{name}: no sound in it, 0 samples")


def log_mel(samples: np.ndarray, bands: int = 80) -> np.ndarray:
    """Give the logarithm of the power in mel bands, a frame every 10 ms (Radford et al. 2022).

    Args:
        samples: float32 [samples] at SAMPLE_RATE_HZ, at least one.
        bands: of the mel scale, up to 8 kHz.

    Returns:
        float32 [frames, bands], log10; one frame for every HOP samples, the last one begun counts.
    """
    count = -(-len(samples) // HOP)
    needed = (count - 1) * HOP + WINDOW
    ends = (WINDOW // 2, max(needed - len(samples) - WINDOW // 2, 0))
    samples = samples.astype(np.float32, copy=False)
    can_reflect = len(samples) > max(ends)
    padded = np.pad(samples, ends, mode="reflect") if can_reflect else np.pad(samples, ends)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    spectrum = np.fft.rfft(frames * _window(), axis=1)
    power = np.square(np.abs(spectrum)).astype(np.float32)  # [frames, WINDOW / 2 + 1]
    heard: np.ndarray = power @ mel_filters(bands).T
    return np.asarray(np.log10(np.maximum(heard, SMALLEST_POWER)))


@lru_cache
def mel_filters(bands: int) -> np.ndarray:
    """Give triangular filters on Slaney's mel scale, each of area 1: [bands, frequencies].

    The scale is linear up to 1 kHz and logarithmic above (Slaney 1998, Auditory Toolbox).
    """
    edges_hz = mel_edges_hz(bands)
    frequencies_hz = np.linspace(0.0, SAMPLE_RATE_HZ / 2, WINDOW // 2 + 1)
    lower, middle, upper = (edges_hz[start : start + bands, None] for start in range(3))
    rising = (frequencies_hz - lower) / (middle - lower)
    falling = (upper - frequencies_hz) / (upper - middle)
    triangles = np.maximum(np.minimum(rising, falling), 0.0)
    return np.asarray(triangles * 2.0 / (upper - lower), np.float32)


def mel_edges_hz(bands: int) -> np.ndarray:
    """Give where bands begin, are highest and end: [bands + 2], each two further than the last."""
    return _mel_to_hz(np.linspace(0.0, _hz_to_mel(SAMPLE_RATE_HZ / 2), bands + 2))


KNEE_HZ, KNEE_MEL = 1000.0, 15.0  # where the mel scale turns from linear to logarithmic
LOG_STEP = np.log(6.4) / 27.0  # 27 mel from 1 to 6.4 kHz


def _hz_to_mel(hz: float) -> float:
    if hz < KNEE_HZ:
        return hz * KNEE_MEL / KNEE_HZ
    return float(KNEE_MEL + np.log(hz / KNEE_HZ) / LOG_STEP)


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    linear = mel * KNEE_HZ / KNEE_MEL
    return np.where(mel < KNEE_MEL, linear, KNEE_HZ * np.exp(LOG_STEP * (mel - KNEE_MEL)))


@lru_cache
def _window() -> np.ndarray:
    """Hann's window, periodic."""
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


def describe(source: Any) -> str:
    """Name an input in a message or a result."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return str(getattr(source, "name", None) or f"<{type(source).__name__}>")


def _from_array(source: tuple[np.ndarray, float], name: str) -> Iterator[np.ndarray]:
    values, rate_hz = source
    values = np.asarray(values)
    known = values.dtype.kind in "fiu" and values.ndim in (1, 2)
    if not known or not np.isfinite(rate_hz) or rate_hz <= 0:
        raise InputError(
            f"array of {values.dtype} {list(values.shape)} at {rate_hz} Hz is not a recording; "
            "give [samples] or [samples, channels] and a rate"
        )
    resampler = _Resampler(rate_hz)
    step = max(round(BLOCK_SECONDS * rate_hz), 1)
    for start in range(0, len(values), step):
        block = _to_float(values[start : start + step])
        if not np.isfinite(block).all():
            raise InputError(f"{name}: holds values that are not numbers; fix or remove them")
        yield resampler(block, last=start + step >= len(values))


def _to_float(values: np.ndarray) -> np.ndarray:
    """Scale integers by their type's range; floats are taken as they are."""
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    limits = np.iinfo(values.dtype)
    middle = 0.0 if limits.min < 0 else (limits.max + 1) / 2
    scale = float(limits.max) + 1 - middle
    return ((values.astype(np.float64) - middle) / scale).astype(np.float32)


class _Resampler:
    """Mixes channels and changes the rate, block after block."""

    def __init__(self, rate_hz: float) -> None:
        import soxr

        self._stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
        self._same = rate_hz == SAMPLE_RATE_HZ

    def __call__(self, block: np.ndarray, *, last: bool) -> np.ndarray:
        mono = block if block.ndim == 1 else block.mean(axis=1)
        return mono if self._same else self._stream.resample_chunk(mono, last=last)


def _decode(source: Any, name: str) -> Iterator[np.ndarray]:
    import soundfile

    file = _as_file(source, name)
    try:
        recording = soundfile.SoundFile(file)
    except Exception as error:  # libsndfile's errors, and whatever a file object raises
        yield from _decode_with_ffmpeg(file, name, _first_line(error))
        return
    with recording:
        yield from _read_blocks(recording, name)


def _read_blocks(recording: Any, name: str) -> Iterator[np.ndarray]:
    rate_hz, promised = recording.samplerate, recording.frames
    resampler = _Resampler(rate_hz)
    step, read = round(BLOCK_SECONDS * rate_hz), 0
    while True:
        try:
            block = recording.read(step, dtype="float32")
        except Exception as error:  # libsndfile has several kinds
            at = f"after {read / rate_hz:.1f} s"
            raise InputError(f"{name}: damaged {at}: {_first_line(error)}") from None
        read += len(block)
        last = len(block) < step
        yield resampler(np.nan_to_num(block, posinf=0.0, neginf=0.0), last=last)
        if last:
            break
    if recording.seekable() and promised - read > BREAKS_OFF_SECONDS * rate_hz:
        raise InputError(
            f"{name}: truncated, breaks off after {read / rate_hz:.1f} of "
            f"{promised / rate_hz:.1f} s; convert it again to keep what is there"
        )


def _as_file(source: Any, name: str) -> BinaryIO | str:
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        try:
            check_regular(path)
            with path.open("rb") as file:
                is_empty = not file.read(1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{name}: cannot be read: {reason}") from None
        if is_empty:
            raise InputError(f"{name}: empty, 0 bytes")
        return str(path)
    if hasattr(source, "read"):
        source = source.read()
    if isinstance(source, (bytes, bytearray, memoryview)):
        if not source:
            raise InputError(f"{name}: empty, 0 bytes")
        return io.BytesIO(source)
    raise InputError(
        f"{name}: cannot be read as audio; give a path, bytes, a binary file, or (values, rate)"
    )


def _decode_with_ffmpeg(file: BinaryIO | str, name: str, reason: str) -> Iterator[np.ndarray]:
    """Decode what libsndfile does not know, where ffmpeg is installed."""
    if shutil.which(FFMPEG) is None:
        raise InputError(
            f"{name}: not audio in a format that dltasks reads by itself ({reason}); install "
            f"{FFMPEG} for other formats"
        )
    with _on_disk(file) as path, tempfile.TemporaryFile() as errors:
        # Only from this file: what looks like a playlist must not open others, or the network.
        take = ["-protocol_whitelist", "file", "-i", f"file:{path}", "-vn"]
        give = ["-ac", "1", "-ar", str(SAMPLE_RATE_HZ), "-f", "f32le", "pipe:1"]
        command = [FFMPEG, "-v", "error", "-nostdin", *take, *give]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
            try:
                yield from _read_pipe(process.stdout)
            finally:
                process.kill()  # where nobody wants the rest; else it has ended already
        if process.returncode > 0:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").split("\n")
            raise InputError(f"{name}: not audio that {FFMPEG} can read: {lines[0].strip()}")


def _read_pipe(pipe: Any) -> Iterator[np.ndarray]:
    bytes_a_sample = 4
    size = round(BLOCK_SECONDS * SAMPLE_RATE_HZ) * bytes_a_sample
    while block := pipe.read(size):
        yield np.frombuffer(block[: len(block) // bytes_a_sample * bytes_a_sample], "<f4")


@contextmanager
def _on_disk(file: BinaryIO | str) -> Iterator[str]:
    """Give a file's path; ffmpeg has to seek in some formats."""
    if isinstance(file, str):
        yield file
        return
    with tempfile.NamedTemporaryFile() as copy:
        file.seek(0)
        shutil.copyfileobj(file, copy)
        copy.flush()
        yield copy.name


def _first_line(error: Exception) -> str:
    """Say why; libsndfile's errors say it without the address of the file object."""
    if hasattr(error, "error_string"):
        return str(error.error_string).removesuffix(".")
    return str(error).splitlines()[0] if str(error) else type(error).__name__
