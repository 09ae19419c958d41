"""What the contract suite needs to know of each task: tiny data, tiny settings, wrong inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from PIL import Image, ImageDraw, ImageFont

from dltasks.tasks.handwriting.config import HandwritingConfig
from dltasks.tasks.image_classification.config import ImageClassificationConfig
from dltasks.tasks.speech_recognition.config import SpeechRecognitionConfig
from dltasks.tasks.text_generation.config import TextGenerationConfig
from dltasks.training.config import TrainingConfig
from pipelines.settings import Settings
from tests.number_pairs import NUMBERS_CONFIG, NUMBERS_TRAINING, write_numbers
from tests.writing import write_verse


@dataclass(frozen=True)
class Case:
    """One task under the contract.

    Attributes:
        make_data: writes a tiny data set below a folder and gives its location.
        inputs: gives at least three different inputs out of that data set.
        config: the task's settings that train in seconds.
        training: the common ones.
        wrong_inputs: each must raise InputError.
    """

    make_data: Callable[[Path], str]
    inputs: Callable[[Path], Sequence[Any]]
    config: Settings
    training: TrainingConfig
    wrong_inputs: Sequence[Any]


def _make_coloured_images(folder: Path) -> str:
    """Two classes that differ by colour, ten noisy images each."""
    random = np.random.default_rng(0)
    for name, colour in (("blue", (40, 60, 200)), ("red", (200, 60, 40))):
        for number in range(10):
            noise = random.integers(-40, 40, (40, 48, 3))
            pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            path = folder / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)
    return str(folder)


def _draw_lines(folder: Path) -> str:
    """Twenty lines of "no" and "on", none like another, a .txt beside each."""
    font = ImageFont.load_default(24)
    folder.mkdir(parents=True)
    for number, word in enumerate(("no", "on", "oo", "nn") * 5):
        text = " ".join([word] * (1 + number // 8))
        picture = Image.new("L", (30 * len(text) + 20, 48), 240)
        ImageDraw.Draw(picture).text((10, 8), text, fill=20 + 4 * number, font=font)
        picture.save(folder / f"{number:02}.png")
        (folder / f"{number:02}.txt").write_text(text)
    return str(folder)


def _make_tones(folder: Path) -> str:
    """Recordings of up to three tones with pauses, a letter for each pitch, with a .txt beside."""
    random = np.random.default_rng(0)
    seconds = np.arange(3200) / 16_000
    tones = {"a": 400.0, "b": 1500.0}
    folder.mkdir(parents=True)
    for number, text in enumerate(("a", "b", "ab", "ba", "aba", "bab") * 6):
        parts = [np.zeros(1600)]
        for letter in text:
            parts += [np.sin(2 * np.pi * tones[letter] * seconds), np.zeros(1600)]
        sound = 0.3 * np.concatenate(parts)
        sound += random.normal(0, 0.003, len(sound))
        soundfile.write(folder / f"{number:02d}.wav", sound, 16_000)
        (folder / f"{number:02d}.txt").write_text(text)
    return str(folder)


WRONG_PICTURES = (b"", b"not an image", "not/there.png", np.zeros((2, 2), np.float64), 7, None)
WRONG_RECORDINGS = (b"", b"not sound", "not/there.wav", (np.zeros(0), 16_000), 7, None)

CASES: dict[str, Case] = {
    "image-classification": Case(
        make_data=_make_coloured_images,
        inputs=lambda folder: [str(path) for path in sorted(folder.glob("*/[0-4].png"))],
        config=ImageClassificationConfig(image_size=32, head_epochs=4),
        training=TrainingConfig(epochs=1, batch_size=8),
        wrong_inputs=WRONG_PICTURES,
    ),
    "handwriting": Case(
        make_data=_draw_lines,
        inputs=lambda folder: [str(folder / f"{number:02}.png") for number in (0, 9, 18)],
        config=HandwritingConfig(size="tiny", augment=0.0),
        training=TrainingConfig(epochs=6, batch_size=6, learning_rate=0.01, average=0.8),
        wrong_inputs=WRONG_PICTURES,
    ),
    "speech-recognition": Case(
        make_data=_make_tones,
        inputs=lambda folder: [str(path) for path in sorted(folder.glob("0[0-5].wav"))],
        config=SpeechRecognitionConfig(size="tiny", dropout=0.0, augment=0.0),
        training=TrainingConfig(
            epochs=25, batch_size=4, learning_rate=5e-3, average=0.8, patience=0
        ),
        wrong_inputs=WRONG_RECORDINGS,
    ),
    "text-generation": Case(
        make_data=lambda folder: str(write_verse(folder / "verse.txt").parent),
        inputs=lambda folder: ["the cat", "and", "hat.\nthe rat sat", ""],
        config=TextGenerationConfig(size="tiny", window=8, sample=20),
        training=TrainingConfig(epochs=1, batch_size=8, learning_rate=0.01),
        wrong_inputs=(b"\xff\xfe", "nul \0", 7, None),
    ),
    "translation": Case(
        make_data=lambda folder: str(Path(write_numbers(folder / "train.tsv")).parent),
        inputs=lambda folder: ["one two", "three", "five nine four", ""],
        config=NUMBERS_CONFIG,
        training=NUMBERS_TRAINING,
        wrong_inputs=(b"\xff\xfe", "nul \0", 7, None),
    ),
}
