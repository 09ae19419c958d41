"""Recordings of TensorFlow Datasets, written out once as WAV files with a manifest."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from dltasks.data.examples import split_name
from dltasks.data.tfds_source import PART_MARK, as_file_name, choose_part, prepare
from dltasks.data.transcripts import normalise_text
from dltasks.extras import require
from pipelines.bundle import home
from pipelines.errors import ConfigurationError

AUDIO_FEATURES = ("speech", "audio", "voice")
TEXT_FEATURES = ("text_normalized", "text", "sentence", "transcript")
SPEAKER_FEATURES = ("speaker_id", "client_id", "speaker")
MANIFEST = "labels.tsv"


def export_recordings(name: str) -> Path:
    """Write a speech data set of TensorFlow Datasets to the cache, once.

    Args:
        name: as tfds knows it, with config and version if wanted ("librispeech", "ljspeech",
            "common_voice/de"); with a part of it if wanted ("ljspeech@train[:80%]").

    Returns:
        A folder with recordings and a labels.tsv of path, text, split and speaker.

    Raises:
        ConfigurationError: the data set is unknown, is not there and cannot be downloaded, or has
            no recordings and texts.
        MissingExtraError: tensorflow-datasets is not installed.
    """
    tfds = require("tensorflow_datasets", "reading a tfds: data set")
    name, _, part = name.partition(PART_MARK)
    builder = prepare(tfds, name)
    audio, text, speaker = _find_features(builder, name)
    destination = home() / "tfds-speech" / builder.info.full_name
    if part:
        destination = destination.with_name(f"{destination.name}{PART_MARK}{as_file_name(part)}")
    if destination.is_dir():
        return destination
    splits = choose_part(builder, name, part) if part else _choose_splits(builder, name)
    rate_hz = int(getattr(builder.info.features[audio], "sample_rate", None) or 16_000)
    partial = destination.with_name(f"{destination.name}.part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    with (partial / MANIFEST).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, delimiter="\t", lineterminator="\n")
        table.writerow(("path", "text", "split", "speaker"))
        for split, ours in splits:
            records = tfds.as_numpy(builder.as_dataset(split=split))
            for number, record in enumerate(records):
                path = f"{as_file_name(split)}-{number:06d}.wav"
                _write(partial / path, record[audio], rate_hz)
                said = normalise_text(_as_text(record[text]))
                table.writerow((path, said, ours, _as_text(record[speaker]) if speaker else ""))
    partial.rename(destination)
    return destination


def _find_features(builder: Any, name: str) -> tuple[str, str, str]:
    """Give what the data set calls its recordings, its texts and, or "", its speakers."""
    known = set(builder.info.features or ())
    found = [
        next((feature for feature in names if feature in known), "")
        for names in (AUDIO_FEATURES, TEXT_FEATURES, SPEAKER_FEATURES)
    ]
    if not found[0] or not found[1]:
        raise ConfigurationError(
            f"tfds:{name} has no recordings with texts (it has: {', '.join(sorted(known))}); "
            "choose another data set"
        )
    return found[0], found[1], found[2]


def _choose_splits(builder: Any, name: str) -> list[tuple[str, str]]:
    """Pair what tfds calls a split, such as "train_clean100", with what we do."""
    pairs = [(split, split_name(split.partition("_")[0]) or "") for split in builder.info.splits]
    pairs = [(split, ours) for split, ours in pairs if ours]
    if not pairs:
        found = ", ".join(builder.info.splits)
        raise ConfigurationError(
            f"tfds:{name} has no split to train on (it has: {found}); choose another data set"
        )
    return pairs


def _write(path: Path, samples: Any, rate_hz: int) -> None:
    import soundfile

    soundfile.write(path, np.asarray(samples).astype(np.int16), rate_hz)


def _as_text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
