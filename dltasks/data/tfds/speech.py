"""Recordings of TensorFlow Datasets, written out once as WAV files with a manifest."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from dltasks.data.tfds.source import TfdsSource, as_file_name, open_source
from dltasks.data.transcripts import normalise_text

AUDIO_FEATURES = ("speech", "audio", "voice")
TEXT_FEATURES = ("text_normalized", "text", "sentence", "transcript")
SPEAKER_FEATURES = ("speaker_id", "client_id", "speaker")
MANIFEST = "labels.tsv"


def export_recordings(name: str) -> Path:
    """Write a speech data set of TensorFlow Datasets to the cache, once.

    Args:
        name: as `open_source` takes it ("librispeech", "common_voice/de", "ljspeech@train[:80%]").

    Returns:
        A folder with recordings and a labels.tsv of path, text, split and speaker.

    Raises:
        ConfigurationError: the data set is unknown, is not there and cannot be downloaded, or has
            no recordings and texts.
        MissingExtraError: tensorflow-datasets is not installed.
    """
    source = open_source(name)
    audio, text, speaker = _find_features(source)
    rate_hz = int(getattr(source.features[audio], "sample_rate", None) or 16_000)

    def write(folder: Path) -> None:
        with (folder / MANIFEST).open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, delimiter="\t", lineterminator="\n")
            table.writerow(("path", "text", "split", "speaker"))
            for split, ours in source.splits():
                for number, record in enumerate(source.records(split)):
                    path = f"{as_file_name(split)}-{number:06d}.wav"
                    _write(folder / path, record[audio], rate_hz)
                    said = normalise_text(_as_text(record[text]))
                    table.writerow((path, said, ours, _as_text(record[speaker]) if speaker else ""))

    return source.write_once("tfds-speech", write)


def _find_features(source: TfdsSource) -> tuple[str, str, str]:
    """Give what the data set calls its recordings, its texts and, or "", its speakers."""
    known = source.features
    found = [
        next((feature for feature in names if feature in known), "")
        for names in (AUDIO_FEATURES, TEXT_FEATURES, SPEAKER_FEATURES)
    ]
    if not found[0] or not found[1]:
        raise source.error(
            f"has no recordings with texts (it has: {', '.join(sorted(known))}); choose another "
            "data set"
        )
    return found[0], found[1], found[2]


def _write(path: Path, samples: Any, rate_hz: int) -> None:
    import soundfile

    soundfile.write(path, np.asarray(samples).astype(np.int16), rate_hz)


def _as_text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
