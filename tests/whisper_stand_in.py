"""A tokenizer of single characters, a bundle, and graphs that say what a test tells them to.

The network's window is two seconds: 100 positions of 20 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from pipelines.audio import SAMPLE_RATE_HZ
from pipelines.speech_recognition.whisper_family import WhisperGraphs
from pipelines.speech_recognition.whisper_tokens import WhisperTokens
from tests.bundles import write_bundle_files

POSITIONS = 100
WINDOW_SECONDS = POSITIONS * 0.02
SPECIAL = (
    *("endoftext", "startoftranscript", "en", "de", "ja", "translate", "transcribe"),
    *("startofprev", "nospeech", "notimestamps"),
)
LIKELY, UNLIKELY = 9.0, -9.0  # logits


def make_tokenizer() -> bytes:
    """Give a tokenizer of one token a byte, as JSON."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([f"<|{name}|>" for name in SPECIAL])
    return tokenizer.to_str().encode()


TOKENIZER = make_tokenizer()
TOKENS = WhisperTokens(TOKENIZER, multilingual=False)


def at(seconds: float) -> int:
    """Give the token of a time."""
    return TOKENS.first_timestamp + round(seconds / 0.02)


def say(start: float, text: str, end: float | None = None) -> list[int]:
    """Give the tokens of a segment; without an end it breaks off."""
    closing = [] if end is None else [at(end)]
    return [at(start), *TOKENS.encode(text), *closing]


class ScriptedEncoder:
    """Counts the windows; what it gives of each is the window's number."""

    def __init__(self) -> None:
        self.windows: list[np.ndarray] = []

    def run(self, *, mel: np.ndarray) -> list[np.ndarray]:
        self.windows.append(mel)
        heard = np.full((1, 1, 1, POSITIONS), len(self.windows) - 1, np.float32)
        return [heard, heard.transpose(0, 1, 3, 2)]


class ScriptedDecoder:
    """Says of each window what the script has; keys are the tokens, so it knows them all.

    Args:
        scripts: of each window, the tokens after the opening; the last one is for all that follow.
        language: that it takes a recording for.
        no_speech: logit of the token of that name at the start.
        likely: logit of what it says.
    """

    def __init__(
        self,
        scripts: Sequence[Sequence[int]],
        *,
        language: str = "en",
        no_speech: float = UNLIKELY,
        likely: float = LIKELY,
    ) -> None:
        self.scripts, self.no_speech, self.likely = scripts, no_speech, likely
        self.language = TOKENS.start + 1 + ["en", "de", "ja"].index(language)
        self.read: list[list[int]] = []

    def run(self, **inputs: np.ndarray) -> list[np.ndarray]:
        tokens = inputs["tokens"]  # [texts, new]
        new = tokens[:, None, :, None].astype(np.float32)
        keys = np.concatenate([inputs["past_keys"], new], axis=2)  # [texts, 1, tokens, 1]
        rows = [[int(token) for token in row] for row in keys[:, 0, :, 0]]
        self.read += rows
        window = min(int(inputs["cross_keys_0"][0, 0, 0, 0]), len(self.scripts) - 1)
        script = [*self.scripts[window], TOKENS.end]
        found = [self._answer(row, script) for row in rows]
        logits, attended = (np.stack(items) for items in zip(*found, strict=True))
        return [logits, keys, keys, attended]

    def _answer(self, row: list[int], script: list[int]) -> tuple[np.ndarray, np.ndarray]:
        logits = np.full(TOKENS.first_timestamp + POSITIONS + 1, UNLIKELY, np.float32)
        begin = row.index(TOKENS.start)
        said = [token for token in row[begin:] if not TOKENS.end < token < TOKENS.first_timestamp]
        place = min(len(said), len(script) - 1)
        logits[script[place]] = self.likely
        if row[-1] == TOKENS.start:
            logits[self.language] = LIKELY
            logits[TOKENS.no_speech] = self.no_speech
        attended = np.zeros((1, 1, POSITIONS), np.float32)
        attended[0, 0, min(5 * place, POSITIONS - 1)] = 1.0
        return logits, attended


def scripted(scripts: Sequence[Sequence[int]], **settings: Any) -> WhisperGraphs:
    """Give graphs that say what the scripts have, a script a window."""
    return WhisperGraphs(ScriptedEncoder(), ScriptedDecoder(scripts, **settings))


def make_noise(seconds: float, *, level: float = 0.1, seed: int = 0) -> np.ndarray:
    """Give sound that is not silent: float32 [samples]."""
    random = np.random.default_rng(seed)
    count = round(seconds * SAMPLE_RATE_HZ)
    return (level * random.standard_normal(count)).clip(-1, 1).astype(np.float32)


def write_bundle(folder: Path, *, multilingual: bool = False, **config: Any) -> Path:
    """Write a bundle; its graphs are stand-ins, too."""
    files = {
        "tokenizer.json": TOKENIZER,
        "encoder.onnx": b"stands in",
        "decoder.onnx": b"stands in",
    }
    known = {
        "family": "whisper",
        "audio_positions": POSITIONS,
        "mel_bands": 8,
        "text_layers": 1,
        "heads": 1,
    }
    return write_bundle_files(
        folder,
        "speech-recognition",
        files,
        config={**known, "text_positions": 100, **config},
        preprocessing={"multilingual": multilingual, "alignment_heads": [[0, 0]]},
    )
