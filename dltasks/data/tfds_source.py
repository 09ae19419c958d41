"""TensorFlow Datasets: written out once as a folder a class, then read like any other data set."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np

from dltasks.data.examples import SPLITS, split_name
from dltasks.download import is_offline
from dltasks.extras import require
from pipelines.bundle import home
from pipelines.errors import ConfigurationError

PART_MARK = "@"
SUFFIX_OF_MAGIC = {b"\xff\xd8": ".jpg", b"\x89P": ".png", b"RI": ".webp", b"GI": ".gif"}


def export_images(name: str) -> Path:
    """Write an image classification data set of TensorFlow Datasets to the cache, once.

    Files keep their original encoding; nothing is decoded. The folder appears when it is complete.
    (Training reads by index, in an order made from seed and position, and the record files of
    tfds can only be read from their beginning.)

    Args:
        name: as tfds knows it, with config and version if wanted ("beans", "cifar10:3.0.2"); with
            a part of it if wanted, in the words of tfds ("beans@train[:80%]").

    Returns:
        A folder with train, valid and test folders of class folders; with train alone for a part.

    Raises:
        ConfigurationError: the data set is unknown, is not there and cannot be downloaded, or has
            no image and label, or no split to train on.
        MissingExtraError: tensorflow-datasets is not installed.
    """
    tfds = require("tensorflow_datasets", "reading a tfds: data set")
    name, _, part = name.partition(PART_MARK)
    builder = prepare(tfds, name)
    features = builder.info.features
    if not {"image", "label"} <= set(features or ()) or not hasattr(features["label"], "int2str"):
        raise ConfigurationError(f"tfds:{name} has no 'image' and 'label'; choose another data set")
    destination = home() / "tfds" / builder.info.full_name
    if part:
        destination = destination.with_name(f"{destination.name}{PART_MARK}{as_file_name(part)}")
    if destination.is_dir():
        return destination
    splits = choose_part(builder, name, part) if part else _choose_splits(builder, name)
    partial = destination.with_name(destination.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    class_name = features["label"].int2str
    decoders = {"image": tfds.decode.SkipDecoding()}
    for split, folder in splits:
        for record in tfds.as_numpy(builder.as_dataset(split=split, decoders=decoders)):
            encoded = _as_bytes(record["image"])
            suffix = SUFFIX_OF_MAGIC.get(encoded[:2], ".png")
            stem = hashlib.sha256(encoded).hexdigest()[:24]
            file = partial / folder / class_name(int(record["label"])).replace("/", "_")
            file.mkdir(parents=True, exist_ok=True)
            _free_name(file, stem, suffix).write_bytes(encoded)
    partial.rename(destination)
    return destination


def as_file_name(part: str) -> str:
    """Write brackets, colons and percent signs as numbers, so that no two parts share a name."""
    return re.sub(r"\W", lambda match: f"-{ord(match[0]):x}-", part)


def _choose_splits(builder, name: str) -> list[tuple[str, str]]:
    """Pair what tfds calls a split with what we do."""
    splits = [(known, split_name(known) or "") for known in builder.info.splits]
    splits = [(known, folder) for known, folder in splits if folder]
    if not splits:
        found = ", ".join(builder.info.splits)
        raise ConfigurationError(
            f"tfds:{name} has none of the splits {', '.join(SPLITS)} (it has: {found}); choose "
            "another data set"
        )
    return splits


def choose_part(builder, name: str, part: str) -> list[tuple[str, str]]:
    """Pair a part of a data set with the training split.

    Raises:
        ConfigurationError: there is no such part, or it is empty.
    """
    try:
        empty = builder.info.splits[part].num_examples == 0
    except (KeyError, ValueError, AssertionError) as error:
        found = ", ".join(builder.info.splits)
        raise ConfigurationError(
            f"tfds:{name} has no part {part!r} ({_reason(error)}); give one such as 'train[:80%]', "
            f"of a split that it has: {found}"
        ) from None
    if empty:
        raise ConfigurationError(f"tfds:{name}: part {part!r} has no examples; give a larger one")
    return [(part, SPLITS[0])]


def prepare(tfds, name: str):
    """Open a data set, and download it where it is not there.

    Raises:
        ConfigurationError: it is unknown, or is not there and cannot be downloaded.
    """
    try:
        builder = tfds.builder(name)
    except Exception as error:  # tfds raises many kinds for an unknown name
        raise ConfigurationError(f"tfds:{name} cannot be opened: {_reason(error)}") from None
    if Path(builder.data_dir).is_dir():
        return builder
    if is_offline():
        raise ConfigurationError(
            f"tfds:{name} is not in {builder.data_dir} and the network is switched off (--offline)"
        )
    try:
        with redirect_stdout(sys.stderr):  # standard output is for results
            builder.download_and_prepare()
    except Exception as error:
        raise ConfigurationError(
            f"tfds:{name} cannot be downloaded: {_reason(error)}; prepare it where there is a "
            f"network and copy it to {builder.data_dir}"
        ) from None
    return builder


def _reason(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _as_bytes(image) -> bytes:
    return image if isinstance(image, bytes) else bytes(np.asarray(image).item())


def _free_name(folder: Path, stem: str, suffix: str) -> Path:
    """Keep duplicates apart, so that counts agree with the data set's own."""
    path, number = folder / f"{stem}{suffix}", 1
    while path.exists():
        path, number = folder / f"{stem}-{number}{suffix}", number + 1
    return path
