"""Images of TensorFlow Datasets, written to files once: one folder per class, or one text each."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from dltasks.data.exported import suffix_of
from dltasks.data.tfds.source import TfdsSource, as_file_name, open_source
from dltasks.data.transcripts import normalise_text

TEXT_FEATURES = ("text", "label", "transcription", "sentence")
MANIFEST = "labels.tsv"


def export_images(name: str) -> Path:
    """Write an image classification data set of TensorFlow Datasets to the cache, once.

    Files keep their original encoding; nothing is decoded.

    Args:
        name: as `open_source` takes it.

    Returns:
        A folder with train, valid and test folders of class folders; with train alone for a part.

    Raises:
        ConfigurationError: the data set is unknown, is not there and cannot be downloaded, or has
            no image and label, or no split to train on.
        MissingExtraError: tensorflow-datasets is not installed.
    """
    source = open_source(name)
    name_class = getattr(source.features.get("label"), "int2str", None)
    if "image" not in source.features or not name_class:
        raise source.error("has no 'image' and 'label'; choose another data set")

    def write(folder: Path) -> None:
        for split, ours in source.splits():
            for record in _encoded_records(source, split):
                encoded = _as_bytes(record["image"])
                stem = hashlib.sha256(encoded).hexdigest()[:24]
                file = folder / ours / name_class(int(record["label"])).replace("/", "_")
                file.mkdir(parents=True, exist_ok=True)
                _free_name(file, stem, suffix_of(encoded)).write_bytes(encoded)

    return source.write_once("tfds", write)


def export_lines(name: str) -> Path:
    """Write a data set of pictures with texts to the cache, once.

    Args:
        name: as `open_source` takes it.

    Returns:
        A folder with pictures, encoded as they were, and a labels.tsv of path, text and split.

    Raises:
        ConfigurationError: the data set is unknown, is not there and cannot be downloaded, or has
            no pictures with texts, or no split to train on.
        MissingExtraError: tensorflow-datasets is not installed.
    """
    source = open_source(name)
    texts = (
        key
        for key in TEXT_FEATURES
        if isinstance(source.features.get(key), source.tfds.features.Text)
    )
    text = next(texts, "")
    if "image" not in source.features or not text:
        known = ", ".join(sorted(source.features))
        raise source.error(f"has no 'image' with a text (it has: {known}); choose another data set")

    def write(folder: Path) -> None:
        with (folder / MANIFEST).open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, delimiter="\t", lineterminator="\n")
            table.writerow(("path", "text", "split"))
            for split, ours in source.splits():
                for number, record in enumerate(_encoded_records(source, split)):
                    encoded = _as_bytes(record["image"])
                    path = f"{as_file_name(split)}-{number:06d}{suffix_of(encoded)}"
                    (folder / path).write_bytes(encoded)
                    table.writerow((path, normalise_text(record[text].decode()), ours))

    return source.write_once("tfds-lines", write)


def _encoded_records(source: TfdsSource, split: str) -> Any:
    return source.records(split, decoders={"image": source.tfds.decode.SkipDecoding()})


def _as_bytes(image: Any) -> bytes:
    return image if isinstance(image, bytes) else bytes(np.asarray(image).item())


def _free_name(folder: Path, stem: str, suffix: str) -> Path:
    """Keep duplicates apart, so that counts agree with the data set's own."""
    path, number = folder / f"{stem}{suffix}", 1
    while path.exists():
        path, number = folder / f"{stem}-{number}{suffix}", number + 1
    return path
